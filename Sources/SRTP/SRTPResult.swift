/// What became of one packet. Anything but ``ok(length:)`` left its octets as they were, unless it says otherwise.
public enum SRTPResult: Sendable, Hashable {
    /// Done in place; the packet now has this many octets.
    case ok(length: Int)
    /// The index was seen before or is older than the replay window (RFC 3711 §3.3.2). From a sender: its index was
    /// used already and must not be used again.
    case replayed
    /// The tag, or the MKI, is not that of this key.
    case authenticationFailed
    /// Not a packet of the kind asked for, or too short for one.
    case malformed
    /// The indices of this key are used up (RFC 3711 §9.2): 2^48 for a stream, 2^31 for SRTCP. From a sender also: it
    /// has protected too many SSRCs to remember one more.
    case keyExpired
    /// No room behind the packet for what has to be appended.
    case bufferTooSmall
    /// libcrypto refused. The octets are lost.
    case cipherFailed
}
