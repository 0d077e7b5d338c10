/// The part of a receiver's state that makes consecutive reports of one source (RFC 3550 A.3).
public struct ReceptionInterval: Sendable, Equatable, BitwiseCopyable {
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0

    /// A source that has not been reported yet.
    public init() {}

    /// The report block for everything since the last call.
    ///
    /// - Parameters:
    ///   - lastReport: middle 32 bits of the NTP timestamp of the source's last sender report; 0 for none.
    ///   - delay: time since that report in units of 1/65536 s; 0 for none.
    public mutating func nextReport(
        of source: ReceptionStatistics, lastReport: UInt32, delay: UInt32
    ) -> ReportBlock {
        let (expected, received) = (source.expected, source.received)
        // Both counters start again when the sender does.
        if expected < expectedBefore || received < receivedBefore {
            (expectedBefore, receivedBefore) = (0, 0)
        }
        let expectedNow = expected &- expectedBefore
        let lostNow = Int64(expectedNow) - Int64(received &- receivedBefore)
        (expectedBefore, receivedBefore) = (expected, received)
        let fraction = expectedNow == 0 || lostNow <= 0 ? 0 : (lostNow << 8) / Int64(expectedNow)
        return ReportBlock(
            ssrc: source.ssrc,
            fractionLost: UInt8(clamping: fraction),
            cumulativeLost: Int32(min(max(Int64(expected) - Int64(received), -0x80_0000), 0x7F_FFFF)),
            extendedHighestSequenceNumber: source.extendedHighestSequenceNumber,
            jitter: source.jitter,
            lastReport: lastReport,
            delaySinceLastReport: delay)
    }
}
