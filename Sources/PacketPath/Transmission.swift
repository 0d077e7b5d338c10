public import NetTypes

/// One datagram to send: through which port, to whom, which bytes.
public struct Transmission: BitwiseCopyable {
    /// Slot of the port that sends.
    public let slot: UInt32
    /// Generation of the sending port at the time the packet was handled.
    public let generation: UInt16
    /// Whether the packet is counted as RTCP.
    public let isRTCP: Bool
    /// STUN or DTLS of the relay itself: not counted as traffic of the port.
    public let isControl: Bool
    /// Number of bytes to send.
    public let count: Int32
    /// First byte; inside the buffer given to
    /// ``PacketPath/receive(slot:packet:capacity:isTruncated:source:now:into:)`` and valid as long as that buffer is, or
    /// else valid until ``PacketPath/batchSent()``.
    public let bytes: UnsafeRawPointer
    /// Where the datagram goes.
    public let destination: TransportAddress

    /// A datagram of `count` bytes at `bytes`.
    public init(
        slot: UInt32, generation: UInt16, destination: TransportAddress, bytes: UnsafeRawPointer, count: Int32,
        isRTCP: Bool, isControl: Bool = false
    ) {
        self.slot = slot
        self.generation = generation
        self.isRTCP = isRTCP
        self.isControl = isControl
        self.count = count
        self.bytes = bytes
        self.destination = destination
    }

    /// Whether both leave through the same port for the same destination and count as the same kind of traffic.
    @inline(__always)
    public func goesAlong(with other: Transmission) -> Bool {
        slot == other.slot && generation == other.generation && isRTCP == other.isRTCP && !isControl
            && !other.isControl && destination == other.destination
    }
}
