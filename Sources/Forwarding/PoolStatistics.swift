public import Quality

/// What all ports of one local address have seen since the start, those closed by now included.
public struct PoolStatistics: Sendable, Equatable {
    /// RTP and RTCP received.
    public var ingress = PortCounters.Traffic()
    /// RTP and RTCP sent; errors are packets that the kernel refused.
    public var egress = PortCounters.Traffic()
    /// Lost RTP packets.
    public var lost: UInt64 = 0
    /// RTP packets received again.
    public var duplicates: UInt64 = 0
    /// RTP packets behind a later one.
    public var reordered: UInt64 = 0
    /// How often sequence numbers were left out.
    public var skips: UInt64 = 0
    /// How often senders began a new run of sequence numbers.
    public var restarts: UInt64 = 0
    /// MOS, of what ends have reported.
    public var opinionScore = MeasureSums()
    /// Reported jitter in milliseconds.
    public var jitter = MeasureSums()
    /// Round trips from end to end in microseconds.
    public var roundTrip = MeasureSums()
    /// Round trips between the relay and an end, in microseconds.
    public var legRoundTrip = MeasureSums()
    /// Reported loss in percent.
    public var loss = MeasureSums()
    /// Jitter measured here in milliseconds, where a report gave the occasion to look.
    public var measuredJitter = MeasureSums()

    /// Nothing seen.
    public init() {}

    /// Adds `other` to this.
    public static func += (sum: inout PoolStatistics, other: PoolStatistics) {
        sum.ingress += other.ingress
        sum.egress += other.egress
        sum.lost &+= other.lost
        sum.duplicates &+= other.duplicates
        sum.reordered &+= other.reordered
        sum.skips &+= other.skips
        sum.restarts &+= other.restarts
        sum.opinionScore += other.opinionScore
        sum.jitter += other.jitter
        sum.roundTrip += other.roundTrip
        sum.legRoundTrip += other.legRoundTrip
        sum.loss += other.loss
        sum.measuredJitter += other.measuredJitter
    }
}
