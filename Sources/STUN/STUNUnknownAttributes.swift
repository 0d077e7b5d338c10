/// The first eight types of a list of unknown attributes (RFC 8489 §14.13), without allocation.
///
/// A message with more is hostile or from another world; the excess is left out of the answer, which keeps answers
/// small.
public struct STUNUnknownAttributes: Hashable, Sendable, BitwiseCopyable {
    /// How many types are kept.
    public static let capacity = 8

    /// 0…``capacity``
    public private(set) var count = 0
    private var types = SIMD8<UInt16>(repeating: 0)

    /// An empty list.
    public init() {}

    /// Whether there is none.
    public var isEmpty: Bool { count == 0 }

    /// Adds `type`, unless the list is full or has it.
    public mutating func append(_ type: STUNAttributeType) {
        guard count < Self.capacity, !contains(type) else { return }
        types[count] = type.rawValue
        count += 1
    }

    /// The type at `position`; `nil` outside 0..<count.
    public subscript(_ position: Int) -> STUNAttributeType? {
        guard position >= 0, position < count else { return nil }
        return STUNAttributeType(rawValue: types[position])
    }

    /// Whether `type` is in the list.
    public func contains(_ type: STUNAttributeType) -> Bool {
        for position in 0..<count where types[position] == type.rawValue { return true }
        return false
    }
}
