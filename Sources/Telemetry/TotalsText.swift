internal import Bencode

/// The statistics for people: a line `meaning :value` for each number.
public enum TotalsText {
    /// The numbers of calls, traffic and quality, in the order of declaration.
    public static func text(_ snapshot: StatisticsSnapshot) -> String {
        var output = ""
        for (title, metrics) in [
            ("Calls", MetricCatalogue.sessions), ("Traffic", MetricCatalogue.traffic),
            ("Quality", MetricCatalogue.quality),
        ] {
            output += "\(title):\n\n"
            for metric in metrics { append(metric, snapshot, to: &output) }
            output += "\n"
        }
        return output
    }

    private static func append(_ metric: MetricDeclaration, _ snapshot: StatisticsSnapshot, to output: inout String) {
        switch metric.source {
        case .values(let series):
            for series in series {
                guard let value = snapshot.value(series.path)?.numberText else { continue }
                output += line(metric, series.labelValues.joined(separator: ", "), value)
            }
        case .entries(let path):
            for entry in snapshot.value(path)?.dictionary?.entries ?? [] {
                guard let value = entry.value.numberText else { continue }
                output += line(metric, entry.key, value)
            }
        case .elements, .histogram:
            // Lists have commands of their own, and a distribution makes no line.
            return
        }
    }

    private static func line(_ metric: MetricDeclaration, _ labels: String, _ value: String) -> String {
        let unit = metric.unit.map { " [\($0.rawValue)]" } ?? ""
        let text = metric.help + (labels.isEmpty ? "" : " (\(labels))") + unit
        return text + String(repeating: " ", count: max(1, 90 - text.count)) + ":\(value)\n"
    }
}
