/// Measures several relays in turn, so that whatever changes on the machine in the course of time meets all of them.
public struct Comparison {
    private let options: ComparisonOptions
    private let progress: (String) -> Void

    /// A comparison that reports each step to `progress` in a line without newline.
    public init(_ options: ComparisonOptions, progress: @escaping (String) -> Void) {
        self.options = options
        self.progress = progress
    }

    /// Runs all scenarios. This blocks for about as long as the durations add up to.
    public func run() throws(LoadError) -> ComparisonResult {
        try options.validate()
        var results: [ScenarioResult] = []
        for scenario in options.scenarios { results.append(try run(scenario)) }
        return ComparisonResult(options: options, scenarios: results)
    }

    private func run(_ scenario: ComparisonScenario) throws(LoadError) -> ScenarioResult {
        let relays = options.relays
        var rounds = relays.map { _ in [Measurement?]() }
        var repeatsLeft = options.repeats
        progress(scenario.title)
        for round in 0..<options.rounds {
            for turn in relays.indices {
                let index = Self.order(round: round, turn: turn, of: relays.count)
                var measurement = try measure(relays[index], scenario)
                report(measurement, relays[index], scenario, round)
                while let disturbed = measurement, !disturbed.disturbances.isEmpty, repeatsLeft > 0 {
                    repeatsLeft -= 1
                    progress("  once more, because it was disturbed")
                    MachineLoad.awaitCalm(share: options.limits.otherProcesses, seconds: options.calmWait)
                    measurement = try measure(relays[index], scenario)
                    report(measurement, relays[index], scenario, round)
                }
                rounds[index].append(measurement)
            }
        }
        return ScenarioResult(
            scenario: scenario,
            relays: zip(relays, rounds).map { RelayResult(relay: $0, rounds: $1) })
    }

    /// Which relay is measured in a turn of a round: each is first, second, … equally often.
    package static func order(round: Int, turn: Int, of count: Int) -> Int { (turn + round) % count }

    private func measure(
        _ relay: RelayUnderTest, _ scenario: ComparisonScenario
    ) throws(LoadError) -> Measurement? {
        switch scenario {
        case .media(let load):
            try LoadRun(options: load, environment: options.environment, limits: options.limits).measure(relay)
        case .signalling(let load):
            try SignallingRun(options: load, environment: options.environment, limits: options.limits).measure(relay)
        case .capacity(let search):
            try CapacityRun(options: search, environment: options.environment).measure(relay)
        }
    }

    private func report(
        _ measurement: Measurement?, _ relay: RelayUnderTest, _ scenario: ComparisonScenario, _ round: Int
    ) {
        guard let measurement else { return }
        let figures = measurement.figures.map { "\($0.metric.title) \($0.value.text(decimals: $0.metric.decimals))" }
        let remarks =
            measurement.defects + measurement.remarks + measurement.disturbances.map(\.description)
        progress(
            "  round \(round + 1)/\(options.rounds) \(relay.name): " + figures.joined(separator: ", ")
                + (remarks.isEmpty ? "" : "; " + remarks.joined(separator: "; ")))
    }
}
