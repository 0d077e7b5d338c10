import ICE
import NetTypes
import STUN
import Testing

@Suite struct RequestTests {
    private let source = TransportAddress(IPAddress(ipv4: 0xCB00_7105), 5000)
    private let now = 100 * second

    private func relay(_ mode: ICEMode = .full, role: ICERole = .controlled) -> Peer {
        Peer(["192.0.2.1"], mode: mode, role: role, components: [.rtp, .rtcp], seed: 1)
    }

    /// The answer of `relay` to `bytes`; everything that it sends must be the answer.
    private func answer(_ relay: Peer, _ bytes: [UInt8], from source: TransportAddress? = nil) -> Peer.Sent? {
        relay.receive(bytes, from: source ?? self.source, now: now)
        let sent = relay.drain(now: now)
        #expect(sent.count <= 1)
        return sent.first
    }

    /// SOFTWARE stands in answers as long as they stay shorter than their requests, and in checks.
    @Test(arguments: [
        ("millrace-1", "millrace-1"), (String(repeating: "x", count: 40), String(repeating: "x", count: 32)),
    ])
    func software(_ name: String, _ shown: String) throws {
        let relay = Peer(["192.0.2.1"], seed: 1, software: name)
        func software(_ sent: Peer.Sent?) -> String? {
            sent?.read { $0.software.map { String(decoding: $0, as: UTF8.self) } } ?? nil
        }
        var long = Forge(to: relay)
        long.software = String(repeating: "y", count: 60)
        let answer = try #require(self.answer(relay, long.request()))
        #expect(software(answer) == shown)
        #expect(answer.read { $0.isAuthentic(Forge.key(relay.credentials.password)) } == true)
        var short = Forge(to: relay)
        short.id = STUNTransactionID(high: 1, low: 3)
        short.priority = nil
        short.role = nil
        short.hasFingerprint = false
        #expect(software(self.answer(relay, short.request())) == nil)

        let (caller, callee) = (Peer(["192.0.2.1"], seed: 3, software: name), Peer(["192.0.2.2"], seed: 4))
        caller.setRemote(callee, now: now)
        caller.addCandidates(callee.candidates, now: now)
        let sent = caller.drain(now: now)
        let check = try #require(sent.first { $0.isRequest })
        #expect(software(check) == shown)
        #expect(check.bytes.count <= ICELimits.transmittedBytes)
    }

    @Test(arguments: ICEMode.allCases)
    func aProperCheckIsAnsweredAtOnce(_ mode: ICEMode) throws {
        let relay = relay(mode)
        let answer = try #require(self.answer(relay, Forge(to: relay).request()))
        #expect(answer.destination == source)
        #expect(answer.local == 0)
        let key = Forge.key(relay.credentials.password)
        let facts = answer.read {
            ($0.type, $0.transactionID, $0.xorMappedAddress, $0.isAuthentic(key), $0.hasValidFingerprint)
        }
        let (type, id, mapped, isAuthentic, hasFingerprint) = try #require(facts)
        #expect(type == STUNMessageType(.binding, .successResponse))
        #expect(id == STUNTransactionID(high: 1, low: 2))
        #expect(mapped == source)
        #expect(isAuthentic && hasFingerprint)
        #expect(relay.counters.requestsAnswered == 1)
        #expect(relay.hasAuthenticated(source.description))
    }

    /// What is asked for by whom, and what the answer is.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String
        let rejection: ICERejection
        let code: STUNErrorCode?
        var isSigned = false
        let change: @Sendable (inout Forge) -> Void

        var testDescription: String { name }
    }

    static let refusals: [Refusal] = [
        Refusal(name: "no username", rejection: .missingCredentials, code: .badRequest) { $0.username = nil },
        Refusal(name: "no integrity", rejection: .missingCredentials, code: .badRequest) { $0.password = nil },
        Refusal(name: "another fragment", rejection: .wrongUsername, code: .unauthenticated) {
            $0.username = "AAAAAAAA:them"
        },
        Refusal(name: "no colon", rejection: .wrongUsername, code: .unauthenticated) {
            // The builder always writes one, so the fragment gets one in front.
            $0.username = ":" + ($0.username ?? "")
        },
        Refusal(name: "a longer fragment", rejection: .wrongUsername, code: .unauthenticated) {
            $0.username = "x" + ($0.username ?? "")
        },
        Refusal(name: "wrong password", rejection: .wrongIntegrity, code: .unauthenticated) { $0.password = "guess" },
        Refusal(name: "empty password", rejection: .wrongIntegrity, code: .unauthenticated) { $0.password = "" },
        Refusal(name: "strange attributes", rejection: .unknownAttribute, code: .unknownAttribute, isSigned: true) {
            $0.strangeAttributes = 3
        },
        Refusal(name: "the same role, weaker", rejection: .roleConflict, code: .roleConflict, isSigned: true) {
            $0.role = .controlled
            $0.tieBreaker = .max
        },
    ]

    @Test(arguments: refusals)
    func othersAreRefused(_ refusal: Refusal) throws {
        let relay = relay()
        var forge = Forge(to: relay)
        refusal.change(&forge)
        let bytes = forge.request()
        #expect(relay.receive(bytes, from: source, now: now) == .rejected(refusal.rejection))
        let sent = relay.drain(now: now)
        #expect(sent.count == 1)
        let answer = try #require(sent.first)
        #expect(answer.bytes.count <= bytes.count)
        let key = Forge.key(relay.credentials.password)
        let facts = answer.read { ($0.errorCode, $0.hasIntegrity, $0.isAuthentic(key), $0.unknownAttributes?.count) }
        let (code, hasIntegrity, isAuthentic, unknown) = try #require(facts)
        #expect(code == refusal.code)
        #expect(hasIntegrity == refusal.isSigned && isAuthentic == refusal.isSigned)
        #expect(unknown == (refusal.code == .unknownAttribute ? 3 : nil))
        #expect(relay.counters[refusal.rejection] == 1)
        #expect(relay.counters.errorsSent == 1)
        #expect(relay.pair(.rtp) == nil)
        #expect(!relay.hasAuthenticated(source.description))
        #expect(relay.events.isEmpty)
    }

    @Test func noiseIsNotAnswered() {
        let relay = relay()
        var corrupt = Forge(to: relay).request()
        corrupt[corrupt.count - 1] ^= 1
        var long = Forge(to: relay)
        long.software = String(repeating: "x", count: 1500)
        let cases: [([UInt8], TransportAddress, Int, ICEReceipt)] = [
            ([], source, 0, .rejected(.malformed)),
            ([UInt8](repeating: 0, count: 20), source, 0, .rejected(.malformed)),
            (Array("OPTIONS sip:x SIP/2.0".utf8), source, 0, .rejected(.malformed)),
            (corrupt, source, 0, .rejected(.wrongFingerprint)),
            (long.request(), source, 0, .rejected(.oversized)),
            (Forge(to: relay).request(method: STUNMethod(rawValue: 3)), source, 0, .rejected(.unsupportedMethod)),
            (Forge(to: relay).request(.indication), source, 0, .accepted),
            (Forge(to: relay).request(.successResponse), source, 0, .rejected(.unmatchedResponse)),
            (Forge(to: relay).request(.errorResponse), source, 0, .rejected(.unmatchedResponse)),
            (Forge(to: relay).request(), source, 2, .rejected(.unknownLocalCandidate)),
            (Forge(to: relay).request(), source, -1, .rejected(.unknownLocalCandidate)),
            (
                Forge(to: relay).request(), TransportAddress(IPAddress.unspecified(.ipv6), 5), 0,
                .rejected(.unknownLocalCandidate)
            ),
            (Forge(to: relay).request(), TransportAddress(source.address, 0), 0, .rejected(.unusableSource)),
            (
                Forge(to: relay).request(), TransportAddress(IPAddress(ipv4: 0xE000_0001), 5), 0,
                .rejected(.unusableSource)
            ),
            (
                Forge(to: relay).request(), TransportAddress(IPAddress(ipv4: 0xFFFF_FFFF), 5), 0,
                .rejected(.unusableSource)
            ),
        ]
        for (bytes, source, local, expected) in cases {
            #expect(relay.receive(bytes, local: local, from: source, now: now) == expected)
        }
        #expect(relay.drain(now: now).isEmpty)
        #expect(relay.pair(.rtp) == nil)
        let rejected = ICERejection.allCases.reduce(0) { $0 + relay.counters[$1] }
        #expect(rejected == UInt64(cases.count - 1))
    }

    /// However many forged requests come, answers are few and small, nothing is learned and nothing else is sent.
    @Test func aFloodOfForgeriesIsNotAmplified() {
        let relay = relay()
        var generator = SeededGenerator(4)
        var (received, sent, answers) = (0, 0, 0)
        let duration: UInt64 = 10
        for number in 0..<10_000 {
            let at = now + duration * second * UInt64(number) / 10_000
            var forge = Forge(to: relay)
            switch number % 4 {
            case 0: forge.password = nil
            case 1: forge.username = nil
            case 2: forge.password = "guess\(number)"
            default: forge.username = "guess\(number):them"
            }
            forge.priority = number % 3 == 0 ? nil : 1
            forge.usesCandidate = true
            let victim = TransportAddress(IPAddress(ipv4: UInt32.random(in: 1...0xDFFF_FFFF, using: &generator)), 53)
            let bytes = forge.request()
            received += bytes.count
            relay.receive(bytes, from: victim, now: at)
            for datagram in relay.drain(now: at) {
                #expect(datagram.bytes.count <= bytes.count)
                #expect(datagram.destination == victim)
                sent += datagram.bytes.count
                answers += 1
            }
        }
        #expect(answers <= 5 + 5 * Int(duration))
        #expect(answers > 5, "the budget comes back")
        #expect(sent * 50 < received)
        #expect(relay.pair(.rtp) == nil)
        #expect(relay.deadline == nil)
        #expect(relay.counters.answersWithheld > 9000)
    }

    /// Requests so short that any answer would be longer get none, even with the right password.
    @Test func noAnswerIsLongerThanItsRequest() {
        let relay = relay(.lite)
        for hasFingerprint in [true, false] {
            for (username, password) in [
                (nil, nil), ("a:b", nil), (relay.credentials.usernameFragment + ":", relay.credentials.password),
            ] as [(String?, String?)] {
                var forge = Forge(username: username, password: password)
                (forge.priority, forge.role, forge.hasFingerprint) = (nil, nil, hasFingerprint)
                let bytes = forge.request()
                relay.receive(bytes, from: source, now: now)
                for datagram in relay.drain(now: now) { #expect(datagram.bytes.count <= bytes.count) }
            }
        }
        #expect(relay.counters.answersWithheld > 0)
    }

    /// A budget used up by strangers costs the peer nothing.
    @Test func thePeerIsAnsweredDuringAFlood() throws {
        let relay = relay()
        for _ in 0..<100 { relay.receive(Forge(username: "x:y", password: "z").request(), from: source, now: now) }
        relay.drain(now: now)
        let answer = self.answer(relay, Forge(to: relay).request())
        #expect(try #require(answer).read { $0.type.messageClass } == .successResponse)
    }

    /// The queue of answers is bounded; one that is never drained loses the excess, not its mind.
    @Test func anUndrainedAgentKeepsItsBounds() {
        let relay = relay()
        for _ in 0..<1000 { relay.receive(Forge(to: relay).request(), from: source, now: now) }
        #expect(relay.drain(now: now).count <= 128)
        #expect(relay.counters.outputsDropped >= 1000 - 128)
    }

    /// Events that nobody reads make room for newer ones.
    @Test func unreadEventsAreBounded() {
        let relay = relay(.lite)
        for number in 0..<200 as Range<UInt32> {
            var forge = Forge(to: relay)
            forge.priority = number + 1
            let source = TransportAddress(IPAddress(ipv4: 0xCB00_7100 + number), 5000)
            relay.receive(forge.request(), from: source, now: now)
        }
        relay.drain(now: now)
        #expect(relay.events.count == 32)
        #expect(relay.selections.last?.remote.address == IPAddress(ipv4: 0xCB00_7100 + 199))
    }

    @Test func theClockNeverGoesBack() {
        let relay = relay(.lite)
        relay.receive(Forge(to: relay).request(), from: source, now: now)
        let deadline = relay.deadline
        relay.agent.deadlineReached(now: 0)
        relay.receive(Forge(to: relay).request(), from: source, now: 5)
        #expect(relay.deadline == deadline)
        relay.agent.deadlineReached(now: .max)
        relay.agent.deadlineReached(now: .max)
        #expect(relay.deadline == nil)
    }
}
