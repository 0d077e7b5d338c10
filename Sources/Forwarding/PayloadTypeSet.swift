/// A set of RTP payload type numbers 0…127.
public struct PayloadTypeSet: Sendable, Hashable, BitwiseCopyable {
    @usableFromInline var low: UInt64
    @usableFromInline var high: UInt64

    /// The set of the numbers n whose bit is set: n of `low` below 64, n − 64 of `high` above.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Every payload type.
    public static let all = PayloadTypeSet(low: .max, high: .max)

    /// No payload type.
    public init() {
        self.init(low: 0, high: 0)
    }

    /// The set of `numbers`; those above 127 are no payload types.
    public init(_ numbers: [UInt8]) {
        self.init()
        for number in numbers { insert(number) }
    }

    /// Adds a number; one above 127 is no payload type.
    public mutating func insert(_ number: UInt8) {
        guard number < 128 else { return }
        if number < 64 { low |= 1 << UInt64(number) } else { high |= 1 << UInt64(number - 64) }
    }

    /// Whether `number` is in the set.
    @inlinable
    public func contains(_ number: UInt8) -> Bool {
        bits(number) & 1 == 1
    }

    /// Whether no number is in both sets.
    @inlinable
    public func isDisjoint(with other: PayloadTypeSet) -> Bool {
        low & other.low == 0 && high & other.high == 0
    }

    /// Calls `body` with each number in the set, ascending.
    @inlinable
    public func visit(_ body: (UInt8) -> Void) {
        for (bits, first) in [(low, UInt8(0)), (high, 64)] {
            var rest = bits
            while rest != 0 {
                body(first + UInt8(truncatingIfNeeded: rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
        }
    }

    /// The numbers in the set, ascending.
    public var numbers: [UInt8] { (0...127).filter { contains($0) } }

    @usableFromInline
    func bits(_ number: UInt8) -> UInt64 {
        (number < 64 ? low : high) &>> UInt64(number & 63)
    }
}

extension PayloadTypeSet: ExpressibleByArrayLiteral {
    /// The set of `elements`.
    public init(arrayLiteral elements: UInt8...) {
        self.init(elements)
    }
}
