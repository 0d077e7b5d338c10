import ICE
import NetTypes
import Testing

@Suite struct ConsentTests {
    private func connected(_ mode: ICEMode = .full, role: ICERole = .controlling) -> (Peer, Peer, VirtualNetwork) {
        let relay = Peer(["192.0.2.1"], mode: mode, role: mode == .lite ? .controlled : role, seed: 1)
        let phone = Peer(["10.0.0.7"], role: mode == .lite ? .controlling : role.opposite, seed: 2)
        phone.translate(to: "203.0.113.5")
        let network = VirtualNetwork(relay, phone)
        introduce(relay, phone, aIsLite: mode == .lite, now: network.now)
        network.run(for: 45 * second)
        return (relay, phone, network)
    }

    /// RFC 7675 §5.1: every 5 s, randomised by 0.8…1.2, one check each.
    @Test func checksAreSpacedAtRandom() {
        let (relay, _, network) = connected()
        #expect(network.all(are: .completed))
        let start = network.now
        network.run(for: 600 * second)
        let times = relay.sent.filter { $0.isRequest && $0.at > start }.map(\.at)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect((100...150).contains(times.count))
        #expect(gaps.allSatisfy { (4 * second...6 * second).contains($0) })
        #expect(Set(gaps).count > 90)
        #expect(relay.selections.count <= 2)
        #expect(network.violations.isEmpty)
    }

    /// 30 s without an answer end it; then nothing more is sent on the pair.
    @Test(arguments: ICERole.allCases)
    func aDeadNetworkEndsConsent(_ role: ICERole) {
        let (relay, phone, network) = connected(role: role)
        network.isCut = true
        let start = network.now
        #expect(network.run(for: 60 * second) { relay.pair(.rtp) == nil && phone.pair(.rtp) == nil })
        #expect((24 * second...31 * second).contains(network.now - start))
        #expect(relay.events.last == .consentLost(.rtp))
        #expect(relay.state == .checking)
        let sent = relay.sent.count
        network.run(for: 300 * second)
        #expect(relay.sent.count == sent)
    }

    /// The peer is back and checks: what it asks for is answered, checked and used again.
    @Test func aPeerThatComesBackIsTakenBack() {
        let (relay, phone, network) = connected()
        network.isCut = true
        network.run(for: 60 * second)
        #expect(relay.pair(.rtp) == nil)
        network.isCut = false
        // A translator that has forgotten everything, so that the relay's own checks would lead nowhere.
        phone.rebind(port: 41_000)
        let back = Peer(["10.0.0.7"], role: .controlled, seed: 2)
        back.translate(to: "203.0.113.5", port: 41_000)
        let again = VirtualNetwork(relay, back)
        again.run(for: network.now - again.now)
        back.setRemote(relay, now: again.now)
        back.addCandidates(relay.candidates, now: again.now)
        #expect(again.run(for: 5 * second) { again.all(are: .completed) })
        #expect(relay.pair(.rtp)?.remote.port == 41_000)
    }

    /// The translator gives the phone another port in mid-call. Media must follow within seconds, long before consent
    /// on the old address has run out, whatever the relay's mode and role.
    @Test(arguments: [(ICEMode.full, ICERole.controlling), (.full, .controlled), (.lite, .controlled)], 0..<4)
    func mediaFollowsARebindingTranslator(_ kind: (ICEMode, ICERole), _ seed: UInt64) {
        let (relay, phone, network) = connected(kind.0, role: kind.1)
        #expect(relay.pair(.rtp)?.remote.port == 40_000)
        network.run(for: seed * 1_700 * millisecond)
        network.loss = seed == 3 ? 0.2 : 0
        phone.rebind(port: 41_000)
        let start = network.now
        #expect(network.run(for: 30 * second) { relay.pair(.rtp)?.remote.port == 41_000 })
        // The next check of the phone is at most 6 s away; then the old address has 3 s to answer, or is 7 s old.
        if network.loss == 0 { #expect(network.now - start < (kind.0 == .full ? 10 : 14) * second) }
        network.run(for: 60 * second)
        #expect(relay.pair(.rtp)?.remote.port == 41_000)
        #expect(phone.pair(.rtp)?.remote == relay.sockets[0])
        #expect(!relay.events.contains(.consentLost(.rtp)))
        #expect(!phone.events.contains(.consentLost(.rtp)))
        #expect(network.violations.isEmpty)
    }

    /// A network that loses every third datagram must not end a call.
    @Test(arguments: 0..<4)
    func heavyLossDoesNotEndConsent(_ seed: UInt64) {
        let a = Peer(["192.0.2.1"], role: .controlling, seed: seed + 1)
        let b = Peer(["198.51.100.1"], seed: seed + 100)
        let network = VirtualNetwork(a, b, seed: seed)
        introduce(a, b, now: network.now)
        network.run(for: 5 * second)
        network.loss = 0.3
        network.run(for: 600 * second)
        #expect(network.all(are: .completed))
        #expect(!(a.events + b.events).contains(.consentLost(.rtp)))
    }
}
