/// A BYE packet (RFC 3550 §6.6). Valid as long as the packet's buffer.
public struct Goodbye {
    /// How many sources leave.
    public let count: Int
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    /// The leaving source at `index`, below ``count``.
    public func source(_ index: Int) -> UInt32? {
        index >= 0 && index < count ? bytes.uint32(at: index * 4) : nil
    }

    /// The reason given, if there is one and it is there as a whole.
    public var reason: UnsafeRawBufferPointer? {
        let offset = count * 4
        guard offset < bytes.count, offset + 1 + Int(bytes[offset]) <= bytes.count else { return nil }
        return bytes.slice(offset + 1, Int(bytes[offset]))
    }
}
