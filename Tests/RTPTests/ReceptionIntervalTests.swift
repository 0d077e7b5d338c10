import RTP
import Testing

@Suite struct ReceptionIntervalTests {
    /// A.3 by hand: 10 expected and 8 received make 2 · 256 / 10 = 51; then nothing lost; then 1 of 4.
    @Test func reportsByHand() {
        var source = ReceptionStatistics(ssrc: 5)
        var interval = ReceptionInterval()
        receive([100, 101, 102, 103, 106, 107, 108, 109], &source)
        let first = interval.nextReport(of: source, lastReport: 11, delay: 12)
        #expect(
            first
                == ReportBlock(
                    ssrc: 5, fractionLost: 51, cumulativeLost: 2, extendedHighestSequenceNumber: 109, jitter: 0,
                    lastReport: 11, delaySinceLastReport: 12))
        receive([110, 111], &source)
        let second = interval.nextReport(of: source, lastReport: 0, delay: 0)
        #expect(second.fractionLost == 0 && second.cumulativeLost == 2)
        receive([112, 114, 115], &source)
        let third = interval.nextReport(of: source, lastReport: 0, delay: 0)
        #expect(third.fractionLost == 64 && third.cumulativeLost == 3)
        let silent = interval.nextReport(of: source, lastReport: 0, delay: 0)
        #expect(silent.fractionLost == 0 && silent.cumulativeLost == 3)
    }

    @Test func duplicatesMakeTheLossNegative() {
        var source = ReceptionStatistics(ssrc: 5)
        var interval = ReceptionInterval()
        receive([1, 2, 2, 2], &source)
        let report = interval.nextReport(of: source, lastReport: 0, delay: 0)
        #expect(report.fractionLost == 0 && report.cumulativeLost == -2)
    }

    @Test func startsAgainWithTheSender() {
        var source = ReceptionStatistics(ssrc: 5)
        var interval = ReceptionInterval()
        receive(Array(0..<50), &source)
        _ = interval.nextReport(of: source, lastReport: 0, delay: 0)
        receive([20000, 20001, 20003], &source)
        let report = interval.nextReport(of: source, lastReport: 0, delay: 0)
        #expect(report.fractionLost == 85 && report.cumulativeLost == 1)
    }

    private func receive(_ numbers: [UInt16], _ source: inout ReceptionStatistics) {
        for number in numbers {
            source.record(
                sequenceNumber: number, timestamp: 0, payloadType: 0, byteCount: 172, clockRate: 0, now: 0)
        }
    }
}
