/// Walks the blocks of an extended report (RFC 3611 §3). Valid as long as the packet's buffer.
public struct ExtendedReportReader {
    /// One report block.
    public struct Block {
        /// Receiver reference time (RFC 3611 §4.4)
        public static let receiverReferenceTime: UInt8 = 4
        /// DLRR (RFC 3611 §4.5)
        public static let delaySinceLastReceiverReport: UInt8 = 5
        /// VoIP metrics (RFC 3611 §4.7)
        public static let voipMetrics: UInt8 = 7

        /// BT
        public let type: UInt8
        /// The type-specific octet.
        public let specific: UInt8
        /// What follows the block's first four octets.
        public let body: UnsafeRawBufferPointer
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next block; `nil` at the end.
    public mutating func next() throws(RTCPError) -> Block? {
        guard offset < bytes.count else { return nil }
        guard let block = nextSound() else { throw .truncatedContent }
        return block
    }

    /// The next block; `nil` at the end and at one that is cut short.
    public mutating func nextSound() -> Block? {
        let left = bytes.count - offset
        guard left >= 4 else { return nil }
        let count = (Int(bytes.uint16(at: offset + 2)) + 1) * 4
        guard count <= left else { return nil }
        defer { offset += count }
        return Block(type: bytes[offset], specific: bytes[offset + 1], body: bytes.slice(offset + 4, count - 4))
    }
}

extension ExtendedReportReader.Block {
    /// The time of the sender of a receiver reference time block, 32.32 fixed point seconds (RFC 3611 §4.4).
    public var referenceTime: UInt64? {
        type == Self.receiverReferenceTime && body.count >= 8 ? body.uint64(at: 0) : nil
    }

    /// Number of sub-blocks of a DLRR block (RFC 3611 §4.5).
    public var receiverReportCount: Int {
        type == Self.delaySinceLastReceiverReport ? body.count / 12 : 0
    }

    /// The sub-block at `index`, below ``receiverReportCount``: which receiver's reference time it answers (LRR, the
    /// middle 32 bits), and for how long it was held, in 1/65536 s.
    public func receiverReport(_ index: Int) -> (ssrc: UInt32, lastReport: UInt32, delay: UInt32)? {
        guard index >= 0, index < receiverReportCount else { return nil }
        return (body.uint32(at: index * 12), body.uint32(at: index * 12 + 4), body.uint32(at: index * 12 + 8))
    }

    /// The content of a VoIP metrics block.
    public var voiceMetrics: VoiceMetrics? {
        guard type == Self.voipMetrics, body.count >= VoiceMetrics.byteCount else { return nil }
        return VoiceMetrics(body)
    }
}

/// What an end says of the voice it hears (RFC 3611 §4.7). 127 stands for an unavailable R factor or MOS.
public struct VoiceMetrics: Sendable, Equatable, BitwiseCopyable {
    static let byteCount = 32

    /// The source that is reported on.
    public let ssrc: UInt32
    /// Lost packets, in 1/256.
    public let lossRate: UInt8
    /// Packets discarded because they came too late, in 1/256.
    public let discardRate: UInt8
    /// Lost or discarded packets in bursts, in 1/256.
    public let burstDensity: UInt8
    /// Lost or discarded packets in gaps, in 1/256.
    public let gapDensity: UInt8
    /// Mean length of bursts in milliseconds.
    public let burstDuration: UInt16
    /// Mean length of gaps in milliseconds.
    public let gapDuration: UInt16
    /// Milliseconds.
    public let roundTripDelay: UInt16
    /// Milliseconds in the end itself.
    public let endSystemDelay: UInt16
    /// R, 0…100.
    public let rFactor: UInt8
    /// Ten times MOS-LQ.
    public let listeningQuality: UInt8
    /// Ten times MOS-CQ.
    public let conversationalQuality: UInt8
    /// Nominal delay of the jitter buffer in milliseconds.
    public let jitterBufferNominal: UInt8

    init(_ bytes: UnsafeRawBufferPointer) {
        ssrc = bytes.uint32(at: 0)
        lossRate = bytes[4]
        discardRate = bytes[5]
        burstDensity = bytes[6]
        gapDensity = bytes[7]
        burstDuration = bytes.uint16(at: 8)
        gapDuration = bytes.uint16(at: 10)
        roundTripDelay = bytes.uint16(at: 12)
        endSystemDelay = bytes.uint16(at: 14)
        rFactor = bytes[20]
        listeningQuality = bytes[22]
        conversationalQuality = bytes[23]
        jitterBufferNominal = UInt8(clamping: bytes.uint16(at: 26))
    }
}
