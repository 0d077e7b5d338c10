import Forwarding
import NetTypes
import Testing

@testable import PacketPath

/// Packets that come round again, on ports whose peers are ports of the same relay.
@Suite struct LoopTests {
    private static let own = Peer.address("192.0.2.200:30000")
    private static let ownOther = Peer.address("192.0.2.200:30002")

    /// A relay whose two ports of a call send to each other.
    private struct Circle {
        let relay: Relay
        let near: LocalPortID
        let far: LocalPortID

        init(_ carriage: Carriage = .rtp) {
            relay = Relay(ownAddresses: [LoopTests.own.address])
            near = relay.open(0)
            far = relay.open(1)
            relay.install(plan(near, carriage, remote: LoopTests.ownOther, to: [Sink(port: far, traffic: .both)]))
            relay.install(plan(far, carriage, remote: LoopTests.own, to: [Sink(port: near, traffic: .both)]))
        }

        /// Lets `packets` run until none is left or each has run `limit` times; how often they ran.
        func run(_ packets: [[UInt8]], limit: Int = 500) -> Int {
            var flying = packets
            var count = 0
            while !flying.isEmpty, count < limit * packets.count {
                relay.now += 1000
                flying = flying.flatMap { relay.arrive($0, on: near, from: LoopTests.ownOther).map(\.bytes) }
                count += flying.count
            }
            return count
        }
    }

    @Test func aPacketDoesNotRunForEver() throws {
        let circle = Circle()
        #expect(circle.run([rtp(7)]) <= 10)
        #expect(try circle.relay.drops(circle.near, .looped) == 1)
    }

    @Test func manyPacketsDoNotEither() throws {
        let circle = Circle()
        #expect(circle.run((0..<50).map { rtp($0) }) <= 50 * 10)
        // Nothing passes for a second, and then as little.
        #expect(circle.run([rtp(100)]) == 0)
        circle.relay.now += 1_000_000_000
        #expect((1...10).contains(circle.run([rtp(100)])))
    }

    @Test func packetsWithoutANumberDoNotEither() {
        #expect(Circle(.multiplexed).run([rtcp()], limit: 100_000) <= 2_001)
        #expect(Circle(.opaque).run([[1, 2, 3]], limit: 100_000) <= 2_001)
    }

    /// A call whose other half is another call of the same relay.
    @Test func aChainOfCallsIsLeftAlone() throws {
        let relay = Relay(ownAddresses: [Self.own.address])
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        relay.install(plan(far, .multiplexed, remote: Self.own, to: [Sink(port: near, traffic: .both)]))
        for number in 0..<2_000 {
            relay.now += 20 * Relay.millisecond
            // Each is doubled on the way.
            for _ in 0..<2 { #expect(relay.arrive(rtp(UInt16(number)), on: near, from: Peer.signalled).count == 1) }
            #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).count == 1)
        }
        #expect(try relay.drops(near, .looped) == 0)
    }

    /// Elsewhere a sender may repeat itself as it likes.
    @Test func otherPeersAreNotWatched() throws {
        let relay = Relay(ownAddresses: [Self.own.address])
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        relay.install(plan(far, remote: Peer.far, to: [Sink(port: near, traffic: .both)]))
        for _ in 0..<100 { #expect(relay.arrive(rtp(7), on: near, from: Peer.signalled).count == 1) }
        // The peer turns out to be here.
        relay.install(plan(far, remote: Self.own, to: [Sink(port: near, traffic: .both)], epoch: 1))
        #expect((0..<100).filter { _ in !relay.arrive(rtp(7), on: near, from: Peer.signalled).isEmpty }.count < 20)
    }
}
