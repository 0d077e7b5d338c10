/// Sums and extremes of the quality of one direction. Eleven 64-bit words, so that it can be kept in shared memory word
/// by word.
public struct QualityTally: Sendable, Equatable, BitwiseCopyable {
    /// Number of samples.
    public private(set) var samples: UInt32 = 0
    /// Sum of ``QualitySample/opinionScoreHundredths``.
    public private(set) var opinionScoreSum: UInt32 = 0
    /// Sum of ``QualitySample/lossBasisPoints``.
    public private(set) var lossSum: UInt64 = 0
    /// Sum of ``QualitySample/jitterMicroseconds``.
    public private(set) var jitterSum: UInt64 = 0
    /// Sum of ``QualitySample/roundTripMicroseconds``.
    public private(set) var roundTripSum: UInt64 = 0
    /// Sum of ``QualitySample/legRoundTripMicroseconds``.
    public private(set) var legRoundTripSum: UInt64 = 0
    /// The sample with the lowest MOS, the first of equals.
    public private(set) var lowest = QualitySample()
    /// The sample with the highest MOS, the first of equals.
    public private(set) var highest = QualitySample()

    /// No samples.
    public init() {}

    /// Takes a sample in.
    public mutating func add(_ sample: QualitySample) {
        // Far beyond any call; the averages keep their meaning.
        guard samples < 9_000_000 else { return }
        if samples == 0 || sample.opinionScoreHundredths < lowest.opinionScoreHundredths { lowest = sample }
        if samples == 0 || sample.opinionScoreHundredths > highest.opinionScoreHundredths { highest = sample }
        samples &+= 1
        opinionScoreSum &+= UInt32(sample.opinionScoreHundredths)
        lossSum &+= UInt64(sample.lossBasisPoints)
        jitterSum &+= UInt64(sample.jitterMicroseconds)
        roundTripSum &+= UInt64(sample.roundTripMicroseconds)
        legRoundTripSum &+= UInt64(sample.legRoundTripMicroseconds)
    }

    /// The mean of all samples, at the time of none; `nil` without samples.
    public var average: QualitySample? {
        guard samples > 0 else { return nil }
        let count = UInt64(samples)
        var mean = QualitySample()
        mean.opinionScoreHundredths = UInt16(clamping: (UInt64(opinionScoreSum) + count / 2) / count)
        mean.lossBasisPoints = UInt16(clamping: (lossSum + count / 2) / count)
        mean.jitterMicroseconds = UInt32(clamping: (jitterSum + count / 2) / count)
        mean.roundTripMicroseconds = UInt32(clamping: (roundTripSum + count / 2) / count)
        mean.legRoundTripMicroseconds = UInt32(clamping: (legRoundTripSum + count / 2) / count)
        return mean
    }
}
