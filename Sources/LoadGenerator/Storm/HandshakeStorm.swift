import Bencode
import CLinuxIO
import NetTypes

/// Sets up calls with a WebRTC caller at a steady rate, lets each connect, and deletes it. Many are under way at the same
/// time; nothing here waits.
struct HandshakeStorm: ~Copyable {
    private static let retransmitAfter: UInt64 = 1_000_000_000
    private static let patience: UInt64 = 10_000_000_000
    private static let slotCount = 512

    private enum Step {
        case idle
        case offer
        case answer
        case connect
        case delete

        var command: String? {
            switch self {
            case .offer: "offer"
            case .answer: "answer"
            case .delete: "delete"
            case .idle, .connect: nil
            }
        }
    }

    private struct Slot {
        var step = Step.idle
        var draft: CallDraft?
        var serial = 0
        var message: [UInt8] = []
        var began: UInt64 = 0
        var lastSent: UInt64 = 0
    }

    private let socket: UDPSocket
    private let relay: TransportAddress
    private let plan: CallPlan
    private let prefix = "h\(batch_now())_"
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private var slots = [Slot](repeating: Slot(), count: Self.slotCount)
    private var busy: [Int] = []
    private var free = Array((0..<Self.slotCount).reversed())
    private var calls = 0
    private(set) var tally = StormTally()

    /// What became of the calls so far.
    var report: StormTally {
        var report = tally
        report.underWay = busy.count
        return report
    }

    init(relay: TransportAddress, plan: CallPlan) throws(LoadError) {
        socket = try UDPSocket(bind: TransportAddress(.unspecified(relay.address.family), 0), receiveBuffer: 1 << 21)
        self.relay = relay
        self.plan = plan
    }

    deinit { buffer.deallocate() }

    /// Begins a call, unless as many are under way as ever may be.
    mutating func begin(now: UInt64) throws(LoadError) {
        guard let index = free.popLast() else {
            tally.postponed += 1
            return
        }
        calls += 1
        let draft = try CallDraft("\(prefix)\(calls)@millrace.invalid", plan)
        busy.append(index)
        slots[index].draft = draft
        slots[index].began = now
        slots[index].step = .offer
        try send(index, draft.offer, now)
        tally.begun += 1
    }

    /// Takes what has arrived, and repeats what went unanswered; `false` when there was nothing to do.
    mutating func advance(now: UInt64) throws(LoadError) -> Bool {
        let before = tally.steps
        var budget = 64
        while budget > 0, let datagram = socket.receive(into: buffer) {
            try take(datagram.octets, now)
            budget -= 1
        }
        var place = 0
        while place < busy.count {
            let index = busy[place]
            try look(at: index, now)
            guard slots[index].step == .idle else {
                place += 1
                continue
            }
            slots[index].draft = nil
            free.append(index)
            busy[place] = busy[busy.count - 1]
            busy.removeLast()
        }
        return tally.steps != before
    }

    private mutating func look(at index: Int, _ now: UInt64) throws(LoadError) {
        if slots[index].step == .connect, let caller = slots[index].draft?.call.caller {
            do {
                guard try caller.attend(buffer, now: now) else { return try expire(index, now) }
                tally.established += 1
                tally.durations.record(now &- slots[index].began)
            } catch {
                fail(error)
            }
            try delete(index, now)
        } else if now &- slots[index].lastSent > Self.retransmitAfter {
            try expire(index, now)
            guard slots[index].step != .idle, slots[index].step != .connect else { return }
            slots[index].lastSent = now
            try socket.send(slots[index].message, to: relay)
        }
    }

    /// Gives a call up when it has taken too long; its deletion is not waited for.
    private mutating func expire(_ index: Int, _ now: UInt64) throws(LoadError) {
        guard now &- slots[index].began > Self.patience else { return }
        fail(.security("no connection within ten seconds, in step \(slots[index].step)"))
        let unanswered = slots[index].step != .connect
        try delete(index, now)
        if unanswered { slots[index].step = .idle }
    }

    private mutating func fail(_ error: LoadError) {
        tally.failed += 1
        tally.firstFailure = tally.firstFailure ?? error
    }

    private mutating func send(_ index: Int, _ keys: BencodeDictionary, _ now: UInt64) throws(LoadError) {
        guard let command = slots[index].step.command else { return }
        slots[index].serial += 1
        slots[index].message = NGMessage.request(command, keys, cookie: cookie(index))
        slots[index].lastSent = now
        tally.steps += 1
        try socket.send(slots[index].message, to: relay)
    }

    private mutating func delete(_ index: Int, _ now: UInt64) throws(LoadError) {
        guard let draft = slots[index].draft else { return }
        slots[index].step = .delete
        // From here on it is the deletion that may take its time.
        slots[index].began = now
        try send(index, CallRequest.delete(draft.call.identity), now)
    }

    private func cookie(_ index: Int) -> [UInt8] { Array("\(prefix)\(index)_\(slots[index].serial)".utf8) }

    private mutating func take(_ datagram: UnsafeRawBufferPointer, _ now: UInt64) throws(LoadError) {
        let head = datagram.prefix { $0 != UInt8(ascii: " ") }
        let parts = String(decoding: head, as: UTF8.self).split(separator: "_")
        guard parts.count == 3, let index = Int(parts[1]), slots.indices.contains(index),
            let command = slots[index].step.command,
            let payload = NGMessage.payload(of: datagram, cookie: cookie(index))
        else { return }
        tally.steps += 1
        do throws(LoadError) {
            let reply: BencodeDictionary
            do { reply = try NGMessage.check(payload, to: command) } catch { throw .control(error) }
            try follow(index, sdp: reply.first("sdp")?.text ?? "", now)
        } catch {
            fail(error)
            if slots[index].step == .delete { slots[index].step = .idle } else { try delete(index, now) }
        }
    }

    private mutating func follow(_ index: Int, sdp: String, _ now: UInt64) throws(LoadError) {
        guard var draft = slots[index].draft else { return }
        switch slots[index].step {
        case .offer:
            try draft.takeOfferReply(sdp)
            slots[index].draft = draft
            slots[index].step = .answer
            try send(index, draft.answer, now)
        case .answer:
            try draft.takeAnswerReply(sdp, now: now)
            slots[index].step = .connect
        case .delete: slots[index].step = .idle
        case .idle, .connect: break
        }
    }
}

/// What became of the calls of a storm.
struct StormTally: Sendable {
    var begun: UInt64 = 0
    /// Handshakes that ended with keys and the right fingerprint.
    var established: UInt64 = 0
    var failed: UInt64 = 0
    var firstFailure: LoadError?
    /// Calls that were due when too many were under way.
    var postponed: UInt64 = 0
    /// From an offer to the end of its handshake.
    var durations = DelayHistogram()
    /// Calls under way.
    var underWay = 0
    /// Messages sent and taken.
    var steps: UInt64 = 0
}
