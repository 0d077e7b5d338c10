/// The 96 bits that join a response with its request (RFC 8489 §5), in host order.
public struct STUNTransactionID: Hashable, Sendable, BitwiseCopyable {
    /// The first 32 bits.
    public let high: UInt32
    /// The remaining 64 bits.
    public let low: UInt64

    /// An identifier from its bits.
    public init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh identifier. RFC 8489 §5 wants it unpredictable, so `generator` should be.
    public init(using generator: inout some RandomNumberGenerator) {
        high = UInt32(truncatingIfNeeded: generator.next() as UInt64)
        low = generator.next()
    }
}
