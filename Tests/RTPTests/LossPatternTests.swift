import RTP
import Testing

/// Bursts and gaps after RFC 3611 §4.7.2, and what else is measured over many packets.
@Suite struct LossPatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of 1…400, those that do not come.
        var lost: [UInt16]
        var pattern: LossPattern
    }

    private static func pattern(_ bursts: UInt32, _ packets: UInt32, _ losses: UInt32) -> LossPattern {
        LossPattern(bursts: bursts, burstPackets: packets, burstLosses: losses)
    }

    static let cases: [Case] = [
        .init(testDescription: "nothing", lost: [], pattern: pattern(0, 0, 0)),
        .init(testDescription: "single losses are in a gap", lost: [20, 37, 60], pattern: pattern(0, 0, 0)),
        .init(testDescription: "15 received between: a burst", lost: [20, 36], pattern: pattern(1, 17, 2)),
        .init(testDescription: "16 received between: two single losses", lost: [20, 37], pattern: pattern(0, 0, 0)),
        .init(testDescription: "in a row", lost: [20, 21, 22], pattern: pattern(1, 3, 3)),
        .init(
            testDescription: "two bursts and a single loss", lost: [20, 22, 25, 100, 200, 201],
            pattern: pattern(2, 6 + 2, 3 + 2)),
        .init(testDescription: "more than the window", lost: Array(20..<150), pattern: pattern(1, 130, 130)),
        .init(testDescription: "among the last ones", lost: [390, 395], pattern: pattern(1, 6, 2)),
    ]

    private func feed(_ numbers: [UInt16], every milliseconds: UInt64 = 20) -> ReceptionStatistics {
        var source = ReceptionStatistics(ssrc: 1)
        for number in numbers {
            source.record(
                sequenceNumber: number, timestamp: UInt32(number) &* 160, payloadType: 0, byteCount: 172,
                clockRate: 8000, now: UInt64(number) * milliseconds * 1_000_000)
        }
        return source
    }

    @Test(arguments: cases)
    func pattern(_ one: Case) {
        let source = feed((1...400).filter { !one.lost.contains($0) })
        #expect(source.lossPattern == one.pattern)
        #expect(source.lost == UInt64(one.lost.count))
    }

    /// The same across the wrap of the sequence numbers.
    @Test func acrossTheWrap() {
        var source = ReceptionStatistics(ssrc: 1)
        for number in 0..<400 where ![190, 195].contains(number) {
            source.record(
                sequenceNumber: UInt16(truncatingIfNeeded: 65_536 - 192 + number), timestamp: 0, payloadType: 0,
                byteCount: 1, clockRate: 0, now: 0)
        }
        #expect(source.lossPattern == Self.pattern(1, 6, 2))
    }

    /// What comes late was not lost.
    @Test func latePacketsAreNotLost() {
        var numbers = Array(1...200) as [UInt16]
        numbers.swapAt(50, 53)
        numbers.swapAt(60, 64)
        #expect(feed(numbers).lossPattern == Self.pattern(0, 0, 0))
        #expect(feed(numbers).skips > 0)
    }

    @Test func burstsOfEarlierRunsStay() {
        let source = feed([1, 2, 5, 6, 40_000, 40_001, 40_002])
        #expect(source.lossPattern == Self.pattern(1, 2, 2))
        #expect(source.restarts == 1)
    }

    @Test func gaps() {
        var source = ReceptionStatistics(ssrc: 1)
        for (number, milliseconds) in [0, 20, 40, 1540, 1560].enumerated() as EnumeratedSequence<[UInt64]> {
            source.record(
                sequenceNumber: UInt16(number), timestamp: 0, payloadType: 0, byteCount: 1, clockRate: 8000,
                now: 7_000_000_000 + milliseconds * 1_000_000)
        }
        #expect(source.firstArrival == 7_000_000_000)
        #expect(source.lastArrival == 8_560_000_000)
        #expect(source.longestGap == 1_500_000_000)
        #expect(source.longestGapEnd == 8_540_000_000)
    }

    /// A sender whose clock runs 100 ppm fast, with up to 30 ms of random delay.
    @Test(arguments: [100.0, -250, 0])
    func drift(_ millionths: Double) throws {
        var generator = SeededGenerator(seed: 5)
        var source = ReceptionStatistics(ssrc: 1)
        #expect(source.clockDrift == nil)
        for number in 0..<6000 {
            let sent = Double(number) * 20e6 / (1 + millionths / 1e6)
            source.record(
                sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number) * 160, payloadType: 0,
                byteCount: 172, clockRate: 8000,
                now: UInt64(sent) + UInt64.random(in: 0..<30_000_000, using: &generator))
        }
        #expect(abs(try #require(source.clockDrift) - millionths) < 15)
    }

    /// 20 ms packets, then comfort noise every 160 ms for a while.
    @Test func silenceOfTheSender() {
        var source = ReceptionStatistics(ssrc: 1)
        var timestamp: UInt32 = 0
        for number in 0..<100 {
            let isNoise = (50..<60).contains(number)
            timestamp += isNoise ? 1280 : 160
            source.record(
                sequenceNumber: UInt16(number), timestamp: timestamp, payloadType: isNoise ? 13 : 0, byteCount: 13,
                clockRate: 8000, isQuiet: isNoise, now: UInt64(timestamp) * 125_000)
        }
        #expect(source.samplesPerPacket == 160)
        #expect(source.silentMilliseconds == 10 * 140)
        #expect(source.quietPackets == 10)
        #expect(source.jitter == 0)
    }

    @Test func intervals() {
        var source = feed((1...100).filter { $0 != 7 })
        #expect(source.takeInterval() == (100, 1))
        #expect(source.takeInterval() == (0, 0))
    }

    @Test func fillsItsWords() {
        #expect(MemoryLayout<ReceptionStatistics>.size == ReceptionStatistics.wordCount * 8)
    }
}

@Suite struct RecentLossTests {
    /// Packets of 20 ms, of which those are lost that `isLost` says; intervals are taken as the packet path does it.
    private func play(_ count: Int, isLost: (Int) -> Bool) -> ReceptionStatistics {
        var source = ReceptionStatistics(ssrc: 1)
        for number in 0..<count where !isLost(number) {
            let now = UInt64(number) * 20_000_000
            source.record(
                sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number) * 160, payloadType: 0,
                byteCount: 172, clockRate: 8000, now: now)
            if source.packets % 32 == 0, source.isIntervalWhole(now: now) { _ = source.takeInterval() }
        }
        return source
    }

    @Test(arguments: [
        // Packets, from which one on every fourth is lost, until which one; hundredths of a percent.
        (200, 0, 200, 2400...2600), (20_000, 19_000, 20_000, 2300...2700), (20_000, 0, 18_000, 0...0),
        (20_000, 19_900, 20_000, 400...1200), (20_000, 0, 0, 0...0),
    ])
    func recentLoss(_ count: Int, _ first: Int, _ last: Int, _ expected: ClosedRange<Int>) {
        let source = play(count) { $0 % 4 == 1 && (first..<last).contains($0) }
        #expect(expected.contains(Int(source.recentLossBasisPoints)), "\(source.recentLossBasisPoints)")
    }

    /// Two thousand packets a second: an interval is some five seconds all the same.
    @Test func intervalsOfFastStreams() {
        var source = ReceptionStatistics(ssrc: 1)
        var taken: [UInt32] = []
        for number in 0..<60_000 {
            let now = UInt64(number) * 500_000
            source.record(
                sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: 0, payloadType: 96, byteCount: 1000,
                clockRate: 0, now: now)
            if source.packets % 32 == 0, source.isIntervalWhole(now: now) {
                taken.append(source.takeInterval().expected)
            }
        }
        #expect(taken.dropFirst().allSatisfy { (9_900...10_100).contains($0) }, "\(taken)")
    }

    /// Losses of a tenth of a second are few among those of the seconds before it, however fast the stream.
    @Test func recentLossOfFastStreams() {
        var source = ReceptionStatistics(ssrc: 1)
        func play(_ number: Int) {
            let now = UInt64(number) * 500_000
            source.record(
                sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: 0, payloadType: 96, byteCount: 1000,
                clockRate: 0, now: now)
        }
        for number in 0..<40_000 { play(number) }
        _ = source.takeInterval()
        for number in 40_000..<40_300 where number % 2 == 1 { play(number) }
        #expect(source.recentLossBasisPoints < 200, "\(source.recentLossBasisPoints)")
        for number in 40_300..<60_000 where number % 2 == 1 { play(number) }
        #expect(source.recentLossBasisPoints > 3000, "\(source.recentLossBasisPoints)")
    }

    @Test func numbersThatStandStill() {
        var source = play(1000) { _ in false }
        for _ in 0..<200 {
            source.record(
                sequenceNumber: 999, timestamp: 0, payloadType: 0, byteCount: 172, clockRate: 8000, now: 20_000_000_000)
        }
        #expect(source.recentRepetitions.surplus >= 190 && source.recentRepetitions.expected < 256)
        #expect(source.recentLossBasisPoints == 0)
        // Over the ends of intervals, and until the numbers go on.
        for number in 0..<2000 {
            let now = 20_000_000_000 + UInt64(number) * 20_000_000
            source.record(
                sequenceNumber: 999, timestamp: 0, payloadType: 0, byteCount: 172, clockRate: 8000, now: now)
            if source.packets % 32 == 0, source.isIntervalWhole(now: now) { _ = source.takeInterval() }
            let (expected, surplus) = source.recentRepetitions
            #expect(number < 600 || surplus >= 50 && surplus >= 9 * expected, "\(number)")
        }
        for number in 1000..<1060 {
            source.record(
                sequenceNumber: UInt16(number), timestamp: 0, payloadType: 0, byteCount: 172, clockRate: 8000,
                now: 60_000_000_000)
        }
        #expect(source.recentRepetitions.surplus < 9 * source.recentRepetitions.expected)
    }

    @Test func anEmptySource() {
        let source = ReceptionStatistics(ssrc: 1)
        #expect(source.recentLossBasisPoints == 0 && !source.isIntervalWhole(now: 0))
    }
}
