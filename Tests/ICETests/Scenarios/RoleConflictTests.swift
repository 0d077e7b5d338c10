import ICE
import Testing

@Suite struct RoleConflictTests {
    @Test(arguments: ICERole.allCases, 0..<10)
    func bothTookTheSameRole(_ role: ICERole, _ seed: UInt64) {
        let a = Peer(["192.0.2.1"], role: role, components: [.rtp, .rtcp], seed: seed * 2 + 1)
        let b = Peer(["198.51.100.1"], role: role, components: [.rtp, .rtcp], seed: seed * 2 + 2)
        let network = VirtualNetwork(a, b, seed: seed)
        network.delay = 1 * millisecond...60 * millisecond
        network.loss = seed < 5 ? 0 : 0.2
        introduce(a, b, now: network.now)
        #expect(network.run(for: 30 * second) { network.all(are: .completed) })
        #expect(a.role == b.role.opposite)
        let switches = (a.events + b.events).filter {
            if case .roleSwitched = $0 { true } else { false }
        }
        #expect(!switches.isEmpty)
        #expect(network.violations.isEmpty)
    }

    /// Only the peer's check arrives, so that the conflict is noticed by the one who has to give in, or by the answer.
    @Test(arguments: ICERole.allCases, [true, false])
    func onlyOneSideChecks(_ role: ICERole, _ aKnowsB: Bool) {
        let a = Peer(["192.0.2.1"], role: role, seed: 3)
        let b = Peer(["198.51.100.1"], role: role, seed: 4)
        let network = VirtualNetwork(a, b)
        a.setRemote(b, now: network.now)
        b.setRemote(a, now: network.now)
        if aKnowsB {
            a.addCandidates(b.candidates, now: network.now)
        } else {
            b.addCandidates(a.candidates, now: network.now)
        }
        #expect(network.run(for: 10 * second) { network.all(are: .completed) })
        #expect(a.role == b.role.opposite)
    }
}
