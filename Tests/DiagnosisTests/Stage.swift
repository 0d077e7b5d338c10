import Bencode
import CallControl
import Diagnosis
import Forwarding
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

/// A whole relay on virtual time with phones and better-equipped peers, for a call to be played and then explained.
final class Stage {
    let world: World
    private(set) var phones: [Phone] = []

    init(seed: UInt64 = 1, configure: (inout CallControlConfiguration) -> Void = { _ in }) throws {
        world = try World(seed: seed, configure: configure)
    }

    /// A phone at a public address.
    func phone(_ tag: String, at source: String? = nil, signalled: String? = nil) -> Phone {
        let standard = tag == "A" ? "203.0.113.4:4000" : "198.51.100.6:4100"
        let phone = Phone(tag, at: source ?? standard, signalled: signalled)
        phones.append(phone)
        return phone
    }

    func peer(_ name: String, _ flavor: SimulatedPeer.Flavor) throws -> SimulatedPeer {
        let peer = try SimulatedPeer(
            name, flavor, at: name == "A" ? "203.0.113.4:4000" : "198.51.100.6:4100", in: world)
        peer.addStream(firstSequence: 100)
        return peer
    }

    // MARK: - Signalling

    @discardableResult
    func offer(
        _ sdp: String, _ from: String = "A", to: String? = nil, options: BencodeDictionary = [:]
    ) -> Reply {
        var request: BencodeDictionary = ["from-tag": .text(from), "sdp": .text(sdp)]
        if let to { request.append("to-tag", .text(to)) }
        request.append(contentsOf: options)
        return world.relay.request("offer", request)
    }

    @discardableResult
    func answer(
        _ sdp: String, _ from: String = "A", _ to: String = "B", options: BencodeDictionary = [:]
    ) -> Reply {
        var request: BencodeDictionary = ["from-tag": .text(from), "to-tag": .text(to), "sdp": .text(sdp)]
        request.append(contentsOf: options)
        return world.relay.request("answer", request)
    }

    func delete(delay: Int = 0) {
        _ = world.relay.request("delete", ["from-tag": "A", "delete-delay": .integer(Int64(delay))])
    }

    /// Two phones, offer and answer.
    @discardableResult
    func plainCall(
        _ offered: (Phone) -> String = { $0.body() }, _ answered: (Phone) -> String = { $0.body() },
        a: String? = nil, b: String? = nil, options: BencodeDictionary = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (a: Phone, b: Phone) {
        let (caller, callee) = (phone("A", at: a), phone("B", at: b))
        let offer = self.offer(offered(caller), options: options)
        try #require(offer.result == "ok", "\(offer.errorReason ?? "")", sourceLocation: sourceLocation)
        callee.take(offer)
        let answer = self.answer(answered(callee), options: options)
        try #require(answer.result == "ok", "\(answer.errorReason ?? "")", sourceLocation: sourceLocation)
        caller.take(answer)
        return (caller, callee)
    }

    /// A later offer and its answer, between phones that have a call.
    func renegotiate(
        _ a: Phone, _ offered: String, _ b: Phone, _ answered: String, _ options: BencodeDictionary = [:]
    ) {
        b.take(offer(offered, a.tag, to: b.tag, options: options))
        a.take(answer(answered, a.tag, b.tag, options: options))
    }

    /// A call between two peers with keys, without media.
    func secureCall(
        _ caller: SimulatedPeer.Flavor, _ callee: SimulatedPeer.Flavor, connects: Bool = true,
        _ prepare: (SimulatedPeer, SimulatedPeer) -> Void = { _, _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (a: SimulatedPeer, b: SimulatedPeer) {
        let (a, b) = (try peer("A", caller), try peer("B", callee))
        prepare(a, b)
        let refusal = world.negotiate(a, b)
        try #require(refusal == nil, sourceLocation: sourceLocation)
        for peer in [a, b] { peer.isMuted = false }
        if connects {
            let isUp = world.run(for: 10 * World.second) { a.isConnected && b.isConnected }
            try #require(isUp, sourceLocation: sourceLocation)
        }
        return (a, b)
    }

    /// A call between a peer with keys and a phone.
    func mixedCall(
        _ flavor: SimulatedPeer.Flavor, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (a: SimulatedPeer, b: Phone) {
        let (a, b) = (try peer("A", flavor), phone("B"))
        let offer = self.offer(a.offer().text, options: SimulatedPeer.Flavor.plain.options)
        try #require(offer.result == "ok", sourceLocation: sourceLocation)
        b.take(offer)
        let answer = self.answer(b.body(formats: "0"), options: flavor.options)
        try #require(answer.result == "ok", sourceLocation: sourceLocation)
        b.payloadType = 0
        a.take(answer.section, isAnswer: true)
        a.isMuted = false
        return (a, b)
    }

    // MARK: - Time

    /// Lets time pass; `each` is called every ten milliseconds.
    func run(_ seconds: Double, _ each: () -> Void = {}) {
        for phone in phones {
            for address in Set([phone.source, phone.signalled]) {
                world.strangers[address] = { [unowned phone] _, bytes in phone.hear(bytes) }
            }
        }
        let end = world.now + UInt64(seconds * 1e9)
        while world.now < end {
            for phone in phones {
                for packet in phone.due(world.now) { send(packet.bytes, from: packet.source, to: packet.target) }
            }
            each()
            world.run(for: min(10_000_000, end - world.now))
        }
    }

    func send(_ bytes: [UInt8], from source: TransportAddress, to target: TransportAddress) {
        world.inject(bytes, at: target, from: source)
    }

    // MARK: - Questions

    var diagnosis: CallDiagnosis? { world.relay.controller.explanation(of: "call")?.diagnosis }

    /// The verdict on what a party sends.
    func verdict(from tag: String, section: Int = 0) -> DirectionVerdict? {
        diagnosis?.directions.first { $0.from.tag == tag && $0.section == section }
    }
}

/// A call that is played, and what is to be said of it.
struct Scenario: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Of the call as a whole.
    let cause: Cause
    let configure: @Sendable (inout CallControlConfiguration) -> Void
    let play: @Sendable (Stage) throws -> Void

    init(
        _ name: String, _ cause: Cause,
        configure: @escaping @Sendable (inout CallControlConfiguration) -> Void = { _ in },
        _ play: @escaping @Sendable (Stage) throws -> Void
    ) {
        testDescription = name
        self.cause = cause
        self.configure = configure
        self.play = play
    }
}

extension Scenario {
    /// A call between two phones in which one thing is wrong from the beginning.
    static func plain(
        _ name: String, _ cause: Cause, says words: String = "", for seconds: Double = 12,
        _ change: @escaping @Sendable ((a: Phone, b: Phone)) -> Void
    ) -> Scenario {
        Scenario(name, cause) { stage in
            change(try stage.plainCall())
            stage.run(seconds)
            let sentence = stage.diagnosis?.sentence ?? ""
            #expect(words.isEmpty || sentence.contains(words), "\(sentence)")
        }
    }
}

/// `a=crypto` of a key that nobody else has.
func cryptoLine(_ number: UInt8 = 1, suite: String = "AES_CM_128_HMAC_SHA1_80") -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    let key = String((0..<40).map { letters[($0 * 7 + Int(number)) % letters.count] })
    return "a=crypto:1 \(suite) inline:\(key)"
}
