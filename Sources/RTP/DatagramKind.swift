/// The protocol of a datagram that arrived on a media port, told by its first two bytes alone (RFC 7983 §7).
public enum DatagramKind: UInt8, Sendable, BitwiseCopyable {
    /// First byte 0…3.
    case stun
    /// First byte 16…19.
    case zrtp
    /// First byte 20…63.
    case dtls
    /// First byte 64…79.
    case turnChannel
    /// First byte 128…191, and not RTCP.
    case rtp
    /// First byte 128…191, second byte 192…223: what would be the marker bit and payload types 64…95 (RFC 5761 §4).
    case rtcp
    /// Anything else, and everything shorter than two bytes.
    case unknown

    /// The kind of `datagram`. Nothing but the two bytes is checked: a header may still be cut short.
    public init(of datagram: UnsafeRawBufferPointer) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 128...191: self = (192...223).contains(datagram[1]) ? .rtcp : .rtp
        case 0...3: self = .stun
        case 16...19: self = .zrtp
        case 20...63: self = .dtls
        case 64...79: self = .turnChannel
        default: self = .unknown
        }
    }
}
