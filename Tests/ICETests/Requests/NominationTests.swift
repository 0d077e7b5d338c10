import ICE
import NetTypes
import STUN
import Testing

/// Whom the controlled agent follows.
@Suite struct NominationTests {
    private let first = TransportAddress(IPAddress(ipv4: 0xCB00_7105), 5000)
    private let other = TransportAddress(IPAddress(ipv4: 0xCB00_7106), 6000)

    private func check(
        _ relay: Peer, from source: TransportAddress, priority: UInt32, nominates: Bool, now: UInt64
    ) {
        var forge = Forge(to: relay)
        forge.priority = priority
        forge.usesCandidate = nominates
        relay.receive(forge.request(), from: source, now: now)
        relay.drain(now: now)
    }

    @Test func liteFollowsTheNominatedPair() {
        let relay = Peer(["192.0.2.1"], mode: .lite, role: .controlled)
        check(relay, from: first, priority: 200, nominates: false, now: second)
        #expect(relay.pair(.rtp)?.remote == first)
        #expect(relay.pair(.rtp)?.isNominated == false)
        check(relay, from: other, priority: 100, nominates: true, now: 2 * second)
        #expect(relay.pair(.rtp)?.remote == other)
        #expect(relay.state == .completed)
        // A better pair that is not nominated changes nothing.
        check(relay, from: first, priority: 300, nominates: false, now: 3 * second)
        #expect(relay.pair(.rtp)?.remote == other)
    }

    /// Aggressive nomination (RFC 5245): of pairs nominated together the best one counts, in any order.
    @Test(arguments: [true, false])
    func ofPairsNominatedTogetherTheBestCounts(_ bestFirst: Bool) {
        let relay = Peer(["192.0.2.1"], mode: .lite, role: .controlled)
        for round in 0..<20 as Range<UInt64> {
            let at = second + round * 500 * millisecond
            let (best, worst) = (at + (bestFirst ? 0 : 1), at + (bestFirst ? 1 : 0))
            if bestFirst { check(relay, from: first, priority: 200, nominates: true, now: best) }
            check(relay, from: other, priority: 100, nominates: true, now: worst)
            if !bestFirst { check(relay, from: first, priority: 200, nominates: true, now: best) }
        }
        #expect(relay.pair(.rtp)?.remote == first)
        #expect(relay.selections.count <= 2)
    }

    /// A nomination clearly later than the last one of the selected pair is meant, whatever the priorities.
    @Test func aLateNominationWins() {
        let relay = Peer(["192.0.2.1"], mode: .lite, role: .controlled)
        check(relay, from: first, priority: 200, nominates: true, now: second)
        check(relay, from: other, priority: 100, nominates: true, now: 3 * second)
        #expect(relay.pair(.rtp)?.remote == first)
        check(relay, from: other, priority: 100, nominates: true, now: 5 * second)
        #expect(relay.pair(.rtp)?.remote == other)
    }

    /// In full mode USE-CANDIDATE has to wait for the answer to our own check (RFC 8445 §7.3.1.5).
    @Test func fullModeNominatesOnlyWhatIsValid() throws {
        let relay = Peer(["192.0.2.1"], role: .controlled)
        let them = Peer(["198.51.100.1"], role: .controlling, seed: 2)
        relay.setRemote(them, now: second)
        check(relay, from: first, priority: 100, nominates: true, now: second)
        #expect(relay.pair(.rtp) == nil)
        let sent = try #require(relay.sent.last { $0.isRequest })
        #expect(sent.destination == first)
        relay.receive(Forge.answer(to: sent, password: them.credentials.password), from: first, now: second + 1)
        relay.drain(now: second + 1)
        #expect(relay.pair(.rtp)?.remote == first)
        #expect(relay.pair(.rtp)?.isNominated == true)
    }

    /// USE-CANDIDATE from a controlled agent means nothing.
    @Test func theControllingAgentDecidesForItself() throws {
        let relay = Peer(["192.0.2.1"], role: .controlling)
        let them = Peer(["198.51.100.1"], role: .controlled, seed: 2)
        relay.setRemote(them, now: second)
        var forge = Forge(to: relay)
        forge.role = .controlled
        forge.usesCandidate = true
        relay.receive(forge.request(), from: first, now: second)
        relay.drain(now: second)
        let sent = try #require(relay.sent.last { $0.isRequest })
        #expect(sent.read(\.hasUseCandidate) == false)
        relay.receive(Forge.answer(to: sent, password: them.credentials.password), from: first, now: second + 1)
        relay.drain(now: second + 1)
        #expect(relay.pair(.rtp)?.isNominated == false)
        let deadline = try #require(relay.deadline)
        #expect(deadline == second + 1 + 300 * millisecond)
        relay.agent.deadlineReached(now: deadline)
        let nomination = try #require(relay.drain(now: deadline).last)
        #expect(nomination.read(\.hasUseCandidate) == true)
        relay.receive(
            Forge.answer(to: nomination, password: them.credentials.password), from: first, now: deadline + 1)
        #expect(relay.pair(.rtp)?.isNominated == true)
    }
}
