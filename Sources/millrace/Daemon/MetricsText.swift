import Telemetry

/// The text of `/metrics`. Clients that ask at the same time share one reading of the counters, so that a flood of them
/// costs no more than a few.
actor MetricsText {
    private static let freshness: Duration = .milliseconds(200)

    private let snapshot: @Sendable () -> StatisticsSnapshot
    private let clock = ContinuousClock()
    private var text = ""
    private var made: ContinuousClock.Instant?

    init(snapshot: @escaping @Sendable () -> StatisticsSnapshot) { self.snapshot = snapshot }

    /// The text, made anew when the last one is older than a moment.
    func current() -> String {
        let now = clock.now
        if let made, now - made < MetricsText.freshness { return text }
        text = PrometheusText.text(snapshot())
        made = clock.now
        return text
    }
}
