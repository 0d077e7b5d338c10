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
}
