/// Where a receiver or sender keeps what an RTP packet needs of it besides itself, for who wants to have it fetched ahead
/// of the packet. Valid as long as the context.
public struct ContextMemory: BitwiseCopyable {
    /// The session keys of RTP, as ``KeyBlock`` has them.
    public let keys: UnsafeRawPointer
    /// The state of the first stream, which is most often the only one.
    public let stream: UnsafeRawPointer

    /// Octets of the keys: those of the shorter AES keys.
    public static let keysLength = KeyBlock.hotLength
    /// Octets of a stream with the usual window.
    public static let streamLength = 128
    /// First octet of a context that an RTP packet needs.
    public static let contextOffset = MemoryLayout<PacketTransform>.stride
}
