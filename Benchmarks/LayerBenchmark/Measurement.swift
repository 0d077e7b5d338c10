import CAllocationCounter
import Glibc

/// One operation of a layer.
struct Layer {
    let name: String
    /// Heap blocks at most; more is a failure.
    let allocationLimit: Double
    /// How many operations the prepared closure does.
    var operations = 1
    /// How it is to compare with another layer.
    var ratioLimit: RatioLimit?
    /// Made when the layer is measured: sets up what it needs, and returns what is measured.
    let prepare: () -> () -> Void
}

/// An operation takes at most so many times as long as one of another layer that was measured before.
struct RatioLimit {
    let reference: String
    let limit: Double
}

/// What one operation of a layer costs.
struct Measurement {
    let name: String
    /// Processor time, the median over the rounds.
    let nanoseconds: Double
    let allocations: Double
    let allocationLimit: Double
    /// Processor time in terms of the layer that this one is compared with.
    let ratio: Double?
    let ratioLimit: Double?

    static let rounds = 11

    var isWithinLimit: Bool {
        guard allocations <= allocationLimit else { return false }
        guard let ratio, let ratioLimit else { return true }
        return ratio <= ratioLimit
    }

    /// Runs a layer in rounds of about 20 ms after a warm-up; `others` are the times of those before.
    init(_ layer: Layer, others: [String: Double]) {
        let body = layer.prepare()
        let operations = layer.operations
        let calibration = Measurement.threadTime()
        body()
        let first = max(Measurement.threadTime() - calibration, 1)
        let repetitions = min(max(Int(20_000_000 / first), 1), 200_000)
        for _ in 0..<repetitions { body() }
        var times: [Double] = []
        let before = allocation_count()
        for _ in 0..<Measurement.rounds {
            let start = Measurement.threadTime()
            for _ in 0..<repetitions { body() }
            times.append((Measurement.threadTime() - start) / Double(repetitions * operations))
        }
        let blocks = Double(allocation_count() - before) - 2 * Double(Measurement.rounds)
        name = layer.name
        nanoseconds = times.sorted()[Measurement.rounds / 2]
        allocations = max(0, blocks) / Double(Measurement.rounds * repetitions * operations)
        allocationLimit = layer.allocationLimit
        let reference = layer.ratioLimit.flatMap { others[$0.reference] }
        ratio = reference.map { [nanoseconds] in nanoseconds / $0 }
        ratioLimit = layer.ratioLimit?.limit
    }

    private static func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// A line of the table.
    var row: String {
        Measurement.row(
            name,
            [
                "\(Int(nanoseconds.rounded()))", Measurement.tenths(allocations), Measurement.tenths(allocationLimit),
                ratio.map(Measurement.tenths) ?? "-", ratio == nil ? "-" : ratioLimit.map(Measurement.tenths) ?? "-",
                isWithinLimit ? "" : "over the limit",
            ])
    }

    static func row(_ name: String, _ cells: [String]) -> String {
        let head = name + String(repeating: " ", count: max(1, 44 - name.count))
        return head + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
