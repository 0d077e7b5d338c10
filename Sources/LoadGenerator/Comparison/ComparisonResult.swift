/// Everything a comparison has measured.
public struct ComparisonResult: Sendable {
    /// What was asked for.
    public let options: ComparisonOptions
    /// One for each scenario of the options.
    public let scenarios: [ScenarioResult]

    /// Whether every relay behaved in every run: nothing corrupted, nothing misdirected, no request failed.
    public var isSound: Bool { scenarios.allSatisfy { $0.relays.allSatisfy { $0.defects.isEmpty } } }

    package init(options: ComparisonOptions, scenarios: [ScenarioResult]) {
        self.options = options
        self.scenarios = scenarios
    }
}

/// What one scenario gave for all relays.
public struct ScenarioResult: Sendable {
    /// What was measured.
    public let scenario: ComparisonScenario
    /// One for each relay, in the order of the options; the first is the reference.
    public let relays: [RelayResult]

    package init(scenario: ComparisonScenario, relays: [RelayResult]) {
        self.scenario = scenario
        self.relays = relays
    }

    /// A relay's figure divided by the reference's of the same round. `nil` where one was not measured or the reference's
    /// is zero.
    public func ratio(_ metric: Metric, of relay: RelayResult) -> Spread? {
        relays.first.flatMap { Spread(of: relay.values(metric), to: $0.values(metric)) }
    }
}

/// What one relay gave in all rounds of a scenario.
public struct RelayResult: Sendable {
    /// The relay.
    public let relay: RelayUnderTest
    /// One for each round; `nil` where it cannot be measured.
    public let rounds: [Measurement?]

    package init(relay: RelayUnderTest, rounds: [Measurement?]) {
        self.relay = relay
        self.rounds = rounds
    }

    /// A figure in each round.
    public func values(_ metric: Metric) -> [Double?] { rounds.map { $0?[metric] } }

    /// A figure over all rounds; `nil` if it was never measured.
    public func spread(_ metric: Metric) -> Spread? { Spread(values(metric).compactMap(\.self)) }

    /// What was wrong, over all rounds.
    public var defects: [String] { rounds.flatMap { $0?.defects ?? [] } }

    /// Rounds that stayed disturbed after all repetitions.
    public var disturbedRounds: Int { rounds.count { $0?.disturbances.isEmpty == false } }
}
