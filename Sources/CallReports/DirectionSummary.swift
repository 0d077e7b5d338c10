public import Forwarding
public import Quality

/// What came from one party for one section, over all its ports, in a few numbers.
public struct DirectionSummary: Sendable, Equatable {
    /// RTP received.
    public var packets: UInt64 = 0
    /// Its octets.
    public var bytes: UInt64 = 0
    /// RTCP received.
    public var rtcpPackets: UInt64 = 0
    /// RTP sent to the party.
    public var sentPackets: UInt64 = 0
    /// Lost RTP packets of all streams.
    public var lost: UInt64 = 0
    /// Lost packets of those expected, in percent.
    public var lossPercent = 0.0
    /// RTP packets received again.
    public var duplicates: UInt64 = 0
    /// RTP packets behind a later one.
    public var reordered: UInt64 = 0
    /// Of the last stream.
    public var jitterMicroseconds: UInt32 = 0
    /// Instant of the first packet of any kind; 0 for never.
    public var firstPacketNanoseconds: UInt64 = 0
    /// Instant of the last RTP packet; 0 for never.
    public var lastPacketNanoseconds: UInt64 = 0
    /// The longest time between two RTP packets.
    public var longestGapNanoseconds: UInt64 = 0
    /// Dropped packets by reason, without those that are 0.
    public var drops: [(reason: DropReason, count: UInt64)] = []
    /// As measured on the packets: the mean of all samples, or of the whole call when it was short.
    public var measured: QualitySample?
    /// As the party reports what it hears: the mean of all its reports.
    public var heard: QualitySample?

    /// Nothing received.
    public init() {}

    /// Equal in all parts.
    public static func == (one: DirectionSummary, other: DirectionSummary) -> Bool {
        one.packets == other.packets && one.bytes == other.bytes && one.rtcpPackets == other.rtcpPackets
            && one.sentPackets == other.sentPackets && one.lost == other.lost
            && one.duplicates == other.duplicates && one.reordered == other.reordered
            && one.jitterMicroseconds == other.jitterMicroseconds
            && one.firstPacketNanoseconds == other.firstPacketNanoseconds
            && one.lastPacketNanoseconds == other.lastPacketNanoseconds
            && one.longestGapNanoseconds == other.longestGapNanoseconds
            && one.drops.elementsEqual(other.drops, by: ==) && one.measured == other.measured
            && one.heard == other.heard
    }
}

extension SectionReport {
    /// What came from the party.
    public var received: DirectionSummary {
        var sum = DirectionSummary()
        var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)
        var streams: [StreamStatistics] = []
        for counters in ports.compactMap(\.counters) {
            sum.packets &+= counters.rtpIn.packets
            sum.bytes &+= counters.rtpIn.bytes
            sum.rtcpPackets &+= counters.rtcpIn.packets
            sum.sentPackets &+= counters.rtpOut.packets
            for index in drops.indices where index < counters.drops.count { drops[index] &+= counters.drops[index] }
            let first = counters.firstPacketNanoseconds
            if first != 0, sum.firstPacketNanoseconds == 0 || first < sum.firstPacketNanoseconds {
                sum.firstPacketNanoseconds = first
            }
            streams += counters.ingress
        }
        sum.drops = DropReason.allCases.compactMap { reason in
            let count = drops[Int(reason.rawValue)]
            return count == 0 ? nil : (reason, count)
        }
        sum.add(streams.sorted { $0.lastPacketNanoseconds < $1.lastPacketNanoseconds })
        sum.measured = measuredQuality
        sum.heard =
            ports.compactMap(\.counters).flatMap(\.receptionReports).map(\.quality)
            .max { $0.samples < $1.samples }?.average
        return sum
    }

    /// The quality of what came from the party: the mean of the samples, or what the main stream was like as a whole
    /// while there are none. `nil` for too few packets, and for codecs that are not rated.
    public var measuredQuality: QualitySample? {
        let counters = ports.compactMap(\.counters)
        if let average = counters.map(\.measuredQuality).max(by: { $0.samples < $1.samples })?.average {
            return average
        }
        guard let stream = counters.flatMap(\.ingress).max(by: { $0.packets < $1.packets }), stream.packets >= 25,
            let name = signalled.formats.first(where: { $0.payloadType == stream.payloadType })?.name,
            let codec = CodecImpairment(encodingName: String(name.prefix { $0 != "/" }))
        else { return nil }
        return stream.quality(codec)
    }
}

extension StreamStatistics {
    /// The quality of the stream as a whole, without the delay, of which nothing is known here.
    public func quality(_ codec: CodecImpairment) -> QualitySample {
        // Mean length of a run of losses, over what it is at random (G.107 §7.5).
        let run = skips == 0 ? 1 : Double(lost) / Double(skips)
        return QualitySample(
            measuredLossBasisPoints: UInt16(clamping: Int(lossPercent * 100)),
            burstRatio: Float(max(1, run * (1 - lossPercent / 100))), jitterMicroseconds: jitterMicroseconds,
            roundTripMicroseconds: 0, codec: codec, nanoseconds: lastPacketNanoseconds)
    }
}

extension DirectionSummary {
    /// - Parameter streams: the one that was heard last, last.
    fileprivate mutating func add(_ streams: [StreamStatistics]) {
        var received: UInt64 = 0
        for stream in streams {
            lost &+= stream.lost
            duplicates &+= stream.duplicates
            reordered &+= stream.reordered
            received &+= stream.packets &- min(stream.packets, stream.duplicates)
            lastPacketNanoseconds = max(lastPacketNanoseconds, stream.lastPacketNanoseconds)
            longestGapNanoseconds = max(longestGapNanoseconds, stream.longestGapNanoseconds)
        }
        jitterMicroseconds = streams.last?.jitterMicroseconds ?? 0
        if lost > 0 { lossPercent = Double(lost) * 100 / Double(lost &+ received) }
    }
}
