internal import Bencode

/// Writes metrics in Prometheus' text format, version 0.0.4.
public enum PrometheusText {
    /// The media type of the text.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every metric that `snapshot` has values of, in the order of declaration.
    public static func text(
        _ snapshot: StatisticsSnapshot, _ declarations: [MetricDeclaration] = MetricCatalogue.all
    ) -> String {
        var output = ""
        output.reserveCapacity(32_768)
        for declaration in declarations {
            let lines = lines(of: declaration, in: snapshot)
            guard !lines.isEmpty else { continue }
            output += "# HELP \(declaration.name) \(escaped(declaration.help, quotes: false))\n"
            output += "# TYPE \(declaration.name) \(declaration.kind.rawValue)\n"
            for line in lines { output += line + "\n" }
        }
        return output
    }

    private static func lines(of metric: MetricDeclaration, in snapshot: StatisticsSnapshot) -> [String] {
        switch metric.source {
        case .values(let series):
            return series.compactMap { series in
                snapshot.value(series.path)?.numberText.map { line(metric, series.labelValues, $0) }
            }
        case .elements(let path, let keys, let series):
            return (snapshot.value(path)?.list ?? []).flatMap { element in
                lines(of: metric, element: element.dictionary ?? [:], keys, series)
            }
        case .entries(let path):
            return (snapshot.value(path)?.dictionary?.entries ?? []).compactMap { entry in
                entry.value.numberText.map { line(metric, [entry.key], $0) }
            }
        case .histogram:
            return snapshot.histograms[metric.name].map { lines(of: metric, $0) } ?? []
        }
    }

    private static func lines(
        of metric: MetricDeclaration, element: BencodeDictionary, _ keys: [String], _ series: [MetricSeries]
    ) -> [String] {
        let values = keys.map { key in element.first(key).map { $0.numberText ?? $0.text ?? "" } ?? "" }
        return series.compactMap { series in
            // An empty path stands for the element's existence.
            let number = series.path.isEmpty ? "1" : element.value(series.path[...])?.numberText
            return number.map { line(metric, values + series.labelValues, $0) }
        }
    }

    private static func lines(of metric: MetricDeclaration, _ histogram: Histogram) -> [String] {
        var lines: [String] = []
        var below: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            below &+= count
            let bound = index < histogram.bounds.count ? "\(histogram.bounds[index])" : "+Inf"
            lines.append("\(metric.name)_bucket{le=\"\(bound)\"} \(below)")
        }
        lines.append("\(metric.name)_sum \(histogram.sum)")
        lines.append("\(metric.name)_count \(below)")
        return lines
    }

    private static func line(_ metric: MetricDeclaration, _ labelValues: [String], _ value: String) -> String {
        guard !metric.labels.isEmpty else { return "\(metric.name) \(value)" }
        let labels = zip(metric.labels, labelValues).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
        return "\(metric.name){\(labels.joined(separator: ","))} \(value)"
    }

    /// Text in which nothing ends a line or, with `quotes`, a label's value.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        // Hardly any text needs it, and each scrape asks for hundreds.
        let (backslash, newline, quote) = (UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\""))
        guard text.utf8.contains(where: { $0 == backslash || $0 == newline || ($0 == quote && quotes) }) else {
            return text
        }
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\"" where quotes: output += "\\\""
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
