import Forwarding
import NetTypes
import PacketPath
import Testing

/// Numbers by SSRC.
@Suite struct StreamTests {
    private let relay = Relay()
    private let near: LocalPortID
    private let far: LocalPortID

    init() {
        near = relay.open(0)
        far = relay.open(1)
        var receiving = plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        receiving.clockRates = [0: 8000, 8: 8000, 9: 8000, 111: 48000, 101: 8000]
        receiving.eventPayloadTypes = [101]
        relay.install(receiving)
        relay.install(plan(far, remote: Peer.far))
    }

    @Test func oneStreamBothDirections() throws {
        for (sequence, number) in [65534, 65535, 1, 0, 2, 2].enumerated() {
            relay.arrive(
                rtp(UInt16(number), timestamp: UInt32(sequence) * 160, ssrc: 7, payloadType: 8), on: near,
                from: Peer.signalled)
            relay.now += 20 * Relay.millisecond
        }
        let into = try relay.counters(near)
        #expect(into.lastSSRC == 7)
        var expected = StreamStatistics(ssrc: 7)
        expected.payloadType = 8
        expected.packets = 6
        expected.bytes = 6 * 172
        expected.duplicates = 1
        expected.reordered = 1
        expected.lastTimestamp = 4 * 160
        expected.extendedHighestSequenceNumber = 65538
        expected.clockRate = 8000
        (expected.expected, expected.recentExpected, expected.recentRepetitions) = (5, 5, 1)
        expected.skips = 1
        expected.samplesPerPacket = 0
        expected.firstPacketNanoseconds = relay.now - 120 * Relay.millisecond
        expected.lastPacketNanoseconds = relay.now - 20 * Relay.millisecond
        expected.longestGapNanoseconds = 20 * Relay.millisecond
        expected.longestGapEndNanoseconds = relay.now - 100 * Relay.millisecond
        var ingress = into.ingress
        // Jumps of the timestamps are not what this is about.
        for index in ingress.indices {
            (ingress[index].highestJitter, ingress[index].jitter) = (0, 0)
            (ingress[index].samplesPerPacket, ingress[index].silentMilliseconds) = (0, 0)
        }
        #expect(ingress == [expected])
        #expect(into.egress.isEmpty)
        expected = StreamStatistics(ssrc: 7)
        (expected.payloadType, expected.packets, expected.bytes) = (8, 6, 6 * 172)
        (expected.lastTimestamp, expected.extendedHighestSequenceNumber) = (4 * 160, 65538)
        #expect(try relay.counters(far).egress == [expected])
        #expect(try relay.counters(far).ingress.isEmpty)
    }

    /// By hand, with J kept times sixteen: transit 0, 0, 40, 0 units at 8 kHz make J = 40, then 40 + 40 − 3 = 77; at
    /// 48 kHz 240, then 240 + 240 − 15 = 465.
    @Test(arguments: [(0, 8000, 4), (111, 48000, 29), (96, 0, 0), (101, 0, 0)] as [(UInt8, UInt32, UInt32)])
    func jitterWithTheClockOfThePayloadType(payloadType: UInt8, clockRate: UInt32, jitter: UInt32) throws {
        let start = relay.now
        for (index, milliseconds) in [0, 20, 45, 60].enumerated() {
            relay.now = start + UInt64(milliseconds) * Relay.millisecond
            relay.arrive(
                rtp(UInt16(index), timestamp: UInt32(index) * clockRate / 50, payloadType: payloadType), on: near,
                from: Peer.signalled)
        }
        let stream = try #require(try relay.counters(near).ingress.first)
        #expect(stream.clockRate == clockRate)
        #expect(stream.jitter == jitter)
        #expect(stream.lost == 0)
    }

    @Test func mostRecentLastAndOldestReplaced() throws {
        func send(_ ssrc: UInt32) { relay.arrive(rtp(ssrc: ssrc), on: near, from: Peer.signalled) }
        for ssrc in [1, 2, 3, 4] as [UInt32] { send(ssrc) }
        #expect(try relay.counters(near).ingress.map(\.ssrc) == [1, 2, 3, 4])
        send(1)
        send(3)
        #expect(try relay.counters(near).ingress.map(\.ssrc) == [2, 4, 1, 3])
        send(5)
        #expect(try relay.counters(near).ingress.map(\.ssrc) == [4, 1, 3, 5])
        #expect(try relay.counters(near).ingress.map(\.packets) == [1, 2, 2, 1])
        #expect(try relay.counters(far).egress.map(\.ssrc) == [4, 1, 3, 5])
        send(2)
        #expect(
            try relay.counters(near).ingress.map(\.packets) == [2, 2, 1, 1], "a stream that comes back starts anew")
        #expect(try relay.counters(near).rtpIn.packets == 8)
    }

    @Test func newPlanKeepsStreamsAndBringsNewClocks() throws {
        relay.arrive(rtp(1, payloadType: 96), on: near, from: Peer.signalled)
        var renewed = plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        renewed.clockRates = [96: 90000, 200: 1]
        relay.install(renewed)
        relay.arrive(rtp(2, payloadType: 96), on: near, from: Peer.signalled)
        let stream = try #require(try relay.counters(near).ingress.first)
        #expect(stream.packets == 2 && stream.clockRate == 90000)
    }

    /// More distinct clock rates than a port remembers: sixteen work, none of the others does harm.
    @Test func manyClockRates() throws {
        var many = plan(near, remote: Peer.signalled)
        for number in 0..<255 { many.clockRates[UInt8(number)] = UInt32(number) * 100 }
        relay.install(many)
        var known = 0
        for payloadType in 1..<60 as Range<UInt8> {
            relay.arrive(rtp(ssrc: UInt32(payloadType), payloadType: payloadType), on: near, from: Peer.signalled)
            let stream = try #require(try relay.counters(near).ingress.last)
            #expect(stream.clockRate == 0 || stream.clockRate == UInt32(payloadType) * 100)
            known += stream.clockRate == 0 ? 0 : 1
        }
        #expect(known <= 16)
    }

    @Test func blockedPortStillCounts() throws {
        var blocked = plan(near, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        blocked.isBlocked = true
        relay.install(blocked)
        #expect(relay.arrive(rtp(1), on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.counters(near).ingress.map(\.packets) == [1])
        #expect(try relay.counters(near).isConfirmed)
    }
}
