/// Counts of durations in log-linear buckets, 128 to every power of two, so that a percentile read from it is within
/// 0.8 % of the true one at any scale.
public struct DelayHistogram: Equatable, Sendable {
    /// Number of buckets; the last one also takes everything above a minute.
    package static let bucketCount = 29 * 128 + 128

    private var counts: [UInt64]
    /// The largest duration recorded, exactly, in nanoseconds.
    public private(set) var maximum: UInt64

    /// A histogram without values.
    public init() {
        counts = Array(repeating: 0, count: Self.bucketCount)
        maximum = 0
    }

    /// A histogram from counts gathered in raw memory by the same bucket rule.
    package init(counts: UnsafeBufferPointer<UInt64>, maximum: UInt64) {
        self.counts = Array(counts.prefix(Self.bucketCount))
        self.counts.append(contentsOf: repeatElement(0, count: Self.bucketCount - self.counts.count))
        self.maximum = maximum
    }

    /// The bucket that counts a duration of `nanoseconds`.
    @inline(__always)
    package static func bucket(of nanoseconds: UInt64) -> Int {
        let value = min(nanoseconds, 1 << 36 - 1)
        let shift = max(0, 56 - value.leadingZeroBitCount)
        return shift * 128 + Int(truncatingIfNeeded: value >> UInt64(shift))
    }

    /// The middle of the durations that `bucket` counts, in nanoseconds.
    package static func value(of bucket: Int) -> UInt64 {
        guard bucket >= 256 else { return UInt64(bucket) }
        let shift = UInt64(bucket / 128 - 1)
        return UInt64(bucket % 128 + 128) << shift + (1 << shift) / 2
    }

    /// Counts one duration.
    public mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        maximum = max(maximum, nanoseconds)
    }

    /// Counts what another histogram has counted.
    public mutating func add(_ other: DelayHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        maximum = max(maximum, other.maximum)
    }

    /// Number of durations recorded.
    public var count: UInt64 { counts.reduce(0, +) }

    /// The duration in nanoseconds that a share `fraction` (0…1) of all recorded ones does not exceed; `nil` when
    /// nothing was recorded.
    public func percentile(_ fraction: Double) -> UInt64? {
        let total = count
        guard total > 0 else { return nil }
        let rank = max(1, UInt64((fraction * Double(total)).rounded(.up)))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return min(Self.value(of: bucket), maximum) }
        }
        return maximum
    }

    /// The usual percentiles; `nil` when nothing was recorded.
    public var summary: DelaySummary? {
        guard let median = percentile(0.5), let p99 = percentile(0.99), let p999 = percentile(0.999) else { return nil }
        return DelaySummary(median: median, p99: p99, p999: p999, maximum: maximum)
    }
}

/// What a distribution of delays is reported as; all in nanoseconds.
public struct DelaySummary: Equatable, Sendable {
    /// The delay half of the packets do not exceed.
    public let median: UInt64
    /// 99 % do not exceed this.
    public let p99: UInt64
    /// 99.9 % do not exceed this.
    public let p999: UInt64
    /// The largest one.
    public let maximum: UInt64

    package init(median: UInt64, p99: UInt64, p999: UInt64, maximum: UInt64) {
        self.median = median
        self.p99 = p99
        self.p999 = p999
        self.maximum = maximum
    }
}
