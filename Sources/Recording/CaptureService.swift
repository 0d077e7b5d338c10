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

    private let plane: any ObservableMediaPlane
    private let clock: RecordingClock
    private let logger: Logger
    private let sessions = Mutex<[String: [CaptureSession]]>([:])
    private let lastNumber = Atomic<UInt64>(0)

    /// A service for the calls of `plane`.
    public init(plane: any ObservableMediaPlane, clock: RecordingClock, logger: Logger) {
        self.plane = plane
        self.clock = clock
        self.logger = logger
    }

    /// Captures at present.
    public var count: Int { sessions.withLock { $0.values.reduce(0) { $0 + $1.count } } }

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
        let isAdmitted = sessions.withLock { sessions in
            guard sessions.values.reduce(0, { $0 + $1.count }) < Self.limit else { return false }
            sessions[call.id, default: []].append(session)
            return true
        }
        guard isAdmitted else { throw .tooMany(limit: Self.limit) }
        logger.notice("capture begins", metadata: ["call.id": "\(call.id)"])
        plane.attach(session, to: call.ports.map(\.lease.id), at: [.wire, .clear])
        return session.stream
    }

    /// Ends a capture by its number, as ``CaptureStream/finish()`` does; `false` when there is none of that number.
    public func finish(_ number: UInt64) -> Bool {
        sessions.withLock { sessions in
            guard let session = sessions.values.joined().first(where: { $0.stream.number == number }) else {
                return false
            }
            session.stream.finish()
            return true
        }
    }

    /// Drops the sessions of a call that have ended.
    private func forget(_ callID: String) {
        logger.notice("capture ends", metadata: ["call.id": "\(callID)"])
        sessions.withLock { sessions in
            sessions[callID]?.removeAll { $0.isOver }
            if sessions[callID]?.isEmpty == true { sessions[callID] = nil }
        }
    }

    private func sessions(_ callID: String) -> [CaptureSession] { sessions.withLock { $0[callID] ?? [] } }

    /// Whether the call is being captured.
    public func follows(_ callID: String) -> Bool { !sessions(callID).isEmpty }

    /// Follows the call to other ports, and takes down what was signalled.
    public func callChanged(_ call: RecordedCall, _ descriptions: [SignalledDescription]) {
        for session in sessions(call.id) {
            session.update(call, descriptions)
            plane.setPorts(call.ports.map(\.lease.id), of: session)
        }
    }

    /// Ends the captures with their call.
    public func callEnded(_ call: RecordedCall) {
        for session in sessions(call.id) { session.end() }
    }
}
