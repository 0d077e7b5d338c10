import Forwarding
import NetTypes
import PacketPath
import Testing

/// Attempts to inject media into a call, or to draw it away, from outside (RTP bleed).
@Suite struct BleedTests {
    @Test(arguments: [EndpointLearning.heuristic, .immediate, .delayed, .off], [Carriage.rtp, .multiplexed, .opaque])
    func nothingGetsThroughAfterConfirmation(mode: EndpointLearning, carries: Carriage) throws {
        let relay = Relay()
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(
            plan(near, carries, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)], learning: mode))
        relay.install(plan(far, carries, remote: Peer.far, to: [Sink(port: near, traffic: .both)]))
        relay.now += EndpointLearning.windowNanoseconds
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).count == 1)
        var generator = SeededGenerator(seed: 1)
        for index in 0..<2000 {
            relay.now += UInt64.random(in: 0...20, using: &generator) * Relay.millisecond
            let foreign = TransportAddress(
                Bool.random(using: &generator)
                    ? Peer.signalled.address : IPAddress(ipv4: .random(in: 1 ... .max, using: &generator)),
                .random(in: 4001 ... .max, using: &generator))
            let packet = index % 3 == 0 ? rtcp() : rtp(UInt16(index))
            #expect(relay.arrive(packet, on: near, from: foreign).isEmpty)
            #expect(relay.arrive(rtp(UInt16(index)), on: far, from: Peer.far).map(\.destination) == [Peer.signalled])
        }
        let counters = try relay.counters(near)
        #expect(counters.rtpIn.packets == 1 && counters.rtcpIn.packets == 0)
        #expect(counters.drops[Int(DropReason.foreignSource.rawValue)] == 2000)
        #expect(counters.ingress.allSatisfy { $0.packets == 1 }, "foreign packets are in no stream's numbers")
    }

    /// An attacker who is there first keeps the endpoint no longer than until the first packet of the real peer.
    @Test func attackerFirst() throws {
        let relay = Relay()
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .rtp)]))
        relay.install(plan(far, remote: Peer.far, to: [Sink(port: near, traffic: .rtp)]))
        relay.arrive(rtp(), on: near, from: Peer.stranger)
        relay.arrive(rtp(), on: near, from: Peer.signalled)
        #expect(relay.arrive(rtp(), on: near, from: Peer.stranger).isEmpty)
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).map(\.destination) == [Peer.signalled])
    }

    /// Who only listens sends no RTP that could be learned from, and its reports still come from one place.
    @Test func reportsOfAListener() {
        let relay = Relay()
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(
            plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        relay.install(plan(far, .multiplexed, remote: Peer.far))
        #expect(relay.arrive(rtcp(), on: near, from: Peer.stranger).count == 1, "first, and nobody better known")
        #expect(relay.arrive(rtcp(), on: near, from: Peer.other).isEmpty)
        #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).count == 1)
        relay.now += 2 * EndpointLearning.windowNanoseconds
        #expect(relay.arrive(rtcp(), on: near, from: Peer.stranger).isEmpty)
        #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).count == 1)
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).count == 1)
    }

    /// Two streams do not mix within the window either: one of two equal strangers is heard.
    @Test func noMixingWithinTheWindow() {
        let relay = Relay()
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .rtp)]))
        relay.install(plan(far, remote: Peer.far))
        var passed: [TransportAddress] = []
        for index in 0..<200 as Range<UInt16> {
            relay.now += 10 * Relay.millisecond
            let source = index % 2 == 0 ? Peer.other : Peer.stranger
            if !relay.arrive(rtp(index), on: near, from: source).isEmpty { passed.append(source) }
        }
        #expect(passed == Array(repeating: Peer.other, count: 100))
    }
}
