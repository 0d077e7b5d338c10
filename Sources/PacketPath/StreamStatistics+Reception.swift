public import Forwarding
public import RTP

extension StreamStatistics {
    /// What a receiver knows of a source, as others see it.
    public init(_ source: ReceptionStatistics) {
        self.init(ssrc: source.ssrc)
        payloadType = source.payloadType
        packets = source.packets
        bytes = source.bytes
        expected = UInt64(source.expected)
        lost = source.lost
        recentLossBasisPoints = source.recentLossBasisPoints
        (recentExpected, recentRepetitions) = source.recentRepetitions
        duplicates = UInt64(source.duplicates)
        reordered = UInt64(source.reordered)
        skips = UInt64(source.skips)
        restarts = UInt64(source.restarts)
        lastTimestamp = source.lastTimestamp
        extendedHighestSequenceNumber = source.extendedHighestSequenceNumber
        jitter = source.jitter
        highestJitter = source.highestJitter
        clockRate = source.clockRate
        samplesPerPacket = source.samplesPerPacket
        let pattern = source.lossPattern
        (bursts, burstPackets, burstLosses) = (pattern.bursts, pattern.burstPackets, pattern.burstLosses)
        clockDrift = source.clockDrift
        firstPacketNanoseconds = source.firstArrival
        lastPacketNanoseconds = source.lastArrival
        longestGapNanoseconds = source.longestGap
        longestGapEndNanoseconds = source.longestGapEnd
        silentMilliseconds = source.silentMilliseconds
        quietPackets = source.quietPackets
    }
}
