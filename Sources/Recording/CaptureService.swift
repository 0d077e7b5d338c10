public import Forwarding
public import Logging
import Synchronization

/// Why a call cannot be captured.
public enum CaptureRefusal: Error, Sendable, Equatable {
    /// There is no such call.
    case unknownCall
    /// So many captures are under way already.
    case tooMany(limit: Int)
}

/// Makes live captures of calls. Whoever may ask for one sees what the call's parties say to each other: the right to do
/// so is for the caller to check.
public final class CaptureService: CallFollower {
    /// Captures at once.
    public static let limit = 16
    /// Nanoseconds that the reader of a capture that has ended has for the rest.
    static let patience: UInt64 = 60_000_000_000

    private struct State {
        /// Captures that go on, by their call.
        var sessions: [String: [CaptureSession]] = [:]
        /// Captures that have ended and that their readers do not have as a whole yet.
        var unread: [Unread] = []

        var count: Int { sessions.values.reduce(0) { $0 + $1.count } + unread.count }

        /// Gives up readers that are gone, or too slow.
        mutating func tidy(at now: UInt64) {
            unread.removeAll { one in
                guard let stream = one.stream, !stream.isDone else { return true }
                guard now > one.deadline else { return false }
                stream.cancel()
                return true
            }
        }
    }

    private struct Unread {
        /// A reader that is gone leaves nothing behind.
        weak var stream: CaptureStream?
        var deadline: UInt64
    }

    private let plane: any ObservableMediaPlane
    private let clock: RecordingClock
    private let logger: Logger
    private let state = Mutex(State())
    private let lastNumber = Atomic<UInt64>(0)

    /// A service for the calls of `plane`.
    public init(plane: any ObservableMediaPlane, clock: RecordingClock, logger: Logger) {
        self.plane = plane
        self.clock = clock
        self.logger = logger
    }

    /// Captures at present: those that go on, and those whose readers still have to fetch the rest.
    public var count: Int {
        state.withLock { state in
            state.tidy(at: clock.monotonicNanoseconds())
            return state.count
        }
    }

    /// Begins a capture of `call`, of which `past` was signalled so far. To be called in sequence with the other
    /// functions for the same call.
    public func start(
        _ call: RecordedCall, past: [SignalledDescription], limits: CaptureLimits = CaptureLimits()
    ) throws(CaptureRefusal) -> CaptureStream {
        let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let session = CaptureSession(
            of: call, past: past, limits: limits, number: number, plane: plane, clock: clock
        ) { [weak self] in
            self?.forget(call.id)
        }
        let isAdmitted = state.withLock { state in
            state.tidy(at: clock.monotonicNanoseconds())
            guard state.count < Self.limit else { return false }
            state.sessions[call.id, default: []].append(session)
            return true
        }
        guard isAdmitted else { throw .tooMany(limit: Self.limit) }
        logger.notice("capture begins", metadata: ["call.id": "\(call.id)"])
        plane.attach(session, to: call.ports.map(\.lease.id), at: [.wire, .clear])
        return session.stream
    }

    /// Ends a capture by its number, as ``CaptureStream/finish()`` does; `false` when there is none of that number.
    public func finish(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard let session = state.sessions.values.joined().first(where: { $0.stream.number == number }) else {
                return false
            }
            session.stream.finish()
            return true
        }
    }

    /// Drops the sessions of a call that have ended.
    private func forget(_ callID: String) {
        logger.notice("capture ends", metadata: ["call.id": "\(callID)"])
        let now = clock.monotonicNanoseconds()
        state.withLock { state in
            for session in state.sessions[callID] ?? [] where session.isOver {
                state.unread.append(Unread(stream: session.stream, deadline: now &+ Self.patience))
            }
            state.sessions[callID]?.removeAll { $0.isOver }
            if state.sessions[callID]?.isEmpty == true { state.sessions[callID] = nil }
            state.tidy(at: now)
        }
    }

    private func sessions(_ callID: String) -> [CaptureSession] { state.withLock { $0.sessions[callID] ?? [] } }

    /// Whether the call is being captured.
    public func follows(_ callID: String) -> Bool { !sessions(callID).isEmpty }

    /// Follows the call to other ports, and takes down what was signalled.
    public func callChanged(_ call: RecordedCall, _ descriptions: [SignalledDescription]) {
        for session in sessions(call.id) {
            guard session.update(call, descriptions) else { continue }
            plane.setPorts(call.ports.map(\.lease.id), of: session)
        }
    }

    /// Ends the captures with their call.
    public func callEnded(_ call: RecordedCall) {
        for session in sessions(call.id) { session.end() }
    }
}
