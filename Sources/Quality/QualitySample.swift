/// How well a stream was heard in one interval, with what the verdict rests on. Three 64-bit words.
public struct QualitySample: Sendable, Equatable, BitwiseCopyable {
    /// MOS in hundredths, 100…450.
    public var opinionScoreHundredths: UInt16
    /// Loss in hundredths of a percent, 0…10000.
    public var lossBasisPoints: UInt16
    /// Interarrival jitter.
    public var jitterMicroseconds: UInt32
    /// From end to end; 0 when unknown.
    public var roundTripMicroseconds: UInt32
    /// Between the relay and the end that heard the stream; 0 when unknown.
    public var legRoundTripMicroseconds: UInt32
    /// When it was taken, monotonic.
    public var nanoseconds: UInt64

    /// No sample.
    public init() {
        opinionScoreHundredths = 0
        lossBasisPoints = 0
        jitterMicroseconds = 0
        roundTripMicroseconds = 0
        legRoundTripMicroseconds = 0
        nanoseconds = 0
    }
}

extension QualitySample {
    /// A sample whose MOS follows from what the far end has reported (``EModel/reportedOpinionScore(lossPercent:roundTripMilliseconds:jitterMilliseconds:)``).
    public init(
        reportedLossBasisPoints loss: UInt16, jitterMicroseconds: UInt32, roundTripMicroseconds: UInt32,
        legRoundTripMicroseconds: UInt32, nanoseconds: UInt64
    ) {
        self.init()
        lossBasisPoints = loss
        self.jitterMicroseconds = jitterMicroseconds
        self.roundTripMicroseconds = roundTripMicroseconds
        self.legRoundTripMicroseconds = legRoundTripMicroseconds
        self.nanoseconds = nanoseconds
        let score = EModel.reportedOpinionScore(
            lossPercent: Float(loss) / 100, roundTripMilliseconds: Float(roundTripMicroseconds) / 1000,
            jitterMilliseconds: Float(jitterMicroseconds) / 1000)
        opinionScoreHundredths = UInt16(score * 100 + 0.5)
    }

    /// A sample whose MOS follows from what was measured on the packets themselves, by the E-model with the impairment
    /// of their codec. The receiver is taken to wait twice the jitter for late packets.
    public init(
        measuredLossBasisPoints loss: UInt16, burstRatio: Float, jitterMicroseconds: UInt32,
        roundTripMicroseconds: UInt32, codec: CodecImpairment, nanoseconds: UInt64
    ) {
        self.init()
        lossBasisPoints = loss
        self.jitterMicroseconds = jitterMicroseconds
        self.roundTripMicroseconds = roundTripMicroseconds
        self.nanoseconds = nanoseconds
        let delay = Float(roundTripMicroseconds) / 2000 + Float(jitterMicroseconds) / 500
        let rating = EModel.rating(
            lossPercent: Float(loss) / 100, burstRatio: burstRatio, delayMilliseconds: delay, codec: codec)
        opinionScoreHundredths = UInt16(EModel.opinionScore(rating: rating) * 100 + 0.5)
    }
}
