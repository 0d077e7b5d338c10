import RTP
import Testing

@Suite struct ReceptionStatisticsTests {
    struct SequenceCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var numbers: [UInt16]
        var highest: UInt32
        var expected: UInt32
        var received: UInt32
        var lost: UInt64 = 0
        var duplicates: UInt32 = 0
        var reordered: UInt32 = 0
    }

    static let sequences: [SequenceCase] = [
        .init(testDescription: "one packet", numbers: [7], highest: 7, expected: 1, received: 1),
        .init(testDescription: "in order", numbers: [10, 11, 12], highest: 12, expected: 3, received: 3),
        .init(testDescription: "gap", numbers: [10, 11, 14], highest: 14, expected: 5, received: 3, lost: 2),
        .init(testDescription: "wrap", numbers: [65534, 65535, 0, 1], highest: 65537, expected: 4, received: 4),
        .init(
            testDescription: "gap across the wrap", numbers: [65534, 2], highest: 65538, expected: 5, received: 2,
            lost: 3),
        .init(
            testDescription: "late", numbers: [1, 2, 4, 3, 5], highest: 5, expected: 5, received: 5, reordered: 1),
        .init(
            testDescription: "late across the wrap", numbers: [65534, 0, 65535], highest: 65536, expected: 3,
            received: 3, reordered: 1),
        .init(
            testDescription: "before the first", numbers: [10, 9, 11], highest: 11, expected: 3, received: 3,
            reordered: 1),
        .init(
            testDescription: "before the first, across the wrap", numbers: [0, 65535, 1], highest: 1, expected: 3,
            received: 3, reordered: 1),
        .init(
            testDescription: "duplicate of the newest", numbers: [1, 2, 2], highest: 2, expected: 2, received: 3,
            duplicates: 1),
        .init(
            testDescription: "duplicate of an older one", numbers: [1, 2, 3, 1], highest: 3, expected: 3, received: 4,
            duplicates: 1),
        .init(
            testDescription: "duplicate of a late one", numbers: [1, 3, 2, 2], highest: 3, expected: 3, received: 4,
            duplicates: 1, reordered: 1),
        .init(
            testDescription: "64 late is beyond the window", numbers: [1, 65, 1], highest: 65, expected: 65,
            received: 3, lost: 62, reordered: 1),
        .init(
            testDescription: "63 late is within it", numbers: [1, 64, 1], highest: 64, expected: 64, received: 3,
            lost: 61, duplicates: 1),
        .init(
            testDescription: "stray packet", numbers: [1, 2, 30000, 3], highest: 3, expected: 3, received: 3),
        .init(
            testDescription: "restart, seen at the second packet", numbers: [1, 2, 30000, 30001, 30002],
            highest: 30002, expected: 2, received: 2),
        .init(
            testDescription: "losses before a restart stay", numbers: [1, 4, 30000, 30001, 30003], highest: 30003,
            expected: 3, received: 2, lost: 3),
        .init(
            testDescription: "99 back is late", numbers: [200, 101], highest: 200, expected: 100, received: 2, lost: 98,
            reordered: 1),
        .init(testDescription: "100 back is a jump", numbers: [200, 100], highest: 200, expected: 1, received: 1),
        .init(testDescription: "restart further back", numbers: [200, 20, 21], highest: 21, expected: 1, received: 1),
        .init(
            testDescription: "2999 ahead is a gap", numbers: [0, 2999], highest: 2999, expected: 3000, received: 2,
            lost: 2998),
        .init(testDescription: "3000 ahead is a jump", numbers: [0, 3000], highest: 0, expected: 1, received: 1),
    ]

    @Test(arguments: sequences)
    func sequence(_ one: SequenceCase) {
        var source = ReceptionStatistics(ssrc: 1)
        for (index, number) in one.numbers.enumerated() {
            source.record(
                sequenceNumber: number, timestamp: 0, payloadType: 0, byteCount: 172, clockRate: 0,
                now: UInt64(index) * 20_000_000)
        }
        #expect(source.packets == UInt64(one.numbers.count))
        #expect(source.bytes == UInt64(one.numbers.count) * 172)
        #expect(source.extendedHighestSequenceNumber == one.highest)
        #expect(source.expected == one.expected)
        #expect(source.received == one.received)
        #expect(source.lost == one.lost)
        #expect(source.duplicates == one.duplicates)
        #expect(source.reordered == one.reordered)
        #expect(source.jitter == 0)
    }

    @Test func arrivals() {
        var source = ReceptionStatistics(ssrc: 1)
        let arrivals = ([5, 7, 6, 6, 9000, 9001] as [UInt16]).map {
            source.record(sequenceNumber: $0, timestamp: 0, payloadType: 0, byteCount: 1, clockRate: 8000, now: 0)
        }
        #expect(arrivals == [.inOrder, .inOrder, .reordered, .duplicate, .jump, .restart])
    }

    @Test func nothingReceived() {
        let source = ReceptionStatistics(ssrc: 9)
        #expect(source.expected == 0 && source.received == 0 && source.lost == 0)
    }

    /// Computed by hand after A.8, with J kept times sixteen: transit 0, 0, 40, 0, so D = 0, 40, 40;
    /// J = 0, then 40, then 40 + 40 − (40 + 8)/16 = 77.
    @Test func jitterByHand() {
        var source = ReceptionStatistics(ssrc: 1)
        var seen: [UInt32] = []
        for (index, milliseconds) in [0, 20, 45, 60].enumerated() {
            source.record(
                sequenceNumber: UInt16(index), timestamp: UInt32(index) * 160, payloadType: 0, byteCount: 172,
                clockRate: 8000, now: UInt64(milliseconds) * 1_000_000)
            seen.append(source.jitter)
        }
        #expect(seen == [0, 0, 2, 4])
    }

    /// Every packet alternately 0 and 10 ms late: D is always 80 units, and J settles at 80 less the rounding of A.8.
    @Test func jitterSettles() {
        var source = ReceptionStatistics(ssrc: 1)
        for index in 0..<500 {
            source.record(
                sequenceNumber: UInt16(index), timestamp: UInt32(index) * 160 &+ 0xFFFF_FF00, payloadType: 0,
                byteCount: 172, clockRate: 8000, now: UInt64(index * 20 + index % 2 * 10) * 1_000_000)
        }
        #expect((78...80).contains(source.jitter))
    }

    @Test func noJitterWithoutClockOrForEvents() {
        var source = ReceptionStatistics(ssrc: 1)
        for index in 0..<100 {
            // Audio in perfect time, and between it events whose timestamps stand still (RFC 4733 §2.5.1.2).
            source.record(
                sequenceNumber: UInt16(index), timestamp: index % 2 == 0 ? UInt32(index) * 160 : 0,
                payloadType: index % 2 == 0 ? 8 : 101, byteCount: 172, clockRate: 8000, isEvent: index % 2 == 1,
                now: UInt64(index) * 20_000_000)
        }
        #expect(source.jitter == 0)
        #expect(source.payloadType == 8)
        #expect(source.clockRate == 8000)
        var unknown = ReceptionStatistics(ssrc: 2)
        for index in 0..<100 {
            unknown.record(
                sequenceNumber: UInt16(index), timestamp: UInt32(index * index), payloadType: 96, byteCount: 172,
                clockRate: 0, now: 0)
        }
        #expect(unknown.jitter == 0 && unknown.clockRate == 0)
    }

    /// Another clock rate starts a new timeline, and the jitter so far is expressed in the new units.
    @Test func changeOfClockRate() {
        var source = ReceptionStatistics(ssrc: 1)
        for index in 0..<200 {
            source.record(
                sequenceNumber: UInt16(index), timestamp: UInt32(index) * 160, payloadType: 0, byteCount: 172,
                clockRate: 8000, now: UInt64(index * 20 + index % 2 * 10) * 1_000_000)
        }
        let before = source.jitter
        source.record(
            sequenceNumber: 200, timestamp: 77, payloadType: 111, byteCount: 172, clockRate: 48000, now: 4_000_000_000)
        #expect((before * 6...before * 6 + 5).contains(source.jitter))
    }

    /// A sender whose timestamps jump by an hour has not had an hour of jitter.
    @Test func timestampJumpIsNotJitter() {
        var source = ReceptionStatistics(ssrc: 1)
        for index in 0..<10 {
            source.record(
                sequenceNumber: UInt16(index), timestamp: UInt32(index) * 160 &+ (index >= 5 ? 28_800_000 : 0),
                payloadType: 0, byteCount: 172, clockRate: 8000, now: UInt64(index) * 20_000_000)
        }
        #expect(source.jitter == 0)
    }

    /// Kept in shared memory word by word: no room for padding.
    @Test func layout() {
        #expect(MemoryLayout<ReceptionStatistics>.size == 192)
        #expect(MemoryLayout<ReceptionStatistics>.alignment <= 8)
    }

    /// Whatever comes, counting neither traps nor contradicts itself.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func randomNumbers(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var source = ReceptionStatistics(ssrc: 1)
        for index in 1...5000 as ClosedRange<UInt64> {
            source.record(
                sequenceNumber: seed % 2 == 0
                    ? .random(in: .min ... .max, using: &generator) : .random(in: 0...50, using: &generator),
                timestamp: .random(in: .min ... .max, using: &generator),
                payloadType: .random(in: .min ... .max, using: &generator),
                byteCount: .random(in: 0...65535, using: &generator),
                clockRate: [0, 1, 8000, .max].randomElement(using: &generator) ?? 0,
                isEvent: .random(using: &generator), now: .random(in: .min ... .max, using: &generator))
            #expect(source.packets == index)
            #expect(source.duplicates <= source.packets && source.reordered <= source.packets)
        }
    }
}
