internal import Forwarding
internal import Quality
internal import RTP

/// Where one end's reports on one stream stand in a row: reporter and source, time of the last report, fraction (from
/// bit 32; that of the report before from bit 40) and number lost, jitter (from bit 32) and clock rate, highest sequence number (from bit 32) and number of
/// reports, two words of VoIP metrics, and the tally of the quality.
struct ReportEntry: BitwiseCopyable {
    let row: CounterRow
    /// The first word.
    let word: Int

    /// The least time between two samples of the quality.
    private static let sampleInterval: UInt64 = 1_000_000_000

    var nanoseconds: UInt64 { row.load(word + 1) }

    /// Takes in a report block. Returns the sample of the quality that it makes, if it makes one: with a round trip
    /// between this end and the relay, and not within a second after another one.
    ///
    /// - Parameters:
    ///   - clockRate: of the stream, in Hz; 0 when unknown.
    ///   - legRoundTrip: microseconds between this end and the relay; 0 when unknown.
    ///   - otherLegRoundTrip: the same for the other end.
    func take(
        _ block: ReportBlock, clockRate: UInt32, legRoundTrip: UInt32, otherLegRoundTrip: UInt32, now: UInt64
    ) -> QualitySample? {
        let before = nanoseconds
        row.store(now, word + 1)
        let fractions = UInt64(block.fractionLost) << 32 | (row.load(word + 2) >> 32 & 0xFF) << 40
        row.store(fractions | UInt64(UInt32(bitPattern: block.cumulativeLost)), word + 2)
        row.store(UInt64(block.jitter) << 32 | UInt64(clockRate), word + 3)
        let reports = UInt32(truncatingIfNeeded: row.load(word + 4)) &+ 1
        row.store(UInt64(block.extendedHighestSequenceNumber) << 32 | UInt64(reports), word + 4)
        guard legRoundTrip > 0 else { return nil }
        var tally = row.tally(at: word + 7)
        if tally.samples > 0, before != 0, now &- before < Self.sampleInterval { return nil }
        let jitter = clockRate == 0 ? 0 : UInt64(block.jitter) &* 1_000_000 / UInt64(clockRate)
        let sample = QualitySample(
            reportedLossBasisPoints: UInt16(UInt32(block.fractionLost) &* 10_000 / 256),
            jitterMicroseconds: UInt32(truncatingIfNeeded: min(jitter, UInt64(UInt32.max))),
            roundTripMicroseconds: legRoundTrip &+ otherLegRoundTrip, legRoundTripMicroseconds: legRoundTrip,
            nanoseconds: now)
        tally.add(sample)
        row.store(tally, at: word + 7)
        return sample
    }

    func take(_ metrics: VoiceMetrics, now: UInt64) {
        row.store(now, word + 1)
        let rates =
            UInt64(metrics.lossRate) | UInt64(metrics.discardRate) << 8 | UInt64(metrics.burstDensity) << 16
            | UInt64(metrics.gapDensity) << 24
        row.store(rates | UInt64(metrics.burstDuration) << 32 | UInt64(metrics.gapDuration) << 48, word + 5)
        let scores =
            UInt64(metrics.rFactor) | UInt64(metrics.listeningQuality) << 8
            | UInt64(metrics.conversationalQuality) << 16 | UInt64(metrics.jitterBufferNominal) << 24
        let delays = UInt64(metrics.roundTripDelay) << 32 | UInt64(metrics.endSystemDelay) << 48
        row.store(scores | delays, word + 6)
    }
}

extension CounterRow {
    /// The entry for what `reporter` says of `source`. A new one takes the place of the one unused for longest.
    func reportEntry(of reporter: UInt32, on source: UInt32) -> ReportEntry {
        touch(Touched.second)
        let key = UInt64(reporter) << 32 | UInt64(source)
        var oldest = Word.reports
        for index in 0..<Word.reportLimit {
            let word = Word.reports + index * Word.reportWords
            let lastReport = load(word + 1)
            if lastReport != 0, load(word) == key { return ReportEntry(row: self, word: word) }
            if lastReport < load(oldest + 1) { oldest = word }
        }
        beginChange()
        store(key, oldest)
        for offset in 1..<Word.reportWords { store(0, oldest + offset) }
        endChange()
        return ReportEntry(row: self, word: oldest)
    }

    /// Remembers that the end has said of `source` what time it is: to find the round trip when that comes back.
    func noteSenderTime(_ source: UInt32, shortTime: UInt32, packets: UInt32, octets: UInt32, now: UInt64) {
        touch(Touched.second)
        let count = load(Word.senderReportCount)
        let word = Word.senderReports + Int(count % UInt64(Word.senderReportLimit)) * Word.senderReportWords
        store(UInt64(source) << 32 | UInt64(shortTime), word)
        store(now, word + 1)
        store(UInt64(packets) << 32 | UInt64(octets), word + 2)
        store(count &+ 1, Word.senderReportCount)
    }

    /// When the time `shortTime` of `source` passed through here; `nil` when it is not remembered.
    func arrival(of source: UInt32, shortTime: UInt32) -> UInt64? {
        guard isTouched(Touched.second) else { return nil }
        let key = UInt64(source) << 32 | UInt64(shortTime)
        for index in 0..<Word.senderReportLimit {
            let word = Word.senderReports + index * Word.senderReportWords
            if load(word) == key, load(word + 1) != 0 { return load(word + 1) }
        }
        return nil
    }

    /// Clock rate of a stream received on the row's port; 0 when unknown.
    func clockRate(of source: UInt32) -> (rate: UInt32, jitter: UInt32) {
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: load(Word.order)))
        for age in 0..<min(order.count, StreamOrder.capacity) {
            let word = Word.ingress(order.entry(age: age))
            guard UInt32(truncatingIfNeeded: load(word)) == source else { continue }
            let statistics = statistics(at: word)
            return (statistics.clockRate, statistics.jitter)
        }
        return (0, 0)
    }
}
