import CLinuxIO
import Glibc
import NetTypes

/// One call through a running relay: two parties send each other different tones as G.711, and at the end it is judged by
/// what each of them heard.
public struct DemonstrationCall {
    private static let pace: UInt64 = 20_000_000
    private static let packetsPerSecond = 50

    private let options: DemonstrationOptions
    private let progress: (DemonstrationSecond) -> Void

    /// A call that reports every second to `progress`.
    public init(_ options: DemonstrationOptions, progress: @escaping (DemonstrationSecond) -> Void) {
        self.options = options
        self.progress = progress
    }

    /// Places the call, plays it, deletes it and judges it. Blocks for the duration of the call.
    public func run() throws(LoadError) -> DemonstrationReport {
        try options.validate()
        let client = try NGClient.connected(to: options.control)
        let identity = "demonstration-\(getpid())-\(batch_now())@millrace.invalid"
        let call = try client.placeCall(
            identity, on: options.endsAddress, workload: MediaWorkload(), multiplexed: false)
        let report: DemonstrationReport
        do { report = try converse(call) } catch {
            try? client.deleteCall(identity)
            throw error
        }
        try client.deleteCall(identity)
        return report
    }

    private func converse(_ call: PlacedCall) throws(LoadError) -> DemonstrationReport {
        var caller = DemonstrationParty(call.caller, tone: options.callerTone, ssrc: 0x4D52_000A)
        var callee = DemonstrationParty(call.callee, tone: options.calleeTone, ssrc: 0x4D52_000B)
        var seconds = [DirectionTotals(caller: caller, callee: callee)]
        var due = batch_now()
        for turn in 1...(options.duration * Self.packetsPerSecond) {
            try caller.send()
            try callee.send()
            due &+= Self.pace
            Self.listen(&caller, &callee, until: due)
            guard turn.isMultiple(of: Self.packetsPerSecond), let before = seconds.last else { continue }
            let now = DirectionTotals(caller: caller, callee: callee)
            progress(now.second(turn / Self.packetsPerSecond, after: before))
            seconds.append(now)
        }
        let end = batch_now() &+ 300_000_000
        while batch_now() < end, caller.received < callee.sent || callee.received < caller.sent {
            Self.listen(&caller, &callee, until: batch_now() &+ 5_000_000)
        }
        return DemonstrationReport(
            callerToCallee: Self.verdict(from: caller, to: callee, tone: options.callerTone),
            calleeToCaller: Self.verdict(from: callee, to: caller, tone: options.calleeTone))
    }

    /// Sleeps until `due`, taking what arrives meanwhile.
    private static func listen(
        _ caller: inout DemonstrationParty, _ callee: inout DemonstrationParty, until due: UInt64
    ) {
        while true {
            caller.receive()
            callee.receive()
            let now = batch_now()
            guard now < due else { return }
            var descriptors = [caller.end.socket.descriptor, callee.end.socket.descriptor]
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: (due - now) / 1_000_000 + 1))
        }
    }

    private static func verdict(
        from sender: DemonstrationParty, to receiver: DemonstrationParty, tone: Double
    ) -> DirectionVerdict {
        var count = DirectionCount()
        count.sent = sender.sent
        count.received = receiver.received
        count.lost = max(0, sender.sent - receiver.received)
        return DirectionVerdict(
            count: count, tone: tone, share: ToneMeter.share(of: tone, in: receiver.samples),
            unexpected: receiver.unexpected)
    }
}

/// The counts of both directions at a moment.
private struct DirectionTotals {
    private let callerToCallee: DirectionCount
    private let calleeToCaller: DirectionCount

    init(caller: DemonstrationParty, callee: DemonstrationParty) {
        callerToCallee = Self.count(from: caller, to: callee)
        calleeToCaller = Self.count(from: callee, to: caller)
    }

    private static func count(from sender: DemonstrationParty, to receiver: DemonstrationParty) -> DirectionCount {
        var count = DirectionCount()
        count.sent = sender.sent
        count.received = receiver.received
        count.lost = receiver.gaps
        return count
    }

    func second(_ number: Int, after before: DirectionTotals) -> DemonstrationSecond {
        DemonstrationSecond(
            number: number, callerToCallee: Self.difference(callerToCallee, before.callerToCallee),
            calleeToCaller: Self.difference(calleeToCaller, before.calleeToCaller))
    }

    private static func difference(_ now: DirectionCount, _ before: DirectionCount) -> DirectionCount {
        var count = DirectionCount()
        count.sent = now.sent - before.sent
        count.received = now.received - before.received
        count.lost = max(0, now.lost - before.lost)
        return count
    }
}
