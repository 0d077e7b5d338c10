import Forwarding
import ICE
import NetTypes
import SRTP
import STUN
import Testing

@testable import PacketPath

/// Ports with ICE towards a peer that has an agent of its own; on the other side of the call a port in the clear.
@Suite struct ChecksTests {
    private let relay = Relay()
    private let network: VirtualNetwork
    private let near: LocalPortID
    private let far: LocalPortID
    private static let local = Peer.address("192.0.2.200:30000")
    private static let second = Peer.address("198.51.100.200:30000")

    init() {
        network = VirtualNetwork(relay)
        near = relay.open(0)
        far = relay.open(1)
        network.ports[Self.local] = near
    }

    private func ice(
        _ peer: CheckingPeer? = nil, isLite: Bool = false, agent: UInt64 = 7, credentials: String = "ours",
        candidates: [ICEPlan.Candidate]? = nil
    ) -> ICEPlan {
        var plan = ICEPlan(
            agent: agent, isLite: isLite, isControlling: !isLite,
            candidates: candidates
                ?? [
                    ICEPlan.Candidate(
                        port: near, address: Self.local, component: 1, localPreference: 65535, foundation: "a")
                ],
            local: ICEPlan.Credentials(
                usernameFragment: credentials, password: credentials + "-and-a-long-password"))
        if let peer {
            plan.remote = ICEPlan.Credentials(
                usernameFragment: peer.credentials.usernameFragment, password: peer.credentials.password)
            plan.remoteCandidates = peer.attributes
            plan.isRemoteComplete = true
        }
        return plan
    }

    @discardableResult
    private func install(
        _ ice: ICEPlan?, on port: LocalPortID? = nil, security: SecurityPlan? = nil, remote: TransportAddress? = nil
    ) -> PlanEffect {
        var near = plan(
            port ?? near, .multiplexed, remote: remote ?? Peer.signalled, to: [Sink(port: far, traffic: .both)])
        near.ice = ice
        near.security = security
        let effect = relay.install(near)
        relay.install(plan(far, .multiplexed, remote: Peer.far, to: [Sink(port: self.near, traffic: .both)]))
        return effect
    }

    private func endpoint(_ port: LocalPortID? = nil) throws -> TransportAddress? {
        try relay.counters(port ?? near).endpoint
    }

    /// Connects the relay and `peer`; whether media flows both ways.
    private func connect(_ peer: CheckingPeer, _ plan: ICEPlan) throws -> Bool {
        if !network.peers.contains(where: { $0 === peer }) { network.peers.append(peer) }
        install(plan)
        peer.setRemote(plan, now: relay.now)
        let isDone = network.run(for: 20 * VirtualNetwork.second) {
            peer.agent.state == .completed && relay.table.snapshot(of: near)?.isConfirmed == true
        }
        return isDone
    }

    @Test(arguments: [false, true], [0.0, 0.3])
    func mediaFlowsOnceChecksSucceed(isLite: Bool, loss: Double) throws {
        let peer = CheckingPeer(["203.0.113.5:4000"], role: isLite ? .controlling : .controlled)
        network.loss = loss
        #expect(install(ice(peer, isLite: isLite)).endpoint == nil)
        // Before that nothing is sent, whatever the SDP says, and nobody is heard.
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).isEmpty)
        #expect(try relay.drops(far, .noDestination) == 1)
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(near, .foreignSource) == 1)
        try #require(try connect(peer, ice(peer, isLite: isLite)))
        #expect(try endpoint() == peer.sockets[0])
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).map(\.destination) == [peer.sockets[0]])
        #expect(relay.arrive(rtp(), on: near, from: peer.sockets[0]).map(\.destination) == [Peer.far])
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).isEmpty)
        let counters = try relay.counters(near)
        #expect(counters.rtpIn.packets == 1 && counters.rtcpIn.packets == 0)
        #expect(counters.rtpOut.packets == 1 && counters.rtcpOut.packets == 0)
    }

    @Test func aLitePeerIsChecked() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"], mode: .lite)
        var plan = ice(peer)
        plan.isRemoteLite = true
        #expect(try connect(peer, plan))
        #expect(try endpoint() == peer.sockets[0])
    }

    /// The answer has no candidates; the peer is found by its checks.
    @Test func withoutCandidatesInTheAnswer() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"])
        var plan = ice(peer)
        plan.remoteCandidates = []
        #expect(try connect(peer, plan))
        #expect(try endpoint() == peer.sockets[0])
    }

    @Test func checksAreAnsweredBeforeTheAnswer() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"], role: .controlled)
        network.peers = [peer]
        install(ice())
        peer.setRemote(ice(), now: relay.now)
        #expect(
            network.run(for: 2 * VirtualNetwork.second) {
                peer.agent.validPair(.rtp) != nil
            })
        #expect(try endpoint() == nil)
        // The peer's SDP is not known, so it may have no ICE at all: who is heard is a matter of learning.
        #expect(relay.arrive(rtp(), on: near, from: peer.sockets[0]).count == 1)
        #expect(try endpoint() == nil)
        install(ice(peer))
        network.run(for: 2 * VirtualNetwork.second)
        #expect(try endpoint() == peer.sockets[0])
    }

    /// The translator in front of the peer takes another port: checks find it there, media follows.
    @Test func rebinding() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"], role: .controlled)
        try #require(try connect(peer, ice(peer)))
        let old = peer.sockets[0]
        peer.sockets[0].port = 9999
        #expect(relay.arrive(rtp(), on: near, from: peer.sockets[0]).isEmpty)
        let new = peer.sockets[0]
        #expect(
            network.run(for: 60 * VirtualNetwork.second) {
                relay.table.snapshot(of: near)?.endpoint == new
            })
        #expect(relay.arrive(rtp(), on: near, from: new).count == 1)
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).map(\.destination) == [new])
        #expect(old != new)
    }

    /// Restart by new credentials of ours: media stays, and a new pair comes up.
    @Test func restart() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"])
        try #require(try connect(peer, ice(peer)))
        let restarted = CheckingPeer(["203.0.113.6:4000"], seed: 10)
        network.peers = [restarted]
        let refused = try relay.drops(near, .stunRefused)
        install(ice(restarted, credentials: "others"))
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).map(\.destination) == [peer.sockets[0]])
        restarted.setRemote(ice(credentials: "others"), now: relay.now)
        network.run(for: 10 * VirtualNetwork.second)
        #expect(try endpoint() == restarted.sockets[0])
        #expect(try relay.drops(near, .stunRefused) == refused)
        #expect(relay.arrive(rtp(), on: near, from: restarted.sockets[0]).count == 1)
        #expect(relay.path.agents.count == 1)
    }

    /// Candidates that come one after the other.
    @Test func trickle() throws {
        let peer = CheckingPeer(["203.0.113.5:4000", "203.0.113.6:4000"])
        var plan = ice(peer)
        plan.remoteCandidates = []
        plan.isRemoteComplete = false
        install(plan)
        peer.setRemote(ice(), now: relay.now)
        plan.remoteCandidates = ["no candidate", "x", peer.attributes[0]]
        install(plan)
        network.peers = [peer]
        network.run(for: 3 * VirtualNetwork.second)
        #expect(try endpoint() == peer.sockets[0])
        plan.remoteCandidates = peer.attributes
        plan.isRemoteComplete = true
        install(plan)
        network.run(for: 3 * VirtualNetwork.second)
        #expect(peer.agent.state == .completed)
    }

    /// The first local address cannot be reached: packets for the first port leave through the second one, protected by
    /// the one sender there is.
    @Test func theOtherLocalAddress() throws {
        let other = relay.open(2)
        network.ports[Self.second] = other
        network.unreachable = [Self.local]
        let candidates = [(near, Self.local), (other, Self.second)].enumerated().map {
            ICEPlan.Candidate(
                port: $0.element.0, address: $0.element.1, component: 1, localPreference: 65535 - UInt16($0.offset),
                foundation: "f\($0.offset)")
        }
        let peer = CheckingPeer(["203.0.113.5:4000"])
        network.peers = [peer]
        let plan = ice(peer, candidates: candidates)
        for port in [near, other] {
            install(plan, on: port, security: .sdes(receiving: sdes(1), sending: sdes(2)))
        }
        peer.setRemote(plan, now: relay.now)
        network.run(for: 10 * VirtualNetwork.second)
        #expect(try endpoint(near) == peer.sockets[0] && endpoint(other) == peer.sockets[0])
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let sent = relay.arrive(rtp(), on: far, from: Peer.far)
        #expect(sent.map(\.slot) == [other.slot])
        #expect(try sent.map { try end.unprotect($0.bytes) } == [rtp()])
        let packet = try end.protect(rtp())
        #expect(relay.arrive(packet, on: other, from: peer.sockets[0]).map(\.bytes) == [rtp()])
        // One replay window for both sockets.
        #expect(relay.arrive(packet, on: other, from: peer.sockets[0]).isEmpty)
        #expect(try relay.drops(other, .replayed) == 1)
        #expect(try relay.counters(other).rtpOut.packets == 1 && relay.counters(near).rtpOut.packets == 0)
        relay.close(near)
        #expect(relay.path.agents.count == 1)
        #expect(relay.arrive(try end.protect(rtp(2)), on: other, from: peer.sockets[0]).isEmpty)
        #expect(try relay.drops(other, .notKeyed) == 1)
        relay.close(other)
        #expect(relay.path.agents.count == 0 && relay.path.legCount == 0 && relay.path.nextDeadline == nil)
    }

    @Test func twoComponents() throws {
        let control = relay.open(3)
        let address = Peer.address("192.0.2.200:30001")
        network.ports[address] = control
        let peer = CheckingPeer(["203.0.113.5:4000"], components: [.rtp, .rtcp])
        network.peers = [peer]
        let candidates = [(near, Self.local, UInt8(1)), (control, address, 2)].map {
            ICEPlan.Candidate(port: $0.0, address: $0.1, component: $0.2, localPreference: 65535, foundation: "a")
        }
        var plan = ice(peer, candidates: candidates)
        for port in [near, control] { install(plan, on: port) }
        peer.setRemote(plan, now: relay.now)
        network.run(for: 10 * VirtualNetwork.second)
        #expect(try endpoint(near) == peer.sockets[0] && endpoint(control) == peer.sockets[1])
        // Multiplexed after all.
        plan.candidates.removeLast()
        relay.close(control)
        install(plan)
        network.run(for: 10 * VirtualNetwork.second)
        #expect(try endpoint(near) == peer.sockets[0])
    }

    @Test func strangersAreRefusedAndCounted() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"])
        install(ice(peer))
        let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 3, count: 12)
        #expect(relay.arrive(request, on: near, from: Peer.stranger).allSatisfy { $0.isControl })
        #expect(relay.arrive([0, 1], on: near, from: Peer.stranger).isEmpty)
        #expect(relay.arrive(record, on: near, from: Peer.stranger).isEmpty)
        #expect(try relay.drops(near, .stunRefused) == 2 && relay.drops(near, .malformed) == 1)
        // On a port without an agent it is nothing.
        #expect(relay.arrive(request, on: far, from: Peer.far).isEmpty)
        #expect(try relay.drops(far, .malformed) == 1)
    }

    @Test func withoutICETheSignalledEndpointIsBack() throws {
        let peer = CheckingPeer(["203.0.113.5:4000"])
        try #require(try connect(peer, ice(peer)))
        let effect = install(nil)
        #expect(effect.endpoint == Peer.signalled && relay.path.agents.count == 0 && relay.path.legCount == 0)
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).count == 1)
        #expect(relay.path.nextDeadline == nil)
    }

    /// Agents come and go with their ports, and deadlines stay in order.
    @Test func agentsGoWithTheirPorts() throws {
        var generator = SeededGenerator(seed: 3)
        var open: [LocalPortID: UInt64] = [:]
        for round in 0..<400 {
            let slot = UInt32.random(in: 4..<28, using: &generator)
            if let old = open.keys.first(where: { $0.slot == slot }), Bool.random(using: &generator) {
                relay.close(old)
                open[old] = nil
            } else {
                let old = open.keys.first { $0.slot == slot }
                let port = old ?? relay.open(slot, generation: UInt16(round + 2))
                let agent = UInt64.random(in: 0..<8, using: &generator)
                install(ice(CheckingPeer(["203.0.113.5:4000"]), agent: agent), on: port)
                open[port] = agent
            }
            relay.now += UInt64.random(in: 0...40, using: &generator) * Relay.millisecond
            if let deadline = relay.path.nextDeadline, deadline <= relay.now { _ = relay.reachDeadline() }
            #expect(relay.path.nextDeadline.map { $0 > relay.now } ?? open.isEmpty)
            #expect(relay.path.agents.count == Set(open.values).count && relay.path.legCount == open.count)
        }
        for port in open.keys { relay.close(port) }
        #expect(relay.path.agents.count == 0 && relay.path.legCount == 0)
    }
}
