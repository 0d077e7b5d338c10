/// Why bytes are not the bencode that was expected.
public struct BencodeError: Error, Sendable, Equatable {
    /// The kinds of mistakes.
    public enum Reason: Sendable, Equatable {
        /// A byte that cannot stand here.
        case unexpectedByte(UInt8)
        /// An integer or string length with a leading zero, or `-0`.
        case leadingZero
        /// An integer outside 64 bits.
        case integerOverflow
        /// A dictionary key that is not a string.
        case nonStringKey
        /// More than ``BencodeLimits/depth`` containers inside each other.
        case tooDeep
        /// More than ``BencodeLimits/elements`` items.
        case tooManyElements
        /// More than ``BencodeLimits/bytes`` bytes, or a string that says it is longer than what is left of them.
        case tooLarge
        /// The input ended inside an item.
        case truncated
    }

    /// What is wrong.
    public var reason: Reason
    /// Where, in bytes from the start of the value.
    public var offset: Int

    /// An error for `reason` at `offset`.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

/// Bounds on what a decoder builds from hostile input.
public struct BencodeLimits: Sendable, Equatable {
    /// Containers inside each other.
    public var depth: Int
    /// Items in one value, dictionary keys not counted.
    public var elements: Int
    /// Bytes of one value on the wire.
    public var bytes: Int

    /// The defaults hold every message of the ng protocol: the largest datagram, and far more items than a real
    /// request has.
    public init(depth: Int = 32, elements: Int = 16_384, bytes: Int = 65_535) {
        self.depth = depth
        self.elements = elements
        self.bytes = bytes
    }
}
