import CLinuxIO
import Glibc
import NetTypes
import RTP

/// One call through a running relay: two parties, one of which is a WebRTC end if so wished, send each other different
/// tones as G.711, and at the end it is judged by what each of them heard.
public struct DemonstrationCall {
    private static let pace: UInt64 = 20_000_000
    private static let packetsPerSecond = 50
    /// How long ICE and DTLS may take together.
    private static let patience: UInt64 = 15_000_000_000

    private let options: DemonstrationOptions
    private let tell: (String) -> Void
    private let progress: (DemonstrationSecond) -> Void

    /// A call that reports what happens before the conversation, a line at a time, to `tell`, and every second of it to
    /// `progress`.
    public init(
        _ options: DemonstrationOptions, tell: @escaping (String) -> Void = { _ in },
        progress: @escaping (DemonstrationSecond) -> Void
    ) {
        self.options = options
        self.tell = tell
        self.progress = progress
    }

    /// Places the call, plays it, deletes it and judges it. Blocks for the duration of the call.
    public func run() throws(LoadError) -> DemonstrationReport {
        try options.validate()
        let client = try NGClient.connected(to: options.control)
        let identity = "demonstration-\(getpid())-\(batch_now())@millrace.invalid"
        do {
            let report =
                options.isCallerBrowser
                ? try runBridged(identity, client)
                : try runPlain(identity, client)
            try client.deleteCall(identity)
            return report
        } catch {
            try? client.deleteCall(identity)
            throw error
        }
    }

    private func runPlain(_ identity: String, _ client: NGClient) throws(LoadError) -> DemonstrationReport {
        let call = try client.placeCall(
            identity, on: options.endsAddress, workload: MediaWorkload(), multiplexed: false)
        return try converse(.plain(call.caller), .plain(call.callee))
    }

    /// A is in a browser, B has a plain phone.
    private func runBridged(_ identity: String, _ client: NGClient) throws(LoadError) -> DemonstrationReport {
        let browser = try BrowserEnd(on: options.endsAddress)
        let phone = try CallEnd(bind: options.endsAddress)
        let shown = try client.description(in: "offer", BridgedCall.offer(identity, sdp: browser.offer))
        guard let target = SessionText.mediaAddress(of: shown) else { throw .noMediaAddress(shown) }
        phone.target = target
        tell("A offers WebRTC (ICE, DTLS-SRTP, rtcp-mux) at \(browser.end.local); B is offered plain RTP.")
        let answered = SessionText.text(at: phone.local, workload: MediaWorkload(), multiplexed: false)
        try browser.accept(
            try client.description(in: "answer", BridgedCall.answer(identity, sdp: answered)))
        tell("B answers with plain RTP at \(phone.local); the relay's port for it is \(target).")
        try secure(browser)
        try awaitMedia(from: browser, to: phone)
        let report = try converse(.browser(browser), .plain(phone))
        try browser.close()
        return report
    }

    /// Waits until ICE and DTLS are done.
    private func secure(_ browser: BrowserEnd) throws(LoadError) {
        let start = batch_now()
        while !browser.isSecured {
            try browser.turn()
            try browser.receive { _ in }
            while let step = browser.nextStep() { tell(Self.text(of: step, after: batch_now() &- start)) }
            guard batch_now() &- start < Self.patience else {
                throw .security("ICE and DTLS were not done after \(Self.patience / 1_000_000_000) s")
            }
            if !browser.isSecured { browser.end.socket.wait(milliseconds: 5) }
        }
    }

    /// Sends packets of another stream until one gets through: this end may have its keys a little before the relay.
    private func awaitMedia(from browser: BrowserEnd, to phone: CallEnd) throws(LoadError) {
        let start = batch_now()
        var header = RTPHeader(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0x4D52_00FF)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
        defer { buffer.deallocate() }
        var packet = [UInt8](repeating: 0xFF, count: RTPHeader.minimumCount + DemonstrationParty.samplesPerPacket)
        while phone.socket.receive(into: buffer) == nil {
            guard batch_now() &- start < Self.patience else {
                throw .security("the relay passes no encrypted media on")
            }
            packet.withUnsafeMutableBytes { _ = header.write(to: $0) }
            header.sequenceNumber &+= 1
            try browser.send(packet)
            phone.socket.wait(milliseconds: 10)
            try browser.receive { _ in }
            try browser.turn()
        }
        // What else is on its way must not be taken for the conversation.
        repeat { phone.socket.wait(milliseconds: 50) } while phone.socket.receive(into: buffer) != nil
    }

    private static func text(of step: BrowserEnd.Step, after nanoseconds: UInt64) -> String {
        let time = (Double(nanoseconds) / 1_000_000).text(decimals: 0)
        return switch step {
        case .connected(let from, let to): "ICE connected after \(time) ms: \(from) to \(to)."
        case .secured(let suite, let relayWasClient):
            "DTLS done after \(time) ms: \(suite), the relay was the \(relayWasClient ? "client" : "server"); "
                + "its certificate is the one in the SDP."
        }
    }

    private func converse(
        _ callerWay: DemonstrationParty.Way, _ calleeWay: DemonstrationParty.Way
    ) throws(LoadError) -> DemonstrationReport {
        var caller = DemonstrationParty(callerWay, tone: options.callerTone, ssrc: 0x4D52_000A)
        var callee = DemonstrationParty(calleeWay, tone: options.calleeTone, ssrc: 0x4D52_000B)
        var seconds = [DirectionTotals(caller: caller, callee: callee)]
        var due = batch_now()
        for turn in 1...(options.duration * Self.packetsPerSecond) {
            try caller.send()
            try callee.send()
            due &+= Self.pace
            try Self.listen(&caller, &callee, until: due)
            guard turn.isMultiple(of: Self.packetsPerSecond), let before = seconds.last else { continue }
            let now = DirectionTotals(caller: caller, callee: callee)
            progress(now.second(turn / Self.packetsPerSecond, after: before))
            seconds.append(now)
        }
        let end = batch_now() &+ 300_000_000
        while batch_now() < end, caller.received < callee.sent || callee.received < caller.sent {
            try Self.listen(&caller, &callee, until: batch_now() &+ 5_000_000)
        }
        return DemonstrationReport(
            callerToCallee: Self.verdict(from: caller, to: callee, tone: options.callerTone),
            calleeToCaller: Self.verdict(from: callee, to: caller, tone: options.calleeTone))
    }

    /// Sleeps until `due`, taking what arrives meanwhile.
    private static func listen(
        _ caller: inout DemonstrationParty, _ callee: inout DemonstrationParty, until due: UInt64
    ) throws(LoadError) {
        while true {
            try caller.receive()
            try callee.receive()
            let now = batch_now()
            guard now < due else { return }
            var descriptors = [caller.descriptor, callee.descriptor]
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
