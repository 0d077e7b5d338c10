/// Why a compound RTCP packet cannot be read on.
public enum RTCPError: Error, Sendable, Equatable {
    /// Fewer than four bytes are left.
    case truncatedHeader
    /// The version is not 2.
    case wrongVersion(UInt8)
    /// The packet type is outside 192…223 (RFC 5761 §4).
    case notRTCP(UInt8)
    /// The packet is longer than the datagram.
    case truncatedPacket
    /// The padding count is zero, no multiple of four, or longer than the packet; or another packet follows padding.
    case invalidPadding
    /// Too short for what its type and count announce.
    case truncatedContent
}
