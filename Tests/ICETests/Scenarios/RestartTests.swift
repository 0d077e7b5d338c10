import ICE
import NetTypes
import Testing

@Suite struct RestartTests {
    /// A connected pair of peers.
    private func connected(loss: Double = 0, seed: UInt64 = 1) -> (Peer, Peer, VirtualNetwork) {
        let a = Peer(["192.0.2.1"], role: .controlling, components: [.rtp, .rtcp], seed: seed + 1)
        let b = Peer(["198.51.100.1"], role: .controlled, components: [.rtp, .rtcp], seed: seed + 1000)
        let network = VirtualNetwork(a, b, seed: seed)
        introduce(a, b, now: network.now)
        network.run(for: 5 * second)
        network.loss = loss
        return (a, b, network)
    }

    private func restart(_ peer: Peer, seed: UInt64, now: UInt64) {
        var generator = SeededGenerator(seed)
        peer.credentials = ICECredentials(using: &generator)
        peer.agent.restart(peer.credentials, now: now)
    }

    @Test(arguments: [0, 0.1], 0..<5)
    func bothSidesStartOver(_ loss: Double, _ seed: UInt64) {
        let (a, b, network) = connected(loss: loss, seed: seed)
        #expect(network.all(are: .completed))
        let before = (a.selections.count, b.selections.count)
        restart(a, seed: seed + 50, now: network.now)
        #expect(a.pair(.rtp)?.remote == b.sockets[0], "media goes on")
        // The answer takes a while; the old pairs must live on meanwhile.
        network.run(for: 40 * second)
        #expect(a.pair(.rtp)?.remote == b.sockets[0])
        #expect(a.pair(.rtcp)?.remote == b.sockets[1])
        #expect(!a.events.contains(.consentLost(.rtp)))
        restart(b, seed: seed + 60, now: network.now)
        introduce(a, b, now: network.now)
        #expect(a.pair(.rtp) != nil && b.pair(.rtp) != nil)
        #expect(
            network.run(for: 30 * second) {
                network.all(are: .completed) && a.selections.count > before.0 && b.selections.count > before.1
            })
        network.run(for: 5 * second)
        #expect(a.selections.last?.isNominated == true)
        #expect(network.violations.isEmpty)
    }

    /// New credentials in an answer without an offer of ours: the peer has restarted, or another one answers.
    @Test func otherRemoteCredentialsStartOver() {
        let (a, b, network) = connected()
        let c = Peer(["203.0.113.9"], role: .controlled, components: [.rtp, .rtcp], seed: 77)
        let both = VirtualNetwork(a, c, seed: 3)
        both.run(for: network.now - both.now)
        c.setRemote(a, now: both.now)
        c.addCandidates(a.candidates, now: both.now)
        a.setRemote(c, now: both.now)
        #expect(a.pair(.rtp)?.remote == b.sockets[0])
        a.addCandidates(c.candidates, now: both.now)
        #expect(both.run(for: 5 * second) { both.all(are: .completed) && a.pair(.rtp)?.remote == c.sockets[0] })
    }

    /// The same credentials again, as every re-offer brings them, change nothing.
    @Test func theSameCredentialsAreNoRestart() {
        let (a, b, network) = connected()
        let events = a.events
        introduce(a, b, now: network.now)
        network.run(for: 10 * second)
        #expect(a.events == events)
        #expect(network.all(are: .completed))
    }

    @Test func aRestartThatIsNeverAnsweredEndsWithTheConsent() {
        let (a, b, network) = connected()
        restart(a, seed: 9, now: network.now)
        network.isCut = true
        network.run(for: 60 * second)
        #expect(a.events.contains(.consentLost(.rtp)))
        #expect(a.events.contains(.consentLost(.rtcp)))
        #expect(a.pair(.rtp) == nil)
        _ = b
    }

    /// A browser that restarts checks from its new sockets at once, under its new fragment and with our old one. Were it
    /// answered it would use that pair, and then refuse our checks of the same pair under the new credentials.
    @Test(arguments: ICEMode.allCases)
    func checksUnderAFragmentThatIsNotSignalledYetWait(_ mode: ICEMode) throws {
        let relay = Peer(["192.0.2.1"], mode: mode, role: .controlled, seed: 1)
        let browser = Peer(["198.51.100.1"], role: .controlling, seed: 2)
        let network = VirtualNetwork(relay, browser)
        introduce(relay, browser, aIsLite: mode == .lite, now: network.now)
        network.run(for: 5 * second)
        let new = try #require(TransportAddress("198.51.100.1:40001"))
        var early = Forge(to: relay, sender: "new1")
        early.usesCandidate = true
        #expect(relay.receive(early.request(), from: new, now: network.now) == .rejected(.unsignalledPeer))
        #expect(relay.drain(now: network.now).isEmpty)
        #expect(!relay.hasAuthenticated(new.description))
        // At an address that is known it does not matter, and the peer itself may have another one.
        #expect(relay.receive(early.request(), from: browser.sockets[0], now: network.now) == .accepted)
        let moved = Forge(to: relay, sender: browser.credentials.usernameFragment).request()
        #expect(relay.receive(moved, from: new, now: network.now) == .accepted)
        // With the answer to the restart the new fragment is the peer's.
        restart(relay, seed: 7, now: network.now)
        let signalled = ICECredentials(usernameFragment: "new1", password: "0123456789012345678901")
        relay.agent.setRemote(try #require(signalled), isLite: false, now: network.now)
        let announced = Forge(to: relay, sender: "new1").request()
        #expect(relay.receive(announced, from: new, now: network.now) == .accepted)
    }

    /// The peer goes on sending from its old pair until it has a new one itself.
    @Test func theOldPairIsHeardForAWhile() {
        let (a, b, network) = connected()
        restart(a, seed: 50, now: network.now)
        let old = b.sockets[0].description
        let moved = Peer(["203.0.113.9"], role: .controlled, components: [.rtp, .rtcp], seed: 77)
        let both = VirtualNetwork(a, moved, seed: 3)
        both.run(for: network.now - both.now)
        introduce(a, moved, now: both.now)
        #expect(both.run(for: 5 * second) { a.pair(.rtp)?.remote == moved.sockets[0] })
        #expect(a.hasAuthenticated(old) && a.hasAuthenticated(moved.sockets[0].description))
        both.run(for: 15 * second)
        #expect(!a.hasAuthenticated(old) && a.hasAuthenticated(moved.sockets[0].description))
    }

    /// Nor does it stop when its candidates are the same as before: the new list has the old pair, unchecked as yet.
    @Test(arguments: ICEMode.allCases)
    func theOldPairIsHeardWhereNoAddressChanges(_ mode: ICEMode) {
        let relay = Peer(["192.0.2.1"], mode: mode, role: .controlled, seed: 1)
        let browser = Peer(["198.51.100.1"], role: .controlling, seed: 2)
        let network = VirtualNetwork(relay, browser)
        introduce(relay, browser, aIsLite: mode == .lite, now: network.now)
        network.run(for: 5 * second)
        let (old, stranger) = (browser.sockets[0].description, "203.0.113.9:40000")
        #expect(relay.hasAuthenticated(old))
        restart(relay, seed: 5, now: network.now)
        #expect(relay.hasAuthenticated(old))
        restart(browser, seed: 6, now: network.now)
        introduce(relay, browser, aIsLite: mode == .lite, now: network.now)
        #expect(relay.hasAuthenticated(old))
        #expect(!relay.hasAuthenticated(stranger))
        network.run(for: 5 * second)
        #expect(relay.hasAuthenticated(old) && network.all(are: .completed))
    }

    @Test func liteRestarts() {
        let lite = Peer(["192.0.2.1"], mode: .lite, role: .controlled, seed: 1)
        let full = Peer(["198.51.100.1"], role: .controlling, seed: 2)
        let network = VirtualNetwork(lite, full)
        introduce(lite, full, aIsLite: true, now: network.now)
        network.run(for: 5 * second)
        restart(lite, seed: 5, now: network.now)
        #expect(lite.pair(.rtp)?.remote == full.sockets[0])
        restart(full, seed: 6, now: network.now)
        let count = lite.selections.count
        introduce(lite, full, aIsLite: true, now: network.now)
        #expect(network.run(for: 5 * second) { lite.selections.count > count && network.all(are: .completed) })
    }
}
