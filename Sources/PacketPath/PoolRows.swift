internal import Forwarding
internal import Quality
internal import RTP
internal import Synchronization

/// Numbers of the port pools of one worker, which outlive the ports. One thread writes, any thread reads.
///
/// `@unchecked Sendable`: the memory is reached through a constant pointer and only by atomic loads and stores.
final class PoolRows: @unchecked Sendable {
    /// Places of the words of one pool.
    private enum Word {
        /// Packets, bytes, errors received; then sent; then lost, duplicates, reordered, skips, restarts.
        static let traffic = 0
        static let trafficCount = 11
        /// Number, sum and sum of squares of each measure.
        static let measures = 11
        static let measureCount = 6
        static let count = 32
    }

    let count: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    init(count: Int) {
        self.count = max(1, count)
        words = .allocate(capacity: self.count * Word.count)
        for index in 0..<(self.count * Word.count) { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: count * Word.count)
        words.deallocate()
    }

    /// Adds what a port has seen whose life ends.
    func add(_ row: CounterRow) {
        guard row.isInUse, row.pool < count else { return }
        let seen = PoolStatistics(row)
        let start = row.pool * Word.count + Word.traffic
        for (offset, value) in seen.trafficWords.enumerated() {
            words[start + offset].store(
                words[start + offset].load(ordering: .relaxed) &+ value, ordering: .relaxed)
        }
    }

    /// Adds a sample of reported quality.
    func add(_ sample: QualitySample, measuredJitterMicroseconds jitter: UInt64, toPool pool: Int) {
        guard pool < count else { return }
        add(Double(sample.opinionScoreHundredths) / 100, measure: 0, pool)
        add(Double(sample.jitterMicroseconds) / 1000, measure: 1, pool)
        // A round trip from end to end takes reports of both.
        if sample.roundTripMicroseconds > sample.legRoundTripMicroseconds {
            add(Double(sample.roundTripMicroseconds), measure: 2, pool)
        }
        add(Double(sample.legRoundTripMicroseconds), measure: 3, pool)
        add(Double(sample.lossBasisPoints) / 100, measure: 4, pool)
        add(Double(jitter) / 1000, measure: 5, pool)
    }

    private func add(_ value: Double, measure: Int, _ pool: Int) {
        let word = pool * Word.count + Word.measures + measure * 3
        words[word].store(words[word].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        let total = Double(bitPattern: words[word + 1].load(ordering: .relaxed)) + value
        words[word + 1].store(total.bitPattern, ordering: .relaxed)
        let squares = Double(bitPattern: words[word + 2].load(ordering: .relaxed)) + value * value
        words[word + 2].store(squares.bitPattern, ordering: .relaxed)
    }

    /// What closed ports of a pool have seen, and all reported quality.
    func statistics(of pool: Int) -> PoolStatistics {
        let start = pool * Word.count
        func load(_ word: Int) -> UInt64 { words[start + word].load(ordering: .relaxed) }
        func sums(_ measure: Int) -> MeasureSums {
            let word = Word.measures + measure * 3
            return MeasureSums(
                samples: load(word), total: Double(bitPattern: load(word + 1)),
                squares: Double(bitPattern: load(word + 2)))
        }
        var statistics = PoolStatistics()
        statistics.trafficWords = (0..<Word.trafficCount).map { load(Word.traffic + $0) }
        statistics.opinionScore = sums(0)
        statistics.jitter = sums(1)
        statistics.roundTrip = sums(2)
        statistics.legRoundTrip = sums(3)
        statistics.loss = sums(4)
        statistics.measuredJitter = sums(5)
        return statistics
    }
}

extension PoolStatistics {
    /// What the port of `row` has seen so far.
    init(_ row: CounterRow) {
        self.init()
        ingress = row.received
        egress = row.sent
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: row.load(CounterRow.Word.order)))
        for age in 0..<min(order.count, StreamOrder.capacity) {
            let word = CounterRow.Word.ingress(order.entry(age: age))
            let source = row.statistics(at: word)
            lost &+= source.lost
            duplicates &+= UInt64(source.duplicates)
            reordered &+= UInt64(source.reordered)
            skips &+= UInt64(source.skips)
            restarts &+= UInt64(source.restarts)
        }
    }

    /// The numbers in the order of a pool's words.
    fileprivate var trafficWords: [UInt64] {
        get {
            [
                ingress.packets, ingress.bytes, ingress.errors, egress.packets, egress.bytes, egress.errors, lost,
                duplicates, reordered, skips, restarts,
            ]
        }
        set {
            (ingress.packets, ingress.bytes, ingress.errors) = (newValue[0], newValue[1], newValue[2])
            (egress.packets, egress.bytes, egress.errors) = (newValue[3], newValue[4], newValue[5])
            (lost, duplicates, reordered) = (newValue[6], newValue[7], newValue[8])
            (skips, restarts) = (newValue[9], newValue[10])
        }
    }
}
