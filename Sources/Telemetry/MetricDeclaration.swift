/// Something that the relay counts or measures, said once: name, kind, unit, meaning and labels, and where its values
/// stand in the statistics. Prometheus text, the totals of the command line and the list of metrics are made of it.
public struct MetricDeclaration: Sendable {
    /// What may be done with the values (Prometheus' types).
    public enum Kind: String, Sendable {
        /// Only goes up while the relay runs.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by size.
        case histogram
    }

    /// Whole name in Prometheus.
    public let name: String
    /// What may be done with the values.
    public let kind: Kind
    /// What one step of a value is; `nil` where the name says it: plain numbers of things.
    public let unit: MetricUnit?
    /// One line for people, without a full stop.
    public let help: String
    /// Names of the labels, in the order of the series' label values.
    public let labels: [String]
    /// Where the values come from.
    public let source: MetricSource

    init(
        _ name: String, _ kind: Kind, in unit: MetricUnit? = nil, labels: [String] = [], _ help: String,
        _ source: MetricSource
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.labels = labels
        self.source = source
    }
}

/// What one step of a value is.
public enum MetricUnit: String, Sendable {
    case seconds
    /// The sum of squares of seconds.
    case squareSeconds = "seconds²"
    case milliseconds
    case microseconds
    case bytes
    case packets
    /// 0 for none, 1 for all.
    case ratio
    /// Mean opinion score, 1 to 5 (ITU-T P.800).
    case mos = "MOS"
    /// 0 to 100.
    case percent
}

/// Where the values of a metric stand in the statistics of the relay (ng-protocol §8.1, and sections of our own).
public enum MetricSource: Sendable {
    /// One value each.
    case values([MetricSeries])
    /// The same series for every element of the list at `path`; the entries `keys` of an element are the values of the
    /// first labels.
    case elements(path: [String], keys: [String], series: [MetricSeries])
    /// One value for every entry of the dictionary at `path`; its key is the value of the only label.
    case entries(path: [String])
    /// The histogram of the metric's name.
    case histogram
}

/// One series of a metric.
public struct MetricSeries: Sendable {
    /// Values of the metric's labels; of a list's elements those that follow the keys.
    public let labelValues: [String]
    /// Keys from the root of the statistics, or of the element, down to the value.
    public let path: [String]

    init(_ path: String..., labels: [String] = []) {
        labelValues = labels
        self.path = path
    }
}
