/// The E-model of ITU-T G.107 (narrowband) with the default values of all parameters that a relay cannot see, so that
/// R0 − Is = 93.2.
public enum EModel {
    /// R without any impairment by delay or equipment.
    public static let bestRating: Float = 93.2
    /// Longer delays count as this one; nothing is understood of a talk with ten seconds of delay.
    private static let longestDelay: Float = 10_000

    /// The transmission rating factor R = 93.2 − Id − Ie,eff (G.107 §7.1), not below 0.
    ///
    /// - Parameters:
    ///   - lossPercent: Ppl, 0…100.
    ///   - burstRatio: BurstR: mean length of the bursts seen over that of random loss; 1 for random loss, and not
    ///     below it.
    ///   - delayMilliseconds: Ta, one way from mouth to ear.
    public static func rating(
        lossPercent: Float, burstRatio: Float = 1, delayMilliseconds: Float, codec: CodecImpairment
    ) -> Float {
        let equipment = equipmentImpairment(lossPercent: lossPercent, burstRatio: burstRatio, codec: codec)
        return max(0, bestRating - delayImpairment(milliseconds: delayMilliseconds) - equipment)
    }

    /// Id, in the linear form that is usual for G.107 §7.4: 0.024·Ta + 0.11·(Ta − 177.3) above 177.3 ms.
    public static func delayImpairment(milliseconds: Float) -> Float {
        let delay = min(max(0, milliseconds), longestDelay)
        return 0.024 * delay + 0.11 * max(0, delay - 177.3)
    }

    /// Ie,eff = Ie + (95 − Ie)·Ppl / (Ppl/BurstR + Bpl) (G.107 §7.5).
    public static func equipmentImpairment(lossPercent: Float, burstRatio: Float, codec: CodecImpairment) -> Float {
        let loss = min(max(0, lossPercent), 100)
        let robustness = Float(max(1, codec.lossRobustnessTenths)) / 10
        let equipment = min(Float(codec.equipment), 95)
        return equipment + (95 - equipment) * loss / (loss / max(1, burstRatio) + robustness)
    }

    /// MOS of a rating R (G.107 Annex B), 1.0…4.5.
    public static func opinionScore(rating: Float) -> Float {
        guard rating > 0 else { return 1 }
        guard rating < 100 else { return 4.5 }
        return min(max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)), 4.5)
    }

    /// The simplified G.107 of the ng protocol (§7 of its description), which rates what the far end reports: of the
    /// loss, with half the round trip and the jitter as delay. It knows no codecs. 1.0…4.5.
    public static func reportedOpinionScore(
        lossPercent: Float, roundTripMilliseconds: Float, jitterMilliseconds: Float
    ) -> Float {
        let delay = max(0, roundTripMilliseconds) / 2 + max(0, jitterMilliseconds)
        let clear = max(0, bestRating - min(max(0, lossPercent), 100))
        // The parabola has its bottom there; beyond it, more loss would be less harm.
        let curve =
            clear > parabolaBottom
            ? parabola(clear) : parabola(parabolaBottom) * clear / parabolaBottom
        return opinionScore(rating: curve - delayImpairment(milliseconds: delay))
    }

    private static let parabolaBottom: Float = 77.5

    private static func parabola(_ clear: Float) -> Float {
        0.18 * clear * clear - 27.9 * clear + 1126.62
    }
}
