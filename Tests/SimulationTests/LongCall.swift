import DTLS
import Forwarding
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

@testable import PacketPath

/// The script of one call.
final class LongCall {
    let world: World
    private let caller: SimulatedPeer
    private let callee: SimulatedPeer
    private let isDense: Bool
    private let seed: UInt64
    private var port: UInt16 = 20_000

    /// Who speaks what follows from the seed; one of both ends is a browser.
    init(seed: UInt64, isDense: Bool) throws {
        self.seed = seed
        self.isDense = isDense
        world = try World(seed: seed)
        world.network = World.Network(lost: 15, doubled: 10, delay: 10_000_000...(30_000_000 + seed % 4 * 15_000_000))
        let others: [SimulatedPeer.Flavor] = [.plain, .sdes, .webRTC]
        let other = others[Int(seed % 3)]
        let browserCalls = seed % 2 == 1
        let flavors: (SimulatedPeer.Flavor, SimulatedPeer.Flavor) = browserCalls ? (.webRTC, other) : (other, .webRTC)
        caller = try SimulatedPeer(
            "alice", flavors.0, at: flavors.0 == .webRTC ? "10.0.0.5:4000" : "203.0.113.4:4000",
            seenAt: flavors.0 == .webRTC ? "203.0.113.5:20000" : nil, in: world)
        callee = try SimulatedPeer(
            "bob", flavors.1, at: flavors.1 == .webRTC ? "10.1.0.6:4000" : "198.51.100.6:4000",
            seenAt: flavors.1 == .webRTC ? "198.51.100.7:20000" : nil, in: world)
        callee.answeredRole = seed % 5 < 3 ? .client : .server
    }

    private var peers: [SimulatedPeer] { [caller, callee] }
    private var browsers: [SimulatedPeer] { peers.filter { $0.flavor == .webRTC } }

    func run() throws {
        try setUp()
        try talk(minutes: 8)
        try moveBrowsers()
        try talk(minutes: 6)
        try hold(minutes: 6)
        try talk(minutes: 5)
        changeSources()
        try talk(minutes: 5)
        try restart()
        try talk(minutes: 6)
        try moveBrowsers()
        try talk(minutes: 8)
        try end()
    }

    private func negotiate(direction: String = "sendrecv") throws {
        let refusal = world.negotiate(caller, callee, direction: direction)
        try #require(refusal == nil, "seed \(seed): \(refusal ?? "")")
    }

    private func setUp() throws {
        for peer in peers { peer.unsettledUntil = world.now + 10 * World.second }
        try negotiate()
        let isUp = world.run(for: 10 * World.second) { self.peers.allSatisfy(\.isConnected) }
        try #require(isUp, "seed \(seed): the call is not up")
        for (index, peer) in peers.enumerated() { addStreams(peer, UInt16(65_000 + 100 * index)) }
    }

    private func addStreams(_ peer: SimulatedPeer, _ sequence: UInt16) {
        if isDense {
            peer.addStream(firstSequence: sequence)
            peer.addStream(firstSequence: sequence &- 9000, interval: 4_000_000, size: 1000)
        } else {
            // Speech with silence in between, and every 97th packet of a video.
            peer.addStream(firstSequence: sequence, spurt: 60, pause: 8 * World.second)
            peer.addStream(firstSequence: sequence &- 9000, stride: 97, interval: 400_000_000, size: 900)
        }
        peer.addStream(firstSequence: 0, isRTCP: true, interval: 5 * World.second)
    }

    /// Media flows both ways for so long, and at the end of it too.
    private func talk(minutes: Int) throws {
        for peer in peers { peer.isMuted = false }
        world.run(for: UInt64(minutes) * 60 * World.second - 40 * World.second)
        let before = peers.map(\.received)
        world.run(for: 40 * World.second)
        for (peer, earlier) in zip(peers, before) {
            #expect(peer.received > earlier + 100, "seed \(seed): \(peer.name) hears too little")
        }
    }

    /// Translators give the browsers other ports.
    private func moveBrowsers() throws {
        for browser in browsers {
            port += 7
            browser.rebind(to: TransportAddress(browser.mapped.address, port), gap: 20 * World.second)
            // Not both at once.
            world.run(for: 30 * World.second)
        }
    }

    private func hold(minutes: Int) throws {
        try negotiate(direction: "inactive")
        for peer in peers { peer.isMuted = true }
        world.run(for: UInt64(minutes) * 60 * World.second)
        try negotiate()
    }

    private func changeSources() {
        for (index, peer) in peers.enumerated() {
            peer.endStreams()
            addStreams(peer, UInt16(64_000 + 700 * index))
        }
    }

    /// A caller that can asks for new keys all around; else the call is negotiated once more.
    private func restart() throws {
        for peer in peers { peer.isMuted = true }
        world.run(for: World.second)
        let settling = 10 * World.second
        for browser in browsers { try browser.renew(settlingWithin: settling) }
        for peer in peers { peer.unsettledUntil = world.now + settling }
        try negotiate()
        let isUp = world.run(for: settling) { self.peers.allSatisfy(\.isConnected) }
        try #require(isUp, "seed \(seed): the call is not up again")
    }

    private func end() throws {
        for peer in peers { peer.isMuted = true }
        world.run(for: 2 * World.second)
        checkCounters()
        world.hangUp()
        world.run(for: 2 * World.second)
        #expect(world.plane.openPorts.isEmpty && world.plane.associationCount == 0)
        let left = world.plane.withPath { ($0.legCount, $0.agents.count, $0.nextDeadline) }
        #expect(left.0 == 0 && left.1 == 0 && left.2 == nil, "seed \(seed): \(left)")
    }

    /// The relay's numbers are those of the network.
    private func checkCounters() {
        let ledger = world.ledger
        let all = world.plane.openPorts.map { world.plane.counters(of: $0.id) }
        let rtp = ledger.passed(isRTCP: false)
        let rtcp = ledger.passed(isRTCP: true)
        #expect(all.reduce(0) { $0 + Int($1.rtpIn.packets) } == rtp.accepted, "seed \(seed)")
        #expect(all.reduce(0) { $0 + Int($1.rtpOut.packets) } == rtp.forwarded, "seed \(seed)")
        #expect(all.reduce(0) { $0 + Int($1.rtcpIn.packets) } == rtcp.accepted, "seed \(seed)")
        #expect(all.reduce(0) { $0 + Int($1.rtcpOut.packets) } == rtcp.forwarded, "seed \(seed)")
        for reason in DropReason.allCases where reason != .stunRefused && reason != .handshakeRefused {
            let count = all.reduce(0) { $0 + Int($1.drops[Int(reason.rawValue)]) }
            #expect(count == ledger.excused[reason] ?? 0, "seed \(seed): \(reason)")
        }
        let ingress = Dictionary(all.flatMap(\.ingress).map { ($0.ssrc, $0) }) { first, _ in first }
        for stream in ledger.streams where !stream.isRTCP {
            guard let seen = ingress[stream.ssrc] else { continue }
            #expect(Int(seen.packets) == stream.accepted, "seed \(seed)")
            #expect(seen.extendedHighestSequenceNumber == stream.extendedSequence(stream.highest), "seed \(seed)")
        }
    }
}
