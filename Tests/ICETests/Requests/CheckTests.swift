import ICE
import NetTypes
import STUN
import Testing

/// The agent's own checks and what their answers do.
@Suite struct CheckTests {
    /// An agent that checks one candidate that nobody answers for.
    private func lonely(candidates: Int = 1, locals: [String] = ["192.0.2.1"]) -> (Peer, Peer) {
        let relay = Peer(locals, role: .controlling, seed: 1)
        let them = Peer(["198.51.100.1"], role: .controlled, seed: 2)
        relay.setRemote(them, now: second)
        let remote = (0..<candidates).compactMap {
            ICERemoteCandidate(
                foundation: "\($0)", component: .rtp, priority: UInt32(1000 - $0),
                address: TransportAddress(IPAddress(ipv4: 0xC633_6401), 10_000 + UInt16($0)), type: .host)
        }
        relay.addCandidates(remote, now: second)
        relay.drain(now: second)
        return (relay, them)
    }

    private func run(_ relay: Peer, until end: UInt64) {
        while let deadline = relay.deadline, deadline <= end {
            relay.agent.deadlineReached(now: deadline)
            relay.drain(now: deadline)
        }
    }

    @Test func aCheckSaysWhatItShould() throws {
        let (relay, them) = lonely()
        let sent = try #require(relay.sent.first)
        let facts = sent.read {
            (
                $0.username.map { String(decoding: $0, as: UTF8.self) }, $0.priority, $0.iceControlling != nil,
                $0.iceControlled != nil, $0.hasUseCandidate, $0.isAuthentic(Forge.key(them.credentials.password))
            )
        }
        let (username, priority, controls, isControlled, nominates, isAuthentic) = try #require(facts)
        #expect(username == "\(them.credentials.usernameFragment):\(relay.credentials.usernameFragment)")
        #expect(priority == 1_862_270_975)
        #expect(controls && !isControlled && !nominates && isAuthentic)
    }

    /// RFC 8489 §6.2.1: seven times, at doubling distances, byte for byte the same; failure 16 timeouts later.
    @Test func retransmissions() throws {
        let (relay, _) = lonely()
        run(relay, until: 100 * second)
        #expect(relay.sent.map { ($0.at - second) / millisecond } == [0, 500, 1500, 3500, 7500, 15500, 31500])
        #expect(Set(relay.sent.map(\.bytes)).count == 1)
        #expect(relay.events == [.failed(.rtp)])
        #expect(relay.state == .failed)
        #expect(relay.deadline == nil)
    }

    /// RFC 8445 §14: one new check per 50 ms, the best first.
    @Test func pacing() {
        let (relay, _) = lonely(candidates: 8)
        run(relay, until: second + 350 * millisecond)
        #expect(relay.sent.map { ($0.at - second) / millisecond } == Array(stride(from: 0, through: 350, by: 50)))
        #expect(relay.sent.map(\.destination.port) == Array(10_000..<10_008))
    }

    /// RFC 8445 §6.1.2.5: of 4 × 64 pairs the best 100 are checked.
    @Test func pairsAreBounded() {
        let locals = (1...4).map { "192.0.2.\($0)" }
        let (relay, _) = lonely(candidates: 200, locals: locals)
        run(relay, until: 800 * second)
        let pairs = Set(relay.sent.map { "\($0.local) \($0.destination)" })
        #expect(pairs.count == ICELimits.pairs)
        #expect(relay.sent.count == ICELimits.pairs * 7)
        #expect(relay.sent.map(\.destination.port).max() == 10_024)
    }

    /// A peer that has proved itself finds a place in a full list.
    @Test func aLearnedPeerFitsIntoAFullList() {
        let (relay, _) = lonely(candidates: 64, locals: (1...4).map { "192.0.2.\($0)" })
        let source = TransportAddress(IPAddress(ipv4: 0xCB00_7105), 5000)
        var forge = Forge(to: relay)
        forge.role = .controlled
        forge.priority = 1
        relay.receive(forge.request(), from: source, now: 2 * second)
        relay.drain(now: 2 * second)
        run(relay, until: 3 * second)
        #expect(relay.sent.contains { $0.isRequest && $0.destination == source })
    }

    @Test func forgedAnswersAreIgnored() throws {
        let (relay, them) = lonely()
        let sent = try #require(relay.sent.first)
        let password = them.credentials.password
        let cases: [([UInt8], TransportAddress, ICEReceipt)] = [
            (Forge.answer(to: sent, password: "guess"), sent.destination, .rejected(.wrongIntegrity)),
            (
                Forge.answer(to: sent, password: relay.credentials.password), sent.destination,
                .rejected(.wrongIntegrity)
            ),
            (
                Forge.answer(to: sent, password: password, isSigned: false), sent.destination,
                .rejected(.wrongIntegrity)
            ),
            (
                Forge.answer(to: sent, password: "guess", error: .roleConflict), sent.destination,
                .rejected(.wrongIntegrity)
            ),
            (
                Forge.answer(to: sent, password: password, error: .badRequest, isSigned: false), sent.destination,
                .rejected(.wrongIntegrity)
            ),
        ]
        for (bytes, source, expected) in cases {
            #expect(relay.receive(bytes, from: source, now: second + 1) == expected)
        }
        #expect(relay.role == .controlling)
        #expect(relay.pair(.rtp) == nil)
        relay.receive(Forge.answer(to: sent, password: password), from: sent.destination, now: second + 2)
        #expect(relay.pair(.rtp)?.remote == sent.destination)
        // Once only: a replay renews nothing.
        #expect(
            relay.receive(Forge.answer(to: sent, password: password), from: sent.destination, now: second + 3)
                == .rejected(.unmatchedResponse))
    }

    /// RFC 8445 §7.2.5.2.1
    @Test func anAnswerFromElsewhereFailsThePair() throws {
        let (relay, them) = lonely()
        let sent = try #require(relay.sent.first)
        let elsewhere = TransportAddress(sent.destination.address, 1234)
        #expect(
            relay.receive(Forge.answer(to: sent, password: them.credentials.password), from: elsewhere, now: second + 1)
                == .rejected(.asymmetricResponse))
        run(relay, until: 100 * second)
        #expect(relay.sent.count == 1)
        #expect(relay.events == [.failed(.rtp)])
    }

    @Test func anAuthenticErrorEndsThePair() throws {
        let (relay, them) = lonely()
        let sent = try #require(relay.sent.first)
        let bytes = Forge.answer(to: sent, password: them.credentials.password, error: .unauthenticated)
        #expect(relay.receive(bytes, from: sent.destination, now: second + 1) == .accepted)
        run(relay, until: 100 * second)
        #expect(relay.sent.count == 1)
        // Not before the peer has had its time (RFC 8863).
        #expect(relay.events == [.failed(.rtp)])
    }

    @Test func aRoleConflictIsRepaired() throws {
        let (relay, them) = lonely()
        let sent = try #require(relay.sent.first)
        let bytes = Forge.answer(to: sent, password: them.credentials.password, error: .roleConflict)
        relay.receive(bytes, from: sent.destination, now: second + 60 * millisecond)
        let again = try #require(relay.drain(now: second + 60 * millisecond).first)
        #expect(relay.events == [.roleSwitched(.controlled)])
        #expect(again.destination == sent.destination)
        #expect(again.read { $0.iceControlled != nil } == true)
        #expect(again.read(\.transactionID) != sent.read(\.transactionID))
    }

    /// A failed component is not lost: the peer may still come.
    @Test func failureIsNotTheEnd() throws {
        let (relay, them) = lonely()
        run(relay, until: 100 * second)
        #expect(relay.state == .failed)
        let source = TransportAddress(IPAddress(ipv4: 0xCB00_7105), 5000)
        var forge = Forge(to: relay)
        forge.role = .controlled
        relay.receive(forge.request(), from: source, now: 100 * second)
        let check = try #require(relay.drain(now: 100 * second).last { $0.isRequest })
        relay.receive(
            Forge.answer(to: check, password: them.credentials.password), from: source, now: 100 * second + 1)
        #expect(relay.pair(.rtp)?.remote == source)
        #expect(relay.state == .connected)
    }

    /// Without candidates nothing is sent, and failure takes the patience of RFC 8863.
    @Test func noCandidatesNoChecks() {
        let (relay, _) = lonely(candidates: 0)
        #expect(relay.deadline == second + 39_500 * millisecond)
        run(relay, until: 100 * second)
        #expect(relay.sent.isEmpty)
        #expect(relay.events == [.failed(.rtp)])
    }

    /// A candidate that is signalled after its checks have made it known gets the signalled priority
    /// (RFC 8445 §7.3.1.3), here the better one of two.
    @Test func aLearnedCandidateIsSignalledLater() throws {
        let relay = Peer(["192.0.2.1"], role: .controlling, seed: 1)
        let them = Peer(["198.51.100.1"], role: .controlled, seed: 2)
        relay.setRemote(them, now: second)
        let sources = [5000, 6000].map { TransportAddress(IPAddress(ipv4: 0xCB00_7105), $0) }
        for (index, source) in sources.enumerated() {
            let now = second + UInt64(index) * 60 * millisecond
            var forge = Forge(to: relay)
            (forge.role, forge.priority) = (.controlled, 1000 - UInt32(index))
            relay.receive(forge.request(), from: source, now: now)
            let check = try #require(relay.drain(now: now).last { $0.isRequest })
            relay.receive(Forge.answer(to: check, password: them.credentials.password), from: source, now: now + 1)
        }
        #expect(relay.pair(.rtp)?.remote == sources[0])
        let signalled = ICERemoteCandidate(
            foundation: "1", component: .rtp, priority: 2000, address: sources[1], type: .host)
        relay.addCandidates([try #require(signalled)], now: second + 70 * millisecond)
        #expect(relay.pair(.rtp)?.remote == sources[1])
    }
}
