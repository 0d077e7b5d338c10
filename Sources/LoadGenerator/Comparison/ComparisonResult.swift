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

    /// The numbers of the rounds that medians are taken of: those in which no relay was disturbed, or all of them when
    /// there is none.
    public var roundsCounted: [Int] {
        let all = Array(0..<(relays.first?.rounds.count ?? 0))
        let calm = all.filter { round in relays.allSatisfy { $0.rounds[round]?.disturbances.isEmpty ?? true } }
        return calm.isEmpty ? all : calm
    }

    /// A relay's figure over the rounds that count; `nil` if it was never measured.
    public func spread(_ metric: Metric, of relay: RelayResult) -> Spread? {
        Spread(roundsCounted.compactMap { relay.rounds[$0]?[metric] })
    }

    /// A relay's figure divided by the reference's of the same round. `nil` where one was not measured or the reference's
    /// is zero.
    public func ratio(_ metric: Metric, of relay: RelayResult) -> Spread? {
        guard let reference = relays.first else { return nil }
        return Spread(
            of: roundsCounted.map { relay.rounds[$0]?[metric] },
            to: roundsCounted.map { reference.rounds[$0]?[metric] })
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

    /// What was wrong, over all rounds.
    public var defects: [String] { rounds.flatMap { $0?.defects ?? [] } }

    /// What else there is to know, each remark once.
    public var remarks: [String] { Array(Set(rounds.flatMap { $0?.remarks ?? [] })).sorted() }

    /// Rounds that stayed disturbed after all repetitions.
    public var disturbedRounds: Int { rounds.count { $0?.disturbances.isEmpty == false } }
}
