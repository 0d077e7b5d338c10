/// Walks the items of a source description (RFC 3550 §6.5). Valid as long as the packet's buffer.
public struct SourceDescriptionReader {
    /// One item of one source.
    public struct Item {
        /// The number of CNAME, the one item every source sends.
        public static let cname: UInt8 = 1

        /// Whom the item describes.
        public let ssrc: UInt32
        /// 1 for CNAME, see RFC 3550 §12.2.
        public let type: UInt8
        /// UTF-8 by the RFC, any bytes in fact.
        public let value: UnsafeRawBufferPointer
    }

    private let bytes: UnsafeRawBufferPointer
    private var chunksLeft: Int
    private var offset = 0
    private var ssrc: UInt32?

    init(_ bytes: UnsafeRawBufferPointer, chunks: Int) {
        self.bytes = bytes
        chunksLeft = chunks
    }

    /// The next item; `nil` after the last one of the last chunk.
    public mutating func next() throws(RTCPError) -> Item? {
        while true {
            guard let ssrc else {
                guard chunksLeft > 0 else { return nil }
                guard bytes.count - offset >= 4 else { throw .truncatedContent }
                chunksLeft -= 1
                ssrc = bytes.uint32(at: offset)
                offset += 4
                continue
            }
            guard offset < bytes.count else { throw .truncatedContent }
            let type = bytes[offset]
            guard type != 0 else {
                // The null octets that end a chunk fill it up to a multiple of four.
                offset = (offset | 3) + 1
                self.ssrc = nil
                continue
            }
            guard bytes.count - offset >= 2 else { throw .truncatedContent }
            let count = Int(bytes[offset + 1])
            guard bytes.count - offset >= 2 + count else { throw .truncatedContent }
            defer { offset += 2 + count }
            return Item(ssrc: ssrc, type: type, value: bytes.slice(offset + 2, count))
        }
    }
}
