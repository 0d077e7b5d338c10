import ICE
import NetTypes
import Testing

@Suite struct LiteTests {
    @Test(arguments: [0.0, 0.3], 0..<5)
    func fullAndLite(_ loss: Double, _ seed: UInt64) {
        let lite = Peer(["192.0.2.1", "2001:db8::1"], mode: .lite, role: .controlled, seed: seed + 1)
        let full = Peer(["10.0.0.7", "2001:db8::2"], mode: .full, role: .controlling, seed: seed + 100)
        let network = VirtualNetwork(lite, full, seed: seed)
        network.loss = loss
        introduce(lite, full, aIsLite: true, now: network.now)
        #expect(network.run(for: 30 * second) { network.all(are: .completed) })
        #expect(full.pair(.rtp)?.remote == lite.sockets[lite.pair(.rtp)?.local ?? 9])
        network.run(for: 120 * second)
        #expect(network.all(are: .completed))
        #expect(!lite.sent.contains { $0.isRequest }, "a lite agent never sends checks")
        #expect(lite.sent.contains { $0.isIndication })
        #expect(network.violations.isEmpty)
    }

    /// RFC 8445 §6.1.1: whatever the offer said, the full agent controls.
    @Test func theFullAgentControls() {
        let lite = Peer(["192.0.2.1"], mode: .lite, role: .controlled, seed: 1)
        let full = Peer(["198.51.100.1"], mode: .full, role: .controlled, seed: 2)
        let network = VirtualNetwork(lite, full)
        introduce(lite, full, aIsLite: true, now: network.now)
        #expect(network.run(for: second) { network.all(are: .completed) })
        #expect(full.role == .controlling)
        #expect(full.events.contains(.roleSwitched(.controlling)))
    }

    /// A lite agent needs neither candidates nor credentials of the peer.
    @Test func aLiteAgentNeedsNothingFromThePeer() {
        let lite = Peer(["192.0.2.1"], mode: .lite, role: .controlled, seed: 1)
        let full = Peer(["10.0.0.7"], role: .controlling, seed: 2)
        full.translate(to: "203.0.113.5")
        let network = VirtualNetwork(lite, full)
        full.setRemote(lite, isLite: true, now: network.now)
        full.addCandidates(lite.candidates, now: network.now)
        #expect(network.run(for: second) { network.all(are: .completed) })
        #expect(lite.pair(.rtp)?.remote.description == "203.0.113.5:40000")
    }

    @Test func twoLiteAgentsUseWhatIsSignalled() {
        let a = Peer(["192.0.2.1", "2001:db8::1"], mode: .lite, role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1", "2001:db8::2"], mode: .lite, role: .controlled, seed: 2)
        let network = VirtualNetwork(a, b)
        introduce(a, b, aIsLite: true, bIsLite: true, now: network.now)
        #expect(network.all(are: .completed))
        #expect(a.pair(.rtp)?.remote == b.sockets[0])
        #expect(b.pair(.rtp)?.remote == a.sockets[0])
        network.run(for: 100 * second)
        #expect(network.all(are: .completed))
        #expect(!(a.sent + b.sent).contains { $0.isRequest })
    }
}
