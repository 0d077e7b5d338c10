import ICE
import NetTypes
import Testing

@Suite struct ConnectionTests {
    @Test func fullAgentsAgreeOnOnePair() throws {
        let a = Peer(["192.0.2.1"], role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1"], role: .controlled, seed: 2)
        let network = VirtualNetwork(a, b)
        introduce(a, b, now: network.now)
        #expect(network.run(for: second) { network.all(are: .completed) })
        #expect(a.pair(.rtp)?.remote == b.sockets[0])
        #expect(b.pair(.rtp)?.remote == a.sockets[0])
        #expect(a.pair(.rtp)?.isNominated == true)
        #expect(b.pair(.rtp)?.isNominated == true)
        #expect(a.pair(.rtcp) == nil)
        #expect(a.role == .controlling)
        #expect(a.hasAuthenticated("198.51.100.1:30001"))
        #expect(!a.hasAuthenticated("198.51.100.1:1"))
        #expect(network.violations.isEmpty)
    }

    /// Media may flow as soon as a pair is valid, one round trip after the first check and before the nomination.
    @Test func mediaNeedNotWaitForTheNomination() throws {
        let a = Peer(["192.0.2.1"], role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1"], role: .controlled, seed: 2)
        let network = VirtualNetwork(a, b)
        for (peer, other) in [(a, b), (b, a)] {
            peer.setRemote(other, now: network.now)
            peer.addCandidates(other.candidates, now: network.now)
        }
        let start = network.now
        #expect(network.run(for: second) { network.all(are: .connected) })
        #expect(network.now - start <= 60 * millisecond)
        #expect(a.selections.map(\.isNominated) == [false])
        #expect(network.run(for: second) { network.all(are: .completed) })
        #expect(a.selections.map(\.isNominated) == [false, true])
        #expect(b.selections.map(\.isNominated) == [false, true])
    }

    /// Both families, both components, every kind of mischief.
    @Test(arguments: 0..<25)
    func aBadNetworkOnlyDelays(_ seed: UInt64) {
        let addresses = ["192.0.2.1", "2001:db8::1"]
        let a = Peer(addresses, role: .controlling, components: [.rtp, .rtcp], seed: seed * 2 + 1)
        let b = Peer(["198.51.100.1", "2001:db8::2"], components: [.rtp, .rtcp], seed: seed * 2 + 2)
        let network = VirtualNetwork(a, b, seed: seed)
        network.loss = 0.3
        network.duplication = 0.1
        network.delay = 5 * millisecond...400 * millisecond
        introduce(a, b, now: network.now)
        #expect(network.run(for: 30 * second) { network.all(are: .completed) })
        for component in ICEComponent.allCases {
            guard let ours = a.pair(component), let theirs = b.pair(component) else {
                Issue.record("no pair")
                continue
            }
            #expect(ours.isNominated && theirs.isNominated)
            #expect(b.sockets.contains(ours.remote))
            #expect(a.locals[ours.local].component == component)
        }
        #expect(network.violations.isEmpty)
    }

    /// The best reachable pair wins: IPv6 is second at both, and IPv4 leads nowhere.
    @Test func unreachableAddressesAreWorkedAround() {
        let a = Peer(["192.0.2.1", "2001:db8::1"], role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1", "2001:db8::2"], seed: 2)
        let network = VirtualNetwork(a, b)
        network.unreachable = a.sockets[0...0].map(\.address).reduce(into: []) { $0.insert($1) }
        network.unreachable.insert(b.sockets[0].address)
        introduce(a, b, now: network.now)
        #expect(network.run(for: 2 * second) { network.all(are: .completed) })
        #expect(a.pair(.rtp)?.local == 1)
        #expect(b.pair(.rtp)?.local == 1)
    }

    @Test func theBestPairIsNominatedWhenAllWork() {
        let a = Peer(["192.0.2.1", "2001:db8::1"], role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1", "2001:db8::2"], seed: 2)
        let network = VirtualNetwork(a, b)
        introduce(a, b, now: network.now)
        network.run(for: 3 * second)
        #expect(network.all(are: .completed))
        #expect(a.pair(.rtp)?.local == 0)
        #expect(b.pair(.rtp)?.local == 0)
    }

    /// A peer behind a translator has only private addresses to signal, or none at all, as JsSIP, which answers before
    /// it has gathered: it becomes known by its checks.
    @Test(arguments: [true, false], ICERole.allCases)
    func aPeerWithoutUsableCandidatesIsLearned(_ signalsPrivate: Bool, _ role: ICERole) {
        let relay = Peer(["192.0.2.1"], role: role, seed: 1)
        let phone = Peer(["10.0.0.7"], role: role.opposite, seed: 2)
        phone.translate(to: "203.0.113.5")
        let network = VirtualNetwork(relay, phone)
        relay.setRemote(phone, now: network.now)
        if signalsPrivate { relay.addCandidates(phone.candidates, now: network.now) }
        phone.setRemote(relay, now: network.now)
        phone.addCandidates(relay.candidates, now: network.now)
        #expect(network.run(for: 5 * second) { network.all(are: .completed) })
        #expect(relay.pair(.rtp)?.remote.description == "203.0.113.5:40000")
        #expect(phone.pair(.rtp)?.remote == relay.sockets[0])
        #expect(network.violations.isEmpty)
    }

    /// Checks come before the answer with the peer's credentials: they are answered at once and followed up later.
    @Test(arguments: ICERole.allCases)
    func checksBeforeTheAnswer(_ role: ICERole) {
        let relay = Peer(["192.0.2.1"], role: role, seed: 1)
        let phone = Peer(["10.0.0.7"], role: role.opposite, seed: 2)
        phone.translate(to: "203.0.113.5")
        let network = VirtualNetwork(relay, phone)
        phone.setRemote(relay, now: network.now)
        phone.addCandidates(relay.candidates, now: network.now)
        network.run(for: 2 * second)
        #expect(phone.pair(.rtp) != nil)
        #expect(relay.pair(.rtp) == nil)
        #expect(relay.hasAuthenticated("203.0.113.5:40000"))
        #expect(!relay.sent.contains { $0.isRequest })
        relay.setRemote(phone, now: network.now)
        #expect(network.run(for: 2 * second) { network.all(are: .completed) })
        #expect(relay.pair(.rtp)?.remote.description == "203.0.113.5:40000")
    }

    /// Candidates come one after the other, by re-offers or fragments, the working one last.
    @Test func trickledCandidates() {
        let a = Peer(["192.0.2.1"], role: .controlling, seed: 1)
        let b = Peer(["198.51.100.1"], seed: 2)
        let network = VirtualNetwork(a, b)
        a.setRemote(b, now: network.now)
        b.setRemote(a, now: network.now)
        let dead = (1...3).compactMap {
            ICERemoteCandidate(
                foundation: "dead\($0)", component: .rtp, priority: 2_130_706_431,
                address: TransportAddress(IPAddress(ipv4: 0x0A00_0000 + UInt32($0)), 9000), type: .host)
        }
        for candidate in dead {
            a.addCandidates([candidate], now: network.now)
            network.run(for: second)
        }
        #expect(network.all(are: .checking))
        a.addCandidates(dead + b.candidates, now: network.now)
        #expect(network.run(for: second) { network.all(are: .completed) })
        #expect(a.pair(.rtp)?.remote == b.sockets[0])
        #expect(network.violations.isEmpty)
    }

    @Test func rtcpMultiplexingEndsTheSecondComponent() {
        let a = Peer(["192.0.2.1"], role: .controlling, components: [.rtp, .rtcp], seed: 1)
        let b = Peer(["198.51.100.1"], seed: 2)
        let network = VirtualNetwork(a, b)
        introduce(a, b, now: network.now)
        network.run(for: second)
        #expect(a.state == .checking)
        a.agent.removeRTCPComponent(now: network.now)
        #expect(a.state == .completed)
        network.run(for: 60 * second)
        #expect(a.state == .completed)
        #expect(!a.events.contains(.failed(.rtcp)))
        #expect(a.receive([0, 1], local: 1, from: b.sockets[0], now: network.now) == .rejected(.unknownLocalCandidate))
    }
}
