import Quality
import Testing

@Suite struct EModelTests {
    /// R and MOS of ITU-T G.107 Annex B: the curve at some of its points.
    @Test(arguments: [(0, 1), (50, 2.575), (60, 3.1), (80, 4.024), (93.2, 4.4093), (100, 4.5)] as [(Float, Float)])
    func scoreOfARating(_ rating: Float, _ score: Float) {
        #expect(abs(EModel.opinionScore(rating: rating) - score) < 0.001)
    }

    /// By hand: G.711 with 5 % random loss: 95 · 5 / (5 + 25.1) = 15.78.
    @Test func lossCostsByCodec() {
        let g711 = EModel.equipmentImpairment(lossPercent: 5, burstRatio: 1, codec: .g711)
        #expect(abs(g711 - 15.78) < 0.01)
        let g729 = CodecImpairment(encodingName: "G729")
        #expect(g729 != nil)
        #expect(EModel.equipmentImpairment(lossPercent: 0, burstRatio: 1, codec: g729 ?? .g711) == 11)
        // Bursts are worse than random loss of the same amount.
        #expect(EModel.equipmentImpairment(lossPercent: 5, burstRatio: 3, codec: .g711) > g711)
        #expect(CodecImpairment(encodingName: "H264") == nil)
        #expect(CodecImpairment(encodingName: "pcmA") == .g711)
    }

    /// 0.024 · 100, and 0.024 · 300 + 0.11 · 122.7.
    @Test func delayCosts() {
        #expect(abs(EModel.delayImpairment(milliseconds: 100) - 2.4) < 0.001)
        #expect(abs(EModel.delayImpairment(milliseconds: 300) - 20.697) < 0.001)
        #expect(EModel.delayImpairment(milliseconds: -1) == 0)
    }

    /// R by hand: 0.18 · 93.2² − 27.9 · 93.2 + 1126.62 = 89.863 without loss, and 73.62 with 3.2 %.
    @Test func reportedQuality() {
        func score(_ loss: Float, _ roundTrip: Float, _ jitter: Float) -> Float {
            EModel.reportedOpinionScore(
                lossPercent: loss, roundTripMilliseconds: roundTrip, jitterMilliseconds: jitter)
        }
        #expect(abs(score(0, 0, 0) - EModel.opinionScore(rating: 89.863)) < 0.001)
        #expect(abs(score(3.2, 0, 0) - EModel.opinionScore(rating: 73.62)) < 0.001)
        #expect(score(0, 100, 50) == score(0, 0, 100))
        var last: Float = 5
        for loss in 0...100 {
            let next = score(Float(loss), 20, 1)
            #expect(next <= last && next >= 1)
            last = next
        }
        #expect(last == 1)
        for odd in [-Float.infinity, .infinity, .greatestFiniteMagnitude] {
            #expect((1...4.5).contains(score(odd, odd, odd)))
        }
    }
}

@Suite struct QualityTallyTests {
    private func sample(_ loss: UInt16, at time: UInt64) -> QualitySample {
        QualitySample(
            reportedLossBasisPoints: loss, jitterMicroseconds: 2000, roundTripMicroseconds: 40_000,
            legRoundTripMicroseconds: 10_000, nanoseconds: time)
    }

    @Test func averageAndExtremes() {
        var tally = QualityTally()
        #expect(tally.average == nil)
        for (index, loss) in [100, 1000, 0, 100, 0].enumerated() as EnumeratedSequence<[UInt16]> {
            tally.add(sample(loss, at: UInt64(index)))
        }
        #expect(tally.samples == 5)
        #expect(tally.average?.lossBasisPoints == 240)
        #expect(tally.average?.jitterMicroseconds == 2000)
        #expect(tally.average?.legRoundTripMicroseconds == 10_000)
        #expect(tally.lowest.nanoseconds == 1 && tally.highest.nanoseconds == 2)
        #expect(tally.lowest.opinionScoreHundredths < tally.highest.opinionScoreHundredths)
    }

    @Test func fillsItsWords() {
        #expect(MemoryLayout<QualityTally>.size == 11 * 8)
        #expect(MemoryLayout<QualitySample>.size == 3 * 8)
    }

    @Test func sums() {
        var sums = MeasureSums()
        #expect(sums.average == 0 && sums.standardDeviation == 0)
        for value in [2.0, 4, 9] { sums += MeasureSums(samples: 1, total: value, squares: value * value) }
        #expect(sums.average == 5)
        #expect(abs(sums.standardDeviation - 2.943920) < 0.000001)
    }
}
