/// One report block of a sender or receiver report (RFC 3550 §6.4.1).
public struct ReportBlock: Sendable, Equatable, BitwiseCopyable {
    static let byteCount = 24

    /// The source that is reported on.
    public var ssrc: UInt32
    /// Losses since the last report, in 1/256 of the packets expected.
    public var fractionLost: UInt8
    /// Losses since the beginning, 24 bits signed: negative when duplicates outnumber them.
    public var cumulativeLost: Int32
    /// Highest sequence number received, cycles in the upper half.
    public var extendedHighestSequenceNumber: UInt32
    /// In timestamp units.
    public var jitter: UInt32
    /// LSR: middle 32 bits of the NTP timestamp of the last sender report from this source; 0 for none.
    public var lastReport: UInt32
    /// DLSR: time since that report, in 1/65536 s.
    public var delaySinceLastReport: UInt32

    /// A block from its fields.
    public init(
        ssrc: UInt32, fractionLost: UInt8, cumulativeLost: Int32, extendedHighestSequenceNumber: UInt32, jitter: UInt32,
        lastReport: UInt32, delaySinceLastReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequenceNumber = extendedHighestSequenceNumber
        self.jitter = jitter
        self.lastReport = lastReport
        self.delaySinceLastReport = delaySinceLastReport
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        ssrc = bytes.uint32(at: 0)
        let losses = bytes.uint32(at: 4)
        fractionLost = UInt8(losses >> 24)
        cumulativeLost = Int32(bitPattern: losses << 8) >> 8
        extendedHighestSequenceNumber = bytes.uint32(at: 8)
        jitter = bytes.uint32(at: 12)
        lastReport = bytes.uint32(at: 16)
        delaySinceLastReport = bytes.uint32(at: 20)
    }

    /// The round trip to the reporter in 1/65536 s (RFC 3550 §6.4.1), when the report arrived at `now`, middle 32 bits
    /// of an NTP timestamp; `nil` when the reporter has had no sender report, or when the times contradict each other.
    public func roundTrip(receivedAt now: UInt32) -> UInt32? {
        guard lastReport != 0 else { return nil }
        let roundTrip = now &- lastReport &- delaySinceLastReport
        return Int32(bitPattern: roundTrip) >= 0 ? roundTrip : nil
    }
}

/// The report blocks of one packet, read one at a time. Valid as long as the packet's buffer.
public struct ReportBlocks: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer
    private var left: Int

    init(_ bytes: UnsafeRawBufferPointer, count: Int) {
        rest = bytes
        left = count
    }

    /// The next block.
    public mutating func next() -> ReportBlock? {
        guard left > 0, rest.count >= ReportBlock.byteCount else { return nil }
        left -= 1
        let block = ReportBlock(rest.slice(0, ReportBlock.byteCount))
        rest = rest.slice(ReportBlock.byteCount, rest.count - ReportBlock.byteCount)
        return block
    }
}

/// What the sender of a sender report says about itself (RFC 3550 §6.4.1).
public struct SenderInformation: Sendable, Equatable, BitwiseCopyable {
    static let byteCount = 20

    /// Wall clock, 32.32 fixed point seconds since 1900.
    public var ntpTimestamp: UInt64
    /// The same moment in units of the RTP clock.
    public var rtpTimestamp: UInt32
    /// Packets sent.
    public var packets: UInt32
    /// Payload bytes sent.
    public var octets: UInt32

    /// A sender's information from its fields.
    public init(ntpTimestamp: UInt64, rtpTimestamp: UInt32, packets: UInt32, octets: UInt32) {
        self.ntpTimestamp = ntpTimestamp
        self.rtpTimestamp = rtpTimestamp
        self.packets = packets
        self.octets = octets
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        ntpTimestamp = bytes.uint64(at: 0)
        rtpTimestamp = bytes.uint32(at: 8)
        packets = bytes.uint32(at: 12)
        octets = bytes.uint32(at: 16)
    }

    /// The middle 32 bits of the NTP timestamp: what a receiver sends back as LSR.
    public var shortTimestamp: UInt32 { UInt32(truncatingIfNeeded: ntpTimestamp >> 16) }
}
