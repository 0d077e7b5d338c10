/// The twelve method bits of the message type (RFC 8489 §5). Unknown methods survive.
public struct STUNMethod: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// 0…0xFFF
    public let rawValue: UInt16

    /// A method by number; the upper four bits are dropped.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue & 0xFFF
    }

    /// RFC 8489 §18.2
    public static let binding = STUNMethod(rawValue: 0x001)
}
