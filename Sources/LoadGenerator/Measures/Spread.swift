/// The middle and the extremes of one figure over several rounds.
public struct Spread: Equatable, Sendable {
    /// The middle value, or the mean of the two middle ones.
    public let median: Double
    /// The smallest value.
    public let minimum: Double
    /// The largest value.
    public let maximum: Double

    /// The spread of `values`; `nil` when there are none.
    public init?(_ values: [Double]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        minimum = first
        maximum = last
    }

    /// The spread of the quotients `values[i] / references[i]` of figures that were measured in the same round.
    /// Rounds in which one of the two is missing or the reference is zero do not count.
    public init?(of values: [Double?], to references: [Double?]) {
        self.init(
            zip(values, references).compactMap { value, reference in
                guard let value, let reference, reference != 0 else { return nil }
                return value / reference
            })
    }
}
