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

    /// Writable.
    var bytes: UnsafeMutableRawPointer
    var count: Int
    /// Octets of memory at ``bytes``, at least ``count``.
    var room: Int
    let kind: Kind
    /// The bytes are ciphertext that the way out wants as it is.
    var isProtected = false
    /// What it came protected with: the number of the key, 0 for none, and its index. A sink that sends with the same
    /// key has to use the same index.
    var keyNumber: UInt64 = 0
    var index: UInt64 = 0
    /// For ``index``: the payload is not the one that came. One nonce must not serve two texts, so that a sink with the
    /// same key cannot send it like this (RFC 3711 §9.1, RFC 7714 §9.1).
    static let alteredIndex = UInt64.max
    /// The payload is not the one that came.
    var isAltered = false
    /// The first SSRC, which the nonce is made of, is one of the relay's own.
    var hasOwnSource = false
    /// Valid for ``Kind/rtp`` only.
    let header: RTPHeader

    @inline(__always)
    var isRTCP: Bool { kind == .rtcp }
}
