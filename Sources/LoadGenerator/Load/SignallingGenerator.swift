import Bencode
import CLinuxIO
import NetTypes

/// Runs several calls through offer, answer and delete at the same time, over one socket and without sleeping.
struct SignallingGenerator: ~Copyable {
    private static let retransmitAfter: UInt64 = 1_000_000_000
    private static let attempts = 4

    private enum Step {
        case offer
        case answer
        case delete
        case idle
    }

    /// One call in progress and the request it waits for.
    private struct Slot {
        var step = Step.idle
        var identity = ""
        var serial = 0
        var message: [UInt8] = []
        var firstSent: UInt64 = 0
        var lastSent: UInt64 = 0
        var attempts = 0

        var command: String {
            switch step {
            case .offer: "offer"
            case .answer: "answer"
            case .delete, .idle: "delete"
            }
        }
    }

    private let socket: UDPSocket
    private let relay: TransportAddress
    private let offer: String
    private let answer: String
    private let prefix = "s\(batch_now())_"
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private var slots: [Slot]
    private var calls = 0
    var tally = SignallingTally()

    init(relay: TransportAddress, ends: IPAddress, outstanding: Int) throws(LoadError) {
        socket = try UDPSocket(bind: TransportAddress(.unspecified(relay.address.family), 0), receiveBuffer: 1 << 21)
        self.relay = relay
        slots = Array(repeating: Slot(), count: outstanding)
        let workload = MediaWorkload()
        offer = SessionText.text(at: TransportAddress(ends, 40_000), workload: workload, multiplexed: false)
        answer = SessionText.text(at: TransportAddress(ends, 40_002), workload: workload, multiplexed: false)
    }

    deinit { buffer.deallocate() }

    /// Keeps all slots busy for `nanoseconds`.
    mutating func drive(nanoseconds: UInt64) throws(LoadError) {
        let end = batch_now() &+ nanoseconds
        for index in slots.indices where slots[index].step == .idle { try begin(index) }
        try turn(until: end) { _ in false }
    }

    /// Lets the calls in progress come to their end; those that do not within five seconds are left behind.
    mutating func finish() throws(LoadError) {
        isFinishing = true
        try turn(until: batch_now() &+ 5_000_000_000) { $0.allSatisfy { $0.step == .idle } }
    }

    private var isFinishing = false

    private mutating func turn(until end: UInt64, done: ([Slot]) -> Bool) throws(LoadError) {
        var look = 0
        var now = batch_now()
        while now < end, !done(slots) {
            while let datagram = socket.receive(into: buffer) {
                try take(datagram.octets, at: batch_now())
            }
            look = look + 1 == slots.count ? 0 : look + 1
            now = batch_now()
            if slots[look].step != .idle, now &- slots[look].lastSent > Self.retransmitAfter {
                try repeatRequest(look, at: now)
            }
            batch_relax()
        }
    }

    private mutating func begin(_ index: Int) throws(LoadError) {
        calls += 1
        slots[index].identity = "\(prefix)\(calls)@millrace.invalid"
        slots[index].step = .offer
        try send(index, CallRequest.offer(slots[index].identity, sdp: offer))
    }

    private mutating func send(_ index: Int, _ keys: BencodeDictionary) throws(LoadError) {
        slots[index].serial += 1
        slots[index].message = NGMessage.request(slots[index].command, keys, cookie: cookie(index))
        slots[index].attempts = 1
        slots[index].firstSent = batch_now()
        slots[index].lastSent = slots[index].firstSent
        try socket.send(slots[index].message, to: relay)
    }

    private mutating func repeatRequest(_ index: Int, at now: UInt64) throws(LoadError) {
        guard slots[index].attempts < Self.attempts else {
            fail(.timeout(command: slots[index].command))
            try next(index, failed: true)
            return
        }
        tally.retransmissions += 1
        slots[index].attempts += 1
        slots[index].lastSent = now
        try socket.send(slots[index].message, to: relay)
    }

    private func cookie(_ index: Int) -> [UInt8] { Array("\(prefix)\(index)_\(slots[index].serial)".utf8) }

    /// Finds the slot that a reply belongs to and moves it on.
    private mutating func take(_ datagram: UnsafeRawBufferPointer, at now: UInt64) throws(LoadError) {
        let head = datagram.prefix { $0 != UInt8(ascii: " ") }
        let parts = String(decoding: head, as: UTF8.self).split(separator: "_")
        guard parts.count == 3, let index = Int(parts[1]), slots.indices.contains(index), slots[index].step != .idle,
            let payload = NGMessage.payload(of: datagram, cookie: cookie(index))
        else { return }
        tally.replies.record(now &- slots[index].firstSent)
        do {
            _ = try NGMessage.check(payload, to: slots[index].command)
            try next(index, failed: false)
        } catch let error as NGClientError {
            fail(error)
            try next(index, failed: true)
        } catch let error as LoadError {
            throw error
        } catch {
            return
        }
    }

    private mutating func fail(_ error: NGClientError) {
        tally.failures += 1
        tally.firstFailure = tally.firstFailure ?? error
    }

    /// Goes on with the next request of a call, or with the next call. A call that failed is deleted, because an offer may
    /// have been accepted although its reply did not arrive.
    private mutating func next(_ index: Int, failed: Bool) throws(LoadError) {
        switch slots[index].step {
        case .offer where !failed:
            slots[index].step = .answer
            try send(index, CallRequest.answer(slots[index].identity, sdp: answer))
        case .offer, .answer:
            slots[index].step = .delete
            try send(index, CallRequest.delete(slots[index].identity))
        case .delete, .idle:
            if !failed { tally.calls += 1 }
            slots[index].step = .idle
            if !isFinishing { try begin(index) }
        }
    }
}
