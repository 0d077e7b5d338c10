import LoadGenerator
import Testing

struct DelayHistogramTests {
    @Test func bucketsGrowWithTheValue() {
        var last = -1
        for value in UInt64(0)..<100_000 {
            let bucket = DelayHistogram.bucket(of: value)
            #expect(bucket == last || bucket == last + 1)
            last = bucket
        }
    }

    @Test(arguments: 0..<36)
    func bucketStandsForItsValuesWithinOnePercent(bits: UInt64) {
        var random = SplitMix(seed: bits)
        for _ in 0..<200 {
            let value = 1 << bits + random.next() % (1 << bits)
            let shown = DelayHistogram.value(of: DelayHistogram.bucket(of: value))
            #expect(abs(Double(shown) - Double(value)) <= 0.008 * Double(value))
        }
    }

    @Test(arguments: [UInt64(1) << 36, 1 << 40, .max])
    func everythingAboveTheScaleIsInTheLastBucket(value: UInt64) {
        #expect(DelayHistogram.bucket(of: value) == DelayHistogram.bucketCount - 1)
    }

    @Test func percentilesOfAKnownDistribution() throws {
        var histogram = DelayHistogram()
        for value in 1...1000 { histogram.record(UInt64(value) * 1000) }
        let summary = try #require(histogram.summary)
        #expect(histogram.count == 1000)
        #expect(abs(Double(summary.median) - 500_000) <= 4000)
        #expect(abs(Double(summary.p99) - 990_000) <= 8000)
        #expect(abs(Double(summary.p999) - 999_000) <= 8000)
        #expect(summary.maximum == 1_000_000)
        #expect(histogram.percentile(0) == 1000 || histogram.percentile(0) == 1002)
        #expect(histogram.percentile(1).map { $0 <= 1_000_000 } == true)
    }

    @Test func emptyHistogramHasNoPercentiles() {
        #expect(DelayHistogram().percentile(0.5) == nil)
        #expect(DelayHistogram().summary == nil)
    }

    @Test func rawCountsGiveTheSameHistogram() {
        var recorded = DelayHistogram()
        var counts = [UInt64](repeating: 0, count: DelayHistogram.bucketCount)
        for value in [UInt64(0), 17, 40_000, 41_000, 9_999_999] {
            recorded.record(value)
            counts[DelayHistogram.bucket(of: value)] += 1
        }
        #expect(counts.withUnsafeBufferPointer { DelayHistogram(counts: $0, maximum: 9_999_999) } == recorded)
    }
}
