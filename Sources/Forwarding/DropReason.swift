/// Why a received datagram was not forwarded. Also the label set of the drop counters.
public enum DropReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Not RTP, RTCP or anything else this port may receive, or shorter than its own header says.
    case malformed
    /// From another source than the learned one.
    case foreignSource
    /// No way out is known: the other side has not been signalled yet.
    case noSink
    /// A way out is known but its peer's address is not.
    case noDestination
    /// The plan blocks this port.
    case blocked
    /// The kernel refused to take the packet.
    case sendFailed
    /// The datagram was larger than the receive buffer.
    case truncated
    /// The port is encrypted and its keys are not agreed yet.
    case notKeyed
    /// SRTP or SRTCP whose authentication failed.
    case authenticationFailed
    /// SRTP or SRTCP seen before, or too old to tell; also of RTP that was to be transcoded.
    case replayed
    /// A key has protected as many packets as it may.
    case keyExpired
    /// STUN that belongs to no check of ours, or with wrong credentials.
    case stunRefused
    /// A DTLS datagram where none is due, or from elsewhere than the peer.
    case handshakeRefused
    /// It came round again and again between ports of this relay that send to each other.
    case looped
    /// It was to be transcoded, and its port has brought more than it may, or the threads that do this cannot keep up, or
    /// have all the streams that they may have.
    case transcoderBusy
}
