import Forwarding
import ICE
import NetTypes
import SRTP
import Testing

@testable import PacketPath

/// Where DTLS datagrams go, and what the handshakes are told.
@Suite struct HandshakeTests {
    private let relay = Relay()
    private let near: LocalPortID
    private let far: LocalPortID

    init() {
        near = relay.open(0)
        far = relay.open(1)
    }

    private func install(
        _ association: UInt64? = 5, remote: TransportAddress? = Peer.signalled, role: DTLSPlan.Role = .client,
        learning: EndpointLearning = .heuristic
    ) throws {
        var near = plan(
            near, .multiplexed, remote: remote, to: [Sink(port: far, traffic: .both)], learning: learning)
        near.security = try association.map { .dtls(try dtls($0, role)) }
        relay.install(near)
        relay.install(plan(far, .multiplexed, remote: Peer.far, to: [Sink(port: self.near, traffic: .both)]))
    }

    @Test func fromPlanToKeys() throws {
        try install()
        #expect(relay.handshakeEvents() == [.begin(near, try dtls(5), isReady: true)])
        #expect(
            relay.sendHandshake(record, from: near, association: 5)
                == [
                    Relay.Sent(
                        slot: 0, destination: Peer.signalled, bytes: record, isRTCP: false, isControl: true)
                ])
        #expect(relay.sendHandshake(record, from: near, association: 4).isEmpty)
        #expect(relay.sendHandshake(record, from: far, association: 5).isEmpty)
        #expect(relay.arrive(record, on: near, from: Peer.signalled).isEmpty)
        #expect(
            relay.handshakes()
                == [Relay.Handshake(port: near, association: 5, source: Peer.signalled, bytes: record)])
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).isEmpty)
        #expect(try relay.drops(far, .notKeyed) == 1)
        relay.path.installKeys(near, association: 4, receiving: policy(1), sending: policy(2), now: relay.now)
        relay.arrive(rtp(), on: near, from: Peer.signalled)
        #expect(try relay.drops(near, .notKeyed) == 1)
        relay.path.installKeys(near, association: 5, receiving: policy(1), sending: policy(2), now: relay.now)
        let end = try SecureEnd(sending: policy(1), receiving: policy(2))
        #expect(relay.arrive(try end.protect(rtp()), on: near, from: Peer.signalled).map(\.bytes) == [rtp()])
        #expect(try relay.arrive(rtp(), on: far, from: Peer.far).map { try end.unprotect($0.bytes) } == [rtp()])
        // An equal association keeps its keys, another one has none.
        try install()
        #expect(relay.arrive(try end.protect(rtp(2)), on: near, from: Peer.signalled).map(\.bytes) == [rtp(2)])
        #expect(relay.handshakeEvents().isEmpty)
        try install(6)
        #expect(
            relay.handshakeEvents()
                == [.end(near, association: 5), .begin(near, try dtls(6), isReady: true)])
        #expect(relay.arrive(try end.protect(rtp(3)), on: near, from: Peer.signalled).isEmpty)
        relay.close(near)
        #expect(relay.handshakeEvents() == [.end(near, association: 6)])
        relay.path.installKeys(near, association: 6, receiving: policy(1), sending: policy(2), now: relay.now)
    }

    @Test func readyWhenTheAddressIsKnown() throws {
        try install(remote: nil)
        #expect(relay.handshakeEvents() == [.begin(near, try dtls(5), isReady: false)])
        #expect(relay.sendHandshake(record, from: near, association: 5).isEmpty)
        try install(remote: Peer.signalled)
        #expect(relay.handshakeEvents() == [.ready(near, association: 5)])
        try install(remote: Peer.other)
        #expect(relay.handshakeEvents().isEmpty)
        try install(nil)
        #expect(relay.handshakeEvents() == [.end(near, association: 5)])
    }

    /// Asks for a cookie and comes back with it; whether that was passed on.
    private func begins(_ random: UInt8, from source: TransportAddress) -> Bool {
        let request = relay.arrive(hello(random), on: near, from: source)
        defer { _ = relay.handshakes() }
        guard request.map(\.destination) == [source], relay.handshakes().isEmpty else { return false }
        relay.arrive(hello(random, cookie: cookie(in: request.first?.bytes)), on: near, from: source)
        return relay.handshakes().map(\.source) == [source]
    }

    @Test func onlyThePeerMayTakePart() throws {
        try install(role: .server)
        // Nothing is learned: anybody may begin, but who agrees better with the SDP takes over. A port says nothing.
        let order = [Peer.other, Peer.stranger, Peer.samePort, Peer.other, Peer.sameAddress, Peer.signalled]
        let taken = order.enumerated().filter { begins(UInt8($0), from: $1) }.map(\.element)
        #expect(taken == [Peer.other, Peer.sameAddress, Peer.signalled])
        relay.path.installKeys(near, association: 5, receiving: policy(1), sending: policy(2), now: relay.now)
        let end = try SecureEnd(sending: policy(1), receiving: policy(2))
        relay.arrive(try end.protect(rtp()), on: near, from: Peer.signalled)
        for source in order { #expect(relay.arrive(hello(9), on: near, from: source).isEmpty) }
        #expect(relay.handshakes().map(\.source) == [Peer.signalled])
    }

    /// Nobody is heard before he has shown that he receives at his address, and nothing but that is asked of him.
    @Test func cookies() throws {
        try install(role: .server)
        for source in [Peer.signalled, Peer.other] {
            #expect(relay.arrive(record, on: near, from: source).isEmpty)
            let request = relay.arrive(hello(1), on: near, from: source)
            #expect(request.count == 1 && request[0].isControl && request[0].bytes.count < hello(1).count)
            #expect(request.first?.bytes[10] == 1, "the record has the number of the hello's")
            let cookie = cookie(in: request.first?.bytes)
            #expect(cookie.count == 16)
            // Of another hello, of another place, and one that is wrong.
            let wrong = [
                relay.arrive(hello(2, cookie: cookie), on: near, from: source),
                relay.arrive(hello(1, cookie: cookie), on: near, from: Peer.stranger),
                relay.arrive(hello(1, cookie: cookie.map { $0 ^ 1 }), on: near, from: source),
                relay.arrive(hello(1, cookie: cookie.dropLast()), on: near, from: source),
            ]
            #expect(wrong.allSatisfy { $0.count == 1 && $0[0].bytes != request[0].bytes })
        }
        #expect(relay.handshakes().isEmpty)
        #expect(try relay.drops(near, .handshakeRefused) == 2)
        for length in 0..<hello(1).count { relay.arrive(Array(hello(1)[..<length]), on: near, from: Peer.signalled) }
        #expect(relay.handshakes().isEmpty)
    }

    /// A hello in several datagrams is heard at once, and answered with three times as many bytes at most.
    @Test func helloInPieces() throws {
        try install(role: .server)
        let piece = hello(1, isFragment: true)
        #expect(relay.arrive(piece, on: near, from: Peer.other).isEmpty)
        #expect(relay.handshakes().map(\.source) == [Peer.other])
        let flight = [UInt8](repeating: 22, count: piece.count)
        for _ in 0..<3 { #expect(relay.sendHandshake(flight, from: near, association: 5).count == 1) }
        #expect(relay.sendHandshake(flight, from: near, association: 5).isEmpty)
        relay.arrive(record, on: near, from: Peer.other)
        #expect(relay.sendHandshake(flight, from: near, association: 5).count == 1)
    }

    /// As client the relay hears whom it has called.
    @Test func asClient() throws {
        try install(role: .client)
        for source in [Peer.other, Peer.stranger, Peer.samePort, Peer.sameAddress] {
            #expect(relay.arrive(record, on: near, from: source).isEmpty)
            #expect(relay.arrive(hello(1), on: near, from: source).isEmpty)
        }
        #expect(relay.handshakes().isEmpty)
        relay.arrive(record, on: near, from: Peer.signalled)
        #expect(relay.handshakes().map(\.source) == [Peer.signalled])
    }

    /// The answers go to who takes part, so that a peer behind a translator can be reached before any media.
    @Test func answersGoToWhoTakesPart() throws {
        try install(role: .server)
        #expect(begins(1, from: Peer.other))
        #expect(relay.sendHandshake(record, from: near, association: 5).map(\.destination) == [Peer.other])
        // Silent for long enough, so that another one may.
        relay.now += 7_999 * Relay.millisecond
        #expect(!begins(2, from: Peer.stranger))
        #expect(relay.sendHandshake(record, from: near, association: 5).map(\.destination) == [Peer.other])
        relay.now += Relay.millisecond
        #expect(begins(3, from: Peer.stranger))
        #expect(relay.sendHandshake(record, from: near, association: 5).map(\.destination) == [Peer.stranger])
        // One who goes on talking and comes to nothing does not keep it for ever either.
        for _ in 0..<20 {
            #expect(!begins(4, from: Peer.other))
            relay.now += 1000 * Relay.millisecond
            relay.arrive(record, on: near, from: Peer.stranger)
            _ = relay.handshakes()
        }
        #expect(begins(4, from: Peer.other))
        #expect(begins(5, from: Peer.signalled))
        #expect(relay.sendHandshake(record, from: near, association: 5).map(\.destination) == [Peer.signalled])
    }

    @Test func wherePlansHaveNoHandshake() throws {
        try install(nil)
        relay.arrive(record, on: near, from: Peer.signalled)
        #expect(try relay.drops(near, .malformed) == 1)
        var sdesPlan = plan(near, .multiplexed, remote: Peer.signalled)
        sdesPlan.security = .sdes(receiving: sdes(1), sending: sdes(2))
        relay.install(sdesPlan)
        relay.arrive(record, on: near, from: Peer.signalled)
        #expect(try relay.drops(near, .malformed) == 2)
        relay.install(plan(near, .opaque, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        #expect(relay.arrive(record, on: near, from: Peer.signalled).map(\.bytes) == [record])
        #expect(relay.handshakes().isEmpty)
    }

    @Test func floodsAreBounded() throws {
        try install()
        for _ in 0..<1000 { relay.arrive(record, on: near, from: Peer.signalled) }
        let first = relay.handshakes().count
        #expect(first == Int(HandshakeBudget.burst))
        relay.path.installKeys(near, association: 5, receiving: policy(1), sending: policy(2), now: relay.now)
        for _ in 0..<5000 {
            relay.now += Relay.millisecond
            relay.arrive(record, on: near, from: Peer.signalled)
        }
        #expect((95...135).contains(relay.handshakes().count))
        #expect(relay.arrive(record + [UInt8](repeating: 0, count: 1990), on: near, from: Peer.signalled).isEmpty)
        #expect(relay.handshakes().isEmpty)
    }

    @Test func theQueueIsBounded() throws {
        for slot in 2..<20 as Range<UInt32> {
            let port = relay.open(slot)
            var plan = plan(port, .multiplexed, remote: Peer.signalled)
            plan.security = .dtls(try dtls(UInt64(slot)))
            relay.install(plan)
            for _ in 0..<40 { relay.arrive(record, on: port, from: Peer.signalled) }
        }
        let all = relay.handshakes()
        #expect(all.count == PacketPath.handshakeLimit && all.first?.association == 2)
        // In order, and usable again.
        #expect(all.map(\.association) == all.map(\.association).sorted())
        relay.now += 1_000 * Relay.millisecond
        relay.arrive(record, on: LocalPortID(worker: 3, slot: 2, generation: 1), from: Peer.signalled)
        #expect(relay.handshakes().count == 1)
    }

    /// With ICE only who has been authenticated takes part, and the handshake begins with a valid pair.
    @Test func withChecks() throws {
        let network = VirtualNetwork(relay)
        let local = Peer.address("192.0.2.200:30000")
        network.ports[local] = near
        let peer = CheckingPeer(["203.0.113.5:4000"])
        network.peers = [peer]
        var ice = ICEPlan(
            agent: 1, isLite: false, isControlling: true,
            candidates: [
                ICEPlan.Candidate(port: near, address: local, component: 1, localPreference: 1, foundation: "a")
            ], local: ICEPlan.Credentials(usernameFragment: "ours", password: "a-long-enough-password"))
        peer.setRemote(ice, now: relay.now)
        ice.remote = ICEPlan.Credentials(
            usernameFragment: peer.credentials.usernameFragment, password: peer.credentials.password)
        ice.remoteCandidates = peer.attributes
        var near = plan(near, .multiplexed, remote: Peer.signalled)
        near.ice = ice
        near.security = .dtls(try dtls(8))
        relay.install(near)
        #expect(relay.handshakeEvents() == [.begin(self.near, try dtls(8), isReady: false)])
        #expect(relay.sendHandshake(record, from: self.near, association: 8).isEmpty)
        for source in [Peer.signalled, peer.sockets[0]] { relay.arrive(record, on: self.near, from: source) }
        #expect(relay.handshakes().isEmpty)
        network.run(for: 5 * VirtualNetwork.second)
        #expect(relay.handshakeEvents() == [.ready(self.near, association: 8)])
        #expect(
            relay.sendHandshake(record, from: self.near, association: 8).map(\.destination) == [peer.sockets[0]])
        for source in [Peer.signalled, peer.sockets[0]] { relay.arrive(record, on: self.near, from: source) }
        #expect(relay.handshakes().map(\.source) == [peer.sockets[0]])
        #expect(try relay.drops(self.near, .handshakeRefused) == 3)
    }
}
