import Forwarding
import NetTypes
import PacketPath
import Testing

/// Two peers talk through the relay over a seeded network that loses, doubles and delays; the relay's figures are
/// compared with what the network knows it did.
@Suite struct SimulationTests {
    struct Delivery {
        var time: UInt64
        var sequenceNumber: UInt16
        var timestamp: UInt32
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>, [0, 5, 40] as [UInt64])
    func twoPeers(seed: UInt64, spread: UInt64) throws {
        let relay = Relay()
        let ports = [relay.open(0), relay.open(1)]
        let peers = [Peer.signalled, Peer.far]
        for side in 0...1 {
            relay.install(plan(ports[side], remote: peers[side], to: [Sink(port: ports[1 - side], traffic: .rtp)]))
        }
        var generator = SeededGenerator(seed: seed)
        let flights = (0...1).map { _ in
            Self.network(packets: 3000, start: relay.now, spread: spread, generator: &generator)
        }
        var merged = flights.enumerated().flatMap { side, flight in flight.map { (side, $0) } }
        merged.sort { $0.1.time < $1.1.time }
        for (side, delivery) in merged {
            relay.now = delivery.time
            let sent = relay.arrive(
                rtp(delivery.sequenceNumber, timestamp: delivery.timestamp, ssrc: UInt32(side + 1)), on: ports[side],
                from: peers[side])
            #expect(sent.map(\.destination) == [peers[1 - side]])
        }
        for side in 0...1 {
            let counters = try relay.counters(ports[side])
            let stream = try #require(counters.ingress.first)
            let truth = Truth(flights[side])
            #expect(stream.packets == UInt64(flights[side].count))
            #expect(stream.lost == truth.lost)
            #expect(stream.duplicates == truth.duplicates)
            #expect(stream.reordered == truth.reordered)
            #expect(stream.extendedHighestSequenceNumber == truth.highest)
            #expect(abs(Double(stream.jitter) - truth.jitter) <= 2, "A.8 rounds")
            #expect(counters.rtpIn.packets == counters.rtpIn.bytes / 172 && counters.rtpIn.errors == 0)
            #expect(try relay.counters(ports[1 - side]).rtpOut == counters.rtpIn)
        }
    }

    /// 20 ms packets from a random place near the wrap: 3 % lost, 1 % doubled, each delayed by up to `spread` ms.
    private static func network(
        packets: Int, start: UInt64, spread: UInt64, generator: inout SeededGenerator
    ) -> [Delivery] {
        let first = UInt16.random(in: 62_000...65_535, using: &generator)
        let clock = UInt32.random(in: .min ... .max, using: &generator)
        var deliveries: [Delivery] = []
        for index in 0..<packets {
            guard index == 0 || Int.random(in: 0..<100, using: &generator) >= 3 else { continue }
            let copies = Int.random(in: 0..<100, using: &generator) == 0 ? 2 : 1
            for _ in 0..<copies {
                let delay = UInt64.random(in: 0...(spread * 1000), using: &generator) * 1000
                deliveries.append(
                    Delivery(
                        time: start + UInt64(index) * 20 * Relay.millisecond + delay,
                        sequenceNumber: first &+ UInt16(truncatingIfNeeded: index),
                        timestamp: clock &+ UInt32(index) * 160))
            }
        }
        return deliveries.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }.map(\.1)
    }

    /// The figures of RFC 3550 from the whole list of deliveries at once, by other means than the relay's.
    struct Truth {
        var lost: UInt64
        var duplicates: UInt64 = 0
        var reordered: UInt64 = 0
        var highest: UInt32
        var jitter = 0.0

        init(_ deliveries: [Delivery]) {
            let origin = deliveries[0].sequenceNumber
            let offsets = deliveries.map { Int(Int16(bitPattern: $0.sequenceNumber &- origin)) }
            var seen: Set<Int> = []
            var newest = Int.min
            var transit: Double?
            for (delivery, offset) in zip(deliveries, offsets) {
                guard seen.insert(offset).inserted else {
                    duplicates += 1
                    continue
                }
                if offset < newest { reordered += 1 }
                newest = max(newest, offset)
                let media = Double(Int32(bitPattern: delivery.timestamp &- deliveries[0].timestamp)) / 8000
                let wall = Double(delivery.time - deliveries[0].time) / 1e9
                if let transit { jitter += (abs(wall - media - transit) * 8000 - jitter) / 16 }
                transit = wall - media
            }
            let expected = newest - (offsets.min() ?? 0) + 1
            lost = UInt64(max(0, expected - deliveries.count))
            highest = UInt32(bitPattern: Int32(Int(origin) + newest))
        }
    }
}
