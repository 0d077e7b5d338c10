import Capture
import Forwarding
import Synchronization

/// A live capture of one call: begins with what the flight recorder and the signalling still know, goes on with every
/// packet, and ends with the call, at a limit, or with its reader.
final class CaptureSession: PacketObserver {
    private enum Phase {
        /// The ports are not tapped yet.
        case waiting
        case running
        /// The next so many turns may still bring packets from before the end.
        case ending(turns: Int)
    }

    private struct State {
        var phase = Phase.waiting
        var file: CaptureFile
        /// SDP that was signalled before the ports were tapped.
        var past: [SignalledDescription]
        var ports: [LocalPortID]
        var unsaid: UInt64 = 0
        /// Packets of the wire that may still come.
        var room: UInt64
        var reason = "the call is over"
        var isOver = false
    }

    let stream: CaptureStream
    private let plane: any ObservableMediaPlane
    private let clock: RecordingClock
    private let epochOffset: UInt64
    /// Monotonic nanoseconds.
    private let deadline: UInt64
    private let state: Mutex<State>
    private let whenEnded: @Sendable () -> Void

    /// Begins a capture of `call`, of which `past` was signalled so far.
    init(
        of call: RecordedCall, past: [SignalledDescription], limits: CaptureLimits, number: UInt64,
        plane: any ObservableMediaPlane, clock: RecordingClock, whenEnded: @escaping @Sendable () -> Void
    ) {
        self.plane = plane
        self.clock = clock
        self.whenEnded = whenEnded
        stream = CaptureStream(number: number)
        epochOffset = clock.epochOffset()
        let (end, overflow) = clock.monotonicNanoseconds().addingReportingOverflow(limits.nanoseconds ?? .max)
        deadline = overflow ? .max : end
        state = Mutex(
            State(
                file: CaptureFile(of: call, epochOffset: epochOffset), past: past, ports: call.ports.map(\.lease.id),
                room: limits.packets ?? .max))
    }

    /// Nothing more comes of it.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// The call has changed; `false` when the capture has ended, and a new call has the name.
    func update(_ call: RecordedCall, _ descriptions: [SignalledDescription]) -> Bool {
        state.withLock { state in
            if case .ending = state.phase { return false }
            state.file.update(call)
            if case .waiting = state.phase {
                state.past += descriptions
                return true
            }
            for description in descriptions where hasRoom(&state) { state.file.add(description) }
            return true
        }
    }

    /// Whether the reader keeps up. Counts what is to be added as missing otherwise.
    private func hasRoom(_ state: inout State) -> Bool {
        // Blocks that were made count as well as those that wait for the reader.
        if stream.waitingCount + state.file.writer.bytes.count < CaptureStream.limit { return true }
        state.file.miss(1)
        state.unsaid += 1
        return false
    }

    /// The call is over: what has happened until now is still written.
    func end() {
        state.withLock { end(&$0, "the call is over", turns: 2) }
    }

    private func end(_ state: inout State, _ reason: String, turns: Int) {
        if case .ending = state.phase { return }
        if case .waiting = state.phase { begin(&state, at: .max) }
        state.phase = .ending(turns: turns)
        state.reason = reason
    }

    // MARK: - Packets

    func observe(_ item: ObservedItem) {
        state.withLock { state in
            if case .waiting = state.phase {
                guard case .event(let event) = item, event.kind == .tapped else { return }
                begin(&state, at: event.nanoseconds)
                state.phase = .running
            }
            if case .event(let event) = item, event.kind == .tapped { return }
            guard state.room > 0, item.nanoseconds <= deadline else { return }
            guard hasRoom(&state) else { return }
            if state.unsaid > 0 {
                state.file.note("\(state.unsaid) packets are missing here", at: item.nanoseconds &+ epochOffset)
                state.unsaid = 0
            }
            state.file.add(item)
            if case .packet(let packet) = item, !packet.points.isDisjoint(with: .wire) { state.room -= 1 }
        }
    }

    /// Writes what happened on the ports before `start`, in its order, with the SDP between.
    private func begin(_ state: inout State, at start: UInt64) {
        var descriptions = state.past[...]
        for item in plane.flightRecord(of: state.ports, before: min(start, clock.monotonicNanoseconds())) {
            let time = item.nanoseconds &+ epochOffset
            while let next = descriptions.first, UInt64(clamping: next.microseconds) &* 1_000 <= time {
                state.file.add(next)
                descriptions.removeFirst()
            }
            state.file.add(item)
        }
        for description in descriptions { state.file.add(description) }
        state.past = []
        state.file.note(
            "the capture begins; what is before was kept by the flight recorder",
            at: min(start, clock.monotonicNanoseconds()) &+ epochOffset)
    }

    func missed(_ packets: UInt64) {
        state.withLock { state in
            state.file.miss(packets)
            state.unsaid += packets
        }
    }

    func caughtUp() -> Bool {
        guard !stream.isCancelled else {
            state.withLock { $0.isOver = true }
            whenEnded()
            return false
        }
        let (bytes, summary) = state.withLock { state -> ([UInt8], CaptureSummary?) in
            if state.room == 0 {
                end(&state, "as many packets as were wanted", turns: 1)
            } else if clock.monotonicNanoseconds() > deadline {
                end(&state, "as long as was wanted", turns: 1)
            } else if stream.isFinishing {
                end(&state, "its reader has ended it", turns: 1)
            }
            guard case .ending(let turns) = state.phase else { return (state.file.take(), nil) }
            state.phase = .ending(turns: turns - 1)
            guard turns <= 1 else { return (state.file.take(), nil) }
            state.isOver = true
            state.file.close(at: clock.monotonicNanoseconds() &+ epochOffset, reason: state.reason)
            return (state.file.take(), state.file.summary(reason: state.reason))
        }
        stream.append(bytes)
        guard let summary else { return true }
        stream.end(summary)
        whenEnded()
        return false
    }
}
