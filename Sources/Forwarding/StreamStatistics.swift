/// What was received of one SSRC (RFC 3550 §6.4.1, A.3, A.8; RFC 3611 §4.7.2), or sent: then losses, times and all that
/// follows from them stay at zero.
public struct StreamStatistics: Sendable, Equatable {
    /// The synchronization source.
    public var ssrc: UInt32
    /// Of the last packet.
    public var payloadType: UInt8 = 0
    /// Number of packets.
    public var packets: UInt64 = 0
    /// UDP payload bytes, RTP header included.
    public var bytes: UInt64 = 0
    /// Packets that should have come since the sender's last restart.
    public var expected: UInt64 = 0
    /// Expected less received, never below zero.
    public var lost: UInt64 = 0
    /// Loss in the last five to ten seconds of media, or the last few hundred packets, in hundredths of a percent.
    public var recentLossBasisPoints: UInt16 = 0
    /// Packets expected in the last seconds.
    public var recentExpected: UInt32 = 0
    /// How many more than these have come.
    public var recentRepetitions: UInt32 = 0
    /// Packets received again.
    public var duplicates: UInt64 = 0
    /// Packets behind a later one.
    public var reordered: UInt64 = 0
    /// How often at least one sequence number was left out.
    public var skips: UInt64 = 0
    /// How often the sender began a new run of sequence numbers.
    public var restarts: UInt64 = 0
    /// RTP timestamp of the last packet.
    public var lastTimestamp: UInt32 = 0
    /// With the cycles above the lower 16 bits (RFC 3550 §6.4.1).
    public var extendedHighestSequenceNumber: UInt32 = 0
    /// Interarrival jitter in RTP timestamp units.
    public var jitter: UInt32 = 0
    /// The highest value that the jitter has had, in RTP timestamp units.
    public var highestJitter: UInt32 = 0
    /// Clock rate in Hz; 0 when the payload type is unknown.
    public var clockRate: UInt32 = 0
    /// RTP timestamp units from one packet to the next; 0 when unknown.
    public var samplesPerPacket: UInt32 = 0
    /// Bursts of losses: at least two, with fewer than 16 received packets between them.
    public var bursts: UInt32 = 0
    /// Packets in bursts, lost and received.
    public var burstPackets: UInt32 = 0
    /// Lost packets in bursts.
    public var burstLosses: UInt32 = 0
    /// By how many millionths the sender's RTP clock is faster than ours; `nil` while unknown.
    public var clockDrift: Double?
    /// Monotonic nanoseconds of the first packet.
    public var firstPacketNanoseconds: UInt64 = 0
    /// Monotonic nanoseconds of the last packet.
    public var lastPacketNanoseconds: UInt64 = 0
    /// The longest time between two packets.
    public var longestGapNanoseconds: UInt64 = 0
    /// Monotonic nanoseconds at which it ended.
    public var longestGapEndNanoseconds: UInt64 = 0
    /// Milliseconds of the sender's timeline for which it sent nothing (discontinuous transmission).
    public var silentMilliseconds: UInt32 = 0
    /// Packets of comfort noise, or with a payload of at most eight octets.
    public var quietPackets: UInt32 = 0

    /// A stream of which nothing is known but its SSRC.
    public init(ssrc: UInt32) {
        self.ssrc = ssrc
    }
}

extension StreamStatistics {
    /// Jitter in microseconds; 0 when the clock is unknown.
    public var jitterMicroseconds: UInt32 { microseconds(jitter) }
    /// The highest jitter in microseconds; 0 when the clock is unknown.
    public var highestJitterMicroseconds: UInt32 { microseconds(highestJitter) }

    private func microseconds(_ units: UInt32) -> UInt32 {
        clockRate == 0 ? 0 : UInt32(clamping: UInt64(units) * 1_000_000 / UInt64(clockRate))
    }

    /// Lost packets of those expected, in percent; 0 when none were expected.
    public var lossPercent: Double {
        // Packets expected before a restart are those received and lost then.
        let all = max(packets &- min(duplicates, packets) &+ lost, 1)
        return min(100, Double(lost) * 100 / Double(all))
    }

    /// ``recentLossBasisPoints`` in percent.
    public var recentLossPercent: Double { Double(recentLossBasisPoints) / 100 }

    /// Loss in bursts, as a share of the packets in bursts (RFC 3611 §4.7.2); 0 without bursts.
    public var burstDensity: Double { burstPackets == 0 ? 0 : Double(burstLosses) / Double(burstPackets) }

    /// Mean length of a burst in packets; 0 without bursts.
    public var meanBurstPackets: Double { bursts == 0 ? 0 : Double(burstPackets) / Double(bursts) }

    /// Share of the packets that carried comfort noise or next to nothing, 0…1.
    public var quietShare: Double { packets == 0 ? 0 : min(1, Double(quietPackets) / Double(packets)) }
}
