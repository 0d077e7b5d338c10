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
        let left = bytes.count - offset
        guard left > 0 else { return nil }
        guard left >= 4 else { throw .truncatedContent }
        let count = (Int(bytes.uint16(at: offset + 2)) + 1) * 4
        guard count <= left else { throw .truncatedContent }
        defer { offset += count }
        return Block(type: bytes[offset], specific: bytes[offset + 1], body: bytes.slice(offset + 4, count - 4))
    }
}
