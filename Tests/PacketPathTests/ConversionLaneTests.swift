import Forwarding
import NetTypes
import Testing

@testable import PacketPath

/// Ports and the threads that convert for them.
@Suite struct ConversionLaneTests {
    private let relay = Relay(conversionRings: (0..<2).map { _ in ConversionRing(bytes: 1 << 16) })
    private let converter = Converter(streams: 16)
    private let ring = ConversionRing(bytes: 1 << 20)

    private func convert(_ slot: UInt32) -> LocalPortID {
        let port = relay.open(slot)
        var there = plan(port, .multiplexed, remote: Peer.signalled, to: [])
        there.conversions = [.toALaw]
        relay.install(there)
        return port
    }

    /// RTP has every second slot where RTCP has the others.
    @Test func everyThreadHasItsShare() {
        let ports = stride(from: 0, to: 16, by: 2).map { convert($0) }
        #expect((0..<2).map { relay.path.laneLoads[$0] } == [4, 4])
        let lanes = ports.map { relay.path.conversion(of: Int($0.slot))?.pointee.lane }
        // Those of one thread end: the next ones are for it.
        for (port, lane) in zip(ports, lanes) where lane == 0 { relay.close(port) }
        #expect((0..<2).map { relay.path.laneLoads[$0] } == [0, 4])
        for slot in 16..<20 as Range<UInt32> { _ = convert(slot) }
        #expect((0..<2).map { relay.path.laneLoads[$0] } == [4, 4])
    }

    /// A thread that does not read holds up nobody but its own ports.
    @Test func aFullRingHoldsUpItsOwnPortsOnly() throws {
        let (first, second) = (convert(0), convert(2))
        let lane = try #require(relay.path.conversion(of: 0)?.pointee.lane)
        for number in 0..<1000 {
            relay.now += 10 * Relay.millisecond
            // As long as an order, so that none fits in any more.
            relay.arrive(rtp(UInt16(number), payload: 40), on: first, from: Peer.signalled)
        }
        relay.close(first)
        relay.close(second)
        relay.path.publishConversions { _ in }
        #expect(relay.path.orders.map(\.lane) == [lane])
        while converter.handleNext(from: relay.path.conversionRings[lane], to: ring, now: relay.now) {}
        relay.path.publishConversions { _ in }
        #expect(relay.path.orders.isEmpty)
    }

    /// What was appended and never published is released with the ring.
    @Test func aRingLeavesNoOrderBehind() {
        weak var published: ConversionOrder?
        weak var appended: ConversionOrder?
        do {
            let own = ConversionRing(bytes: 1 << 16)
            let port = LocalPortID(worker: 0, slot: 1, generation: 1)
            let orders = (ConversionOrder(port, nil), ConversionOrder(port, nil))
            (published, appended) = orders
            #expect(own.writer.append(orders.0) && own.publish() && own.writer.append(orders.1))
        }
        #expect(published == nil && appended == nil)
    }
}

/// One writer and one reader at the same time, over many rounds of the memory.
@Suite struct ConversionRingThreadTests {
    @Test func everyItemComesOnceAndWhole() async {
        let ring = ConversionRing(bytes: 1 << 16)
        let count: UInt64 = 200_000
        let writer = Task.detached {
            var number: UInt64 = 0
            while number < count {
                let octets = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number * 37 % 1500))
                var header = ConversionHeader(.packet, LocalPortID(worker: 0, slot: 0, generation: 0))
                header.nanoseconds = number
                if octets.withUnsafeBytes({ ring.append(header, $0) }) {
                    number += 1
                    if number % 3 == 0 { _ = ring.publish() }
                } else {
                    _ = ring.publish()
                    await Task.yield()
                }
            }
            _ = ring.publish()
        }
        let reader = Task.detached { () -> (next: UInt64, areWhole: Bool) in
            var (next, areWhole): (UInt64, Bool) = (0, true)
            while next < count {
                guard let item = ring.first else {
                    await Task.yield()
                    continue
                }
                areWhole =
                    areWhole && item.header.nanoseconds == next && item.bytes.count == Int(next * 37 % 1500)
                    && item.bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: next) }
                ring.removeFirst()
                next += 1
            }
            return (next, areWhole)
        }
        await writer.value
        let result = await reader.value
        #expect(result.next == count && result.areWhole && ring.isEmpty)
    }
}
