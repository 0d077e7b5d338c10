import Glibc

/// Where values of one dimension of a chart go, and which of them are named.
struct ChartAxis {
    let ticks: [(value: Double, name: String)]
    private let scale: SVGChart.Scale
    private let start: Double
    private let end: Double

    /// An axis for these values; `nil` when there are none that it can show.
    init?(_ scale: SVGChart.Scale, values: [Double], startsAtZero: Bool) {
        let places = values.map { Self.raw($0, scale) }.filter(\.isFinite)
        guard let lowest = places.min(), let highest = places.max() else { return nil }
        self.scale = scale
        switch scale {
        case .linear:
            let step = Self.step(for: highest - (startsAtZero ? min(0, lowest) : lowest), highest)
            let first = startsAtZero ? min(0, lowest) : (lowest / step).rounded(.down) * step
            let last = max((highest / step).rounded(.up) * step, first + step)
            (start, end) = (first, last)
            let count = min(20, Int(((last - first) / step).rounded()))
            ticks = (0...count).map { index in
                let value = first + Double(index) * step
                return (value, value.text(decimals: step < 0.1 ? 2 : step < 1 ? 1 : 0))
            }
        case .logarithmic:
            (start, end) = (lowest.rounded(.down), max(highest.rounded(.up), lowest.rounded(.down) + 1))
            ticks = (Int(start)...Int(end)).map { power in
                let value = pow(10, Double(power))
                return (value, value.text(decimals: power < 0 ? -power : 0))
            }
        case .nines:
            (start, end) = (0, max(1, highest.rounded(.up)))
            let names = ["0", "90", "99", "99.9", "99.99", "99.999", "99.9999"]
            ticks = (0...min(Int(end), names.count - 1)).map { (1 - pow(10, -Double($0)), names[$0]) }
        case .categories(let names):
            (start, end) = (-0.5, Double(max(1, names.count)) - 0.5)
            ticks = names.enumerated().map { (Double($0.offset), $0.element) }
        }
    }

    /// 0 at the start of the axis, 1 at its end.
    func place(_ value: Double) -> Double {
        let raw = Self.raw(value, scale)
        guard raw.isFinite else { return 0 }
        return min(1, max(0, (raw - start) / (end - start)))
    }

    private static func raw(_ value: Double, _ scale: SVGChart.Scale) -> Double {
        switch scale {
        case .linear, .categories: value
        case .logarithmic: log10(value)
        case .nines: -log10(1 - value)
        }
    }

    /// A round number that divides the range into about five parts.
    private static func step(for range: Double, _ highest: Double) -> Double {
        let rough = max(range > 0 ? range : abs(highest), 1e-6) / 5
        let power = pow(10, log10(rough).rounded(.down))
        return power * ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10)
    }
}
