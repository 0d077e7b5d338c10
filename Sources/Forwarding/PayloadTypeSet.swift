/// A set of RTP payload type numbers 0…127.
public struct PayloadTypeSet: Sendable, Hashable, BitwiseCopyable {
    private var low: UInt64
    private var high: UInt64

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Every payload type.
    public static let all = PayloadTypeSet(low: .max, high: .max)

    /// The set of `numbers`; those above 127 are no payload types.
    public init(_ numbers: some Sequence<UInt8>) {
        self.init(low: 0, high: 0)
        for number in numbers where number < 128 {
            if number < 64 { low |= 1 << UInt64(number) } else { high |= 1 << UInt64(number - 64) }
        }
    }

    /// Whether `number` is in the set.
    @inlinable
    public func contains(_ number: UInt8) -> Bool {
        bits(number) & 1 == 1
    }

    @usableFromInline
    func bits(_ number: UInt8) -> UInt64 {
        (number < 64 ? low : high) &>> UInt64(number & 63)
    }
}
