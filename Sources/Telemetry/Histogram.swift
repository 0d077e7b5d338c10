/// How observations of one thing are distributed, in fixed classes: memory and time do not depend on how many there
/// were.
public struct Histogram: Sendable, Equatable {
    /// Upper ends of the classes, ascending; one more class takes what is above.
    public let bounds: [Double]
    /// Observations by class.
    public private(set) var counts: [UInt64]
    /// Sum of the observations.
    public private(set) var sum = 0.0

    /// A histogram without observations.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    /// All observations.
    public var count: UInt64 { counts.reduce(0, &+) }

    /// Takes an observation into account; one that is no number is left out.
    public mutating func observe(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
        sum += value
    }
}

/// The classes of the histograms.
public enum HistogramBounds {
    /// Mean opinion score: by the limits at which users begin to complain (ITU-T G.107 Annex B).
    public static let mos = [1.5, 2, 2.5, 3, 3.1, 3.3, 3.6, 3.8, 4, 4.2, 4.3, 4.4]
    /// Lost packets of those expected.
    public static let loss = [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5]
    /// Interarrival jitter in seconds.
    public static let jitter = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5]
}
