internal import RTP

/// One datagram on its way through the stages.
struct ArrivedPacket {
    /// What a datagram is for this port.
    enum Kind: UInt8, BitwiseCopyable {
        case rtp
        case rtcp
        /// Of another protocol, counted as RTP.
        case opaque
    }

    let bytes: UnsafeRawPointer
    let count: Int
    let kind: Kind
    /// Valid for ``Kind/rtp`` only.
    let header: RTPHeader

    @inline(__always)
    var isRTCP: Bool { kind == .rtcp }
}
