/// The little that protection needs to know of a packet's start. All octets are in `packet[0..<length]`.
enum PacketHeader {
    /// Longer packets do not fit a datagram.
    static let lengthLimit = 65_535
    static let rtpFixedLength = 12

    /// Octets of the RTP header with CSRCs and extension (RFC 3550 §5.1), or `nil` if it is not one or goes beyond
    /// `length`.
    @inline(__always)
    static func rtpHeaderLength(_ packet: UnsafeRawPointer, length: Int) -> Int? {
        guard length >= rtpFixedLength, length <= lengthLimit else { return nil }
        let first = packet.load(as: UInt8.self)
        guard first & 0xC0 == 0x80 else { return nil }
        var headerLength = rtpFixedLength &+ Int(first & 0x0F) &* 4
        if first & 0x10 != 0 {
            guard headerLength &+ 4 <= length else { return nil }
            let words = UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: headerLength &+ 2, as: UInt16.self))
            headerLength = headerLength &+ 4 &+ Int(words) &* 4
        }
        return headerLength <= length ? headerLength : nil
    }

    @inline(__always)
    static func sequenceNumber(_ packet: UnsafeRawPointer) -> UInt16 {
        UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }

    @inline(__always)
    static func rtpSSRC(_ packet: UnsafeRawPointer) -> UInt32 {
        UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    /// Whether this can be an RTCP packet: version 2 and a whole first header (RFC 3550 §6.4.1).
    @inline(__always)
    static func isRTCP(_ packet: UnsafeRawPointer, length: Int) -> Bool {
        length >= 8 && length <= lengthLimit && packet.load(as: UInt8.self) & 0xC0 == 0x80
    }

    @inline(__always)
    static func rtcpSSRC(_ packet: UnsafeRawPointer) -> UInt32 {
        UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }
}
