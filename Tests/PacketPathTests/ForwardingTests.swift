import Forwarding
import NetTypes
import PacketPath
import Testing

/// Which packets leave through which ports.
@Suite struct ForwardingTests {
    private let relay = Relay()

    @Test func bothWays() throws {
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .rtp)]))
        relay.install(plan(far, remote: Peer.far, to: [Sink(port: near, traffic: .rtp)]))
        let packet = rtp(5)
        #expect(
            relay.arrive(packet, on: near, from: Peer.signalled)
                == [Relay.Sent(slot: 1, destination: Peer.far, bytes: packet, isRTCP: false)])
        #expect(
            relay.arrive(packet, on: far, from: Peer.far)
                == [Relay.Sent(slot: 0, destination: Peer.signalled, bytes: packet, isRTCP: false)])
    }

    /// Up to four sinks lie with the port, more in memory of their own; every one gets the same bytes.
    @Test(arguments: [1, 2, 4, 5, 20])
    func forks(count: Int) throws {
        let near = relay.open(0)
        let forks = (1...count).map { relay.open(UInt32($0)) }
        for (index, fork) in forks.enumerated() {
            relay.install(plan(fork, remote: Peer.address("198.51.100.1:\(10_000 + index)")))
        }
        relay.install(plan(near, remote: Peer.signalled, to: forks.map { Sink(port: $0, traffic: .both) }))
        for packet in [rtp(1), rtcp()] {
            let sent = relay.arrive(packet, on: near, from: Peer.signalled)
            #expect(sent.map(\.slot) == (1...count).map(UInt32.init))
            #expect(sent.map(\.destination.port) == (0..<count).map { UInt16(10_000 + $0) })
            #expect(sent.allSatisfy { $0.bytes == packet })
        }
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: forks[0], traffic: .both)]))
        #expect(relay.arrive(rtp(2), on: near, from: Peer.signalled).count == 1)
        for fork in forks { #expect(try relay.counters(fork).rtcpOut.packets == 1) }
    }

    /// A multiplexed side and one with two ports, both ways.
    @Test func multiplexedToSeparate() throws {
        let (mux, media, control) = (relay.open(0), relay.open(1), relay.open(2))
        relay.install(
            plan(
                mux, .multiplexed, remote: Peer.signalled,
                to: [Sink(port: media, traffic: .rtp), Sink(port: control, traffic: .rtcp)]))
        relay.install(plan(media, .rtp, remote: Peer.far, to: [Sink(port: mux, traffic: .both)]))
        relay.install(plan(control, .rtcp, remote: Peer.farRTCP, to: [Sink(port: mux, traffic: .rtcp)]))
        let cases: [(LocalPortID, TransportAddress, [UInt8], UInt32, TransportAddress)] = [
            (mux, Peer.signalled, rtp(), 1, Peer.far),
            (mux, Peer.signalled, rtcp(), 2, Peer.farRTCP),
            (media, Peer.far, rtp(), 0, Peer.signalled),
            (control, Peer.farRTCP, rtcp(), 0, Peer.signalled),
            // A peer that multiplexes although it did not say so (RFC 5761 §4).
            (media, Peer.far, rtcp(), 0, Peer.signalled),
        ]
        for (port, source, packet, slot, destination) in cases {
            let sent = relay.arrive(packet, on: port, from: source)
            #expect(sent.map(\.slot) == [slot])
            #expect(sent.map(\.destination) == [destination])
            #expect(sent.map(\.isRTCP) == [packet.count == 8])
        }
        let counters = try relay.counters(mux)
        #expect(counters.rtpIn.packets == 1 && counters.rtcpIn.packets == 1)
        #expect(counters.rtpOut.packets == 1 && counters.rtcpOut.packets == 2)
    }

    @Test func controlPortTakesNoMedia() throws {
        let control = relay.open(0)
        relay.install(plan(control, .rtcp, remote: Peer.signalled, to: [Sink(port: control, traffic: .both)]))
        #expect(relay.arrive(rtp(), on: control, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(control, .malformed) == 1)
        #expect(try relay.counters(control).rtcpIn.errors == 1)
    }

    @Test func opaquePassesUntouchedAsMedia() throws {
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, .opaque, remote: Peer.signalled, to: [Sink(port: far, traffic: .rtp)]))
        relay.install(plan(far, .opaque, remote: Peer.far))
        for packet in [[0], rtcp(), Array("anything".utf8)] as [[UInt8]] {
            #expect(relay.arrive(packet, on: near, from: Peer.signalled).map(\.bytes) == [packet])
        }
        #expect(relay.arrive([], on: near, from: Peer.signalled).isEmpty)
        let counters = try relay.counters(near)
        #expect(counters.rtpIn.packets == 3 && counters.rtpIn.errors == 1 && counters.rtcpIn.packets == 0)
        #expect(counters.ingress.isEmpty && counters.lastSSRC == nil)
        #expect(try relay.counters(far).rtpOut.packets == 3)
    }

    /// What is no RTP or RTCP, or shorter than its own header says.
    @Test(
        arguments: [
            [], [0x80], [0x80, 0x00], [0x80, 0xC9],
            [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // STUN
            [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // DTLS
            [0x8F, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],  // CSRC list cut short
            [0x80, 0xC9, 0, 9, 0, 0, 0, 1],  // RTCP cut short
            Array("GET / HTTP/1.1\r\n\r\n".utf8),
        ] as [[UInt8]])
    func malformed(packet: [UInt8]) throws {
        for carries in [Carriage.rtp, .multiplexed, .rtcp] {
            let relay = Relay()
            let port = relay.open(0)
            relay.install(plan(port, carries, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)]))
            #expect(relay.arrive(packet, on: port, from: Peer.stranger).isEmpty)
            #expect(try relay.drops(port, .malformed) == 1)
            #expect(try relay.counters(port).endpoint == Peer.signalled, "nothing is learned from it")
        }
    }

    @Test func noBytesAndNoSlot() throws {
        let port = relay.open(0)
        relay.install(plan(port, remote: Peer.signalled))
        #expect(relay.arriveEmpty(slot: 0, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(port, .malformed) == 1)
        #expect(relay.arriveEmpty(slot: 1, from: Peer.signalled).isEmpty)
        #expect(relay.arriveEmpty(slot: .max, from: Peer.signalled).isEmpty)
    }

    /// Sinks that lead nowhere: another worker's, out of range, a port that was never opened.
    @Test func sinksThatLeadNowhere() throws {
        let near = relay.open(0)
        let nowhere = [
            LocalPortID(worker: 9, slot: 0, generation: 1), LocalPortID(worker: 3, slot: 5000, generation: 1),
            LocalPortID(worker: 3, slot: 30, generation: 0),
        ]
        relay.install(plan(near, remote: Peer.signalled, to: nowhere.map { Sink(port: $0, traffic: .both) }))
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.counters(near).rtpIn.errors == 1)
        #expect(try relay.drops(near, .noDestination) == 1)
    }
}
