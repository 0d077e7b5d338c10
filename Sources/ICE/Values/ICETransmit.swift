public import NetTypes

/// One datagram to send.
public struct ICETransmit: Sendable, Hashable, BitwiseCopyable {
    /// Index of the local candidate whose socket sends.
    public let local: Int
    /// Where to.
    public let destination: TransportAddress
    /// Bytes written at the start of the buffer.
    public let count: Int
}
