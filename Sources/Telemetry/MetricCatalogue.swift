/// Every metric of the relay. Those named as rtpengine names them (ng-protocol §8.4) keep its dashboards working, also
/// where Prometheus would have other names.
public enum MetricCatalogue {
    /// In the order in which they are written.
    public static let all: [MetricDeclaration] =
        sessions + traffic + quality + control + interfaces + media + daemon

    /// A Markdown table of all metrics, for `packaging/metrics.md`.
    public static var markdown: String {
        var text = """
            # Metrics

            What `GET /metrics` serves on the addresses of `--listen-http`. Families without values are left out.

            | Metric | Type | Unit | Labels | Meaning |
            |---|---|---|---|---|

            """
        for metric in all {
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: " ")
            let unit = metric.unit?.rawValue ?? ""
            text += "| `\(metric.name)` | \(metric.kind.rawValue) | \(unit) | \(labels) | \(metric.help) |\n"
        }
        return text
    }
}
