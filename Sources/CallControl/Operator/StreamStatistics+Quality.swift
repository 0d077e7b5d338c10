import Forwarding

extension StreamStatistics {
    /// Interarrival jitter in seconds; `nil` where the clock rate is not known.
    var jitterSeconds: Double? { clockRate == 0 ? nil : Double(jitter) / Double(clockRate) }

    /// The share of lost packets; `nil` while nothing was expected.
    var lossRatio: Double? {
        let expected = packets &+ lost
        return expected == 0 ? nil : Double(lost) / Double(expected)
    }

    /// Packets that make an opinion: a second of usual audio.
    private static let leastPackets: UInt64 = 50

    /// Mean opinion score, 1 to 4.41, that loss and jitter on the way to the relay leave, by the E-model (ITU-T G.107)
    /// with the robustness of G.711 with loss concealment (G.113 Appendix I: Ie 0, Bpl 25.1). The way beyond the relay
    /// is not in it. `nil` for video, and for streams too short or without a known clock rate.
    var meanOpinionScore: Double? {
        guard packets >= StreamStatistics.leastPackets, (1...48_000).contains(clockRate), let lossRatio,
            let jitterSeconds
        else { return nil }
        let loss = lossRatio * 100
        let equipment = 95 * loss / (loss + 25.1)
        // A packet's length, and a jitter buffer of twice the jitter (G.107 §7.4, in its usual linear form).
        let delay = 20 + 2 * jitterSeconds * 1000
        let impairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
        let rating = min(max(93.2 - impairment - equipment, 0), 100)
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }
}
