/// Count, sum and sum of squares of a measured value, as statistics hand them on.
public struct MeasureSums: Sendable, Equatable, BitwiseCopyable {
    /// How many values there were.
    public var samples: UInt64
    /// Their sum.
    public var total: Double
    /// The sum of their squares.
    public var squares: Double

    /// Sums from their parts.
    public init(samples: UInt64 = 0, total: Double = 0, squares: Double = 0) {
        self.samples = samples
        self.total = total
        self.squares = squares
    }

    /// The mean; 0 without values.
    public var average: Double { samples == 0 ? 0 : total / Double(samples) }

    /// The standard deviation; 0 without values.
    public var standardDeviation: Double {
        guard samples > 0 else { return 0 }
        return max(0, squares / Double(samples) - average * average).squareRoot()
    }

    /// Adds `other` to this.
    public static func += (sum: inout MeasureSums, other: MeasureSums) {
        sum.samples &+= other.samples
        sum.total += other.total
        sum.squares += other.squares
    }
}
