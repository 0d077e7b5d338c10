import Forwarding
import Glibc
import NetTypes
import PacketPath
import Testing

/// Facts of a port that tell why a call is not heard.
@Suite struct FactTests {
    private let relay = Relay()
    private let near: LocalPortID

    init() {
        near = relay.open(0)
        var receiving = plan(near, remote: Peer.signalled, to: [Sink(port: near, traffic: .both)])
        receiving.negotiatedPayloadTypes = PayloadTypeSet([0, 101])
        relay.install(receiving)
    }

    @Test func firstPacketAndLearning() throws {
        relay.now += Relay.millisecond
        let first = relay.now
        relay.arrive(rtp(1), on: near, from: Peer.sameAddress)
        relay.now += 20 * Relay.millisecond
        relay.arrive(rtp(2), on: near, from: Peer.sameAddress)
        let counters = try relay.counters(near)
        #expect(counters.firstPacketNanoseconds == first && counters.lastPacketNanoseconds == relay.now)
        #expect(counters.endpointSinceNanoseconds == first)
        #expect(counters.events.map(\.kind) == [.endpointSet, .learned, .firstPacket, .newSource])
        #expect(counters.events.map(\.value) == [4000, 5000, 5000, 0x1111])
        relay.now += 4000 * Relay.millisecond
        relay.arrive(rtp(3), on: near, from: Peer.sameAddress)
        #expect(try relay.counters(near).events.last?.kind == .confirmed)
        #expect(try relay.counters(near).endpointSinceNanoseconds == first, "the endpoint stayed")
    }

    @Test func foreignSources() throws {
        relay.arrive(rtp(1), on: near, from: Peer.signalled)
        #expect(try relay.counters(near).foreignSource == nil)
        relay.arrive(rtp(1), on: near, from: Peer.other)
        relay.now += Relay.millisecond
        relay.arrive(rtp(1), on: near, from: Peer.stranger)
        let counters = try relay.counters(near)
        #expect(counters.foreignSource == ForeignSource(address: Peer.stranger, nanoseconds: relay.now))
        #expect(counters.events.filter { $0.kind == .foreignSource }.map(\.value) == [UInt64(Peer.other.port)])
    }

    @Test func payloadTypesNobodySpokeOf() throws {
        for type in [0, 101, 8, 127, 8] as [UInt8] {
            let sent = relay.arrive(rtp(payloadType: type), on: near, from: Peer.signalled)
            #expect(sent.count == 1, "forwarded all the same")
        }
        let counters = try relay.counters(near)
        #expect(counters.unnegotiatedPackets == 3)
        #expect(counters.unnegotiatedPayloadTypes.numbers == [8, 127])
        #expect(counters.events.filter { $0.kind == .unnegotiatedPayloadType }.map(\.value) == [8])
    }

    @Test func socketErrors() throws {
        relay.path.receptionFailed(slot: 0, generation: near.generation, error: ECONNREFUSED, now: relay.now)
        relay.path.receptionFailed(slot: 0, generation: near.generation &+ 1, error: EIO, now: relay.now)
        relay.path.receptionFailed(slot: 99, generation: 0, error: EIO, now: relay.now)
        let errors = try relay.counters(near).socketErrors
        #expect(errors.received == 1 && errors.lastReceived == ECONNREFUSED)
        #expect(errors.lastReceivedNanoseconds == relay.now && errors.sent == 0)
        #expect(try relay.counters(near).events.last?.kind == .socketError)
    }

    @Test func eventsAreLimited() throws {
        for ssrc in 1...20 as ClosedRange<UInt32> { relay.arrive(rtp(ssrc: ssrc), on: near, from: Peer.signalled) }
        #expect(try relay.counters(near).events.map(\.value) == Array(13...20))
    }

    /// What ports have seen stays with their pool when they close.
    @Test func poolsRemember() throws {
        var path = PacketPath(capacity: 4, pools: 2)
        let table = path.counters
        var output = TransmissionList(capacity: 4)
        for (slot, pool) in [(0, 1), (1, 1), (2, 0)] as [(UInt32, Int)] {
            let port = LocalPortID(worker: 0, slot: slot, generation: 1)
            path.open(port, pool: pool, now: 1)
            _ = path.install(plan(port, remote: Peer.signalled, to: [Sink(port: port, traffic: .rtp)]), now: 1)
            for number in [1, 2, 4, 4] as [UInt16] {
                var bytes = rtp(number)
                bytes.withUnsafeMutableBytes {
                    path.receive(
                        slot: slot, packet: $0, isTruncated: false, source: Peer.signalled, now: 2, into: &output)
                }
                output.removeAll()
            }
            if slot == 0 { path.close(port) }
        }
        let seen = table.statistics(ofPool: 1)
        #expect(seen.ingress.packets == 8 && seen.egress.packets == 8 && seen.ingress.bytes == 8 * 172)
        #expect(seen.duplicates == 2 && seen.skips == 2)
        #expect(table.statistics(ofPool: 0).ingress.packets == 4)
        #expect(table.statistics(ofPool: 7) == PoolStatistics())
        #expect(table.totals().packets == 12)
    }
}
