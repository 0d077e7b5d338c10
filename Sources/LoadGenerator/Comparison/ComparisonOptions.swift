/// What is measured of every relay.
public enum ComparisonScenario: Equatable, Sendable {
    /// Media through a number of calls.
    case media(LoadOptions)
    /// Setting up and ending calls.
    case signalling(SignallingOptions)
    /// The most packets without loss.
    case capacity(CapacityOptions)

    /// A line that says what it is.
    public var title: String {
        switch self {
        case .media(let options):
            (options.security == CallSecurity() ? "media" : options.security.title)
                + ": \(options.calls) calls, \(options.workload.payloadLength)-octet payload, "
                + "\(options.workload.packetsPerSecond) packets/s each way"
                + (options.workload.packetsPerBurst > 1 ? " in bursts of \(options.workload.packetsPerBurst)" : "")
        case .capacity(let options):
            "capacity: the most packets/s without loss, \(options.calls) calls, "
                + "\(options.workload.payloadLength)-octet payload"
        case .signalling(let options):
            "signalling: offer, answer, delete; "
                + (options.outstanding == 1 ? "closed loop" : "\(options.outstanding) outstanding")
        }
    }

    /// The figures it can give, in the order of tables.
    public var metrics: [Metric] {
        switch self {
        case .media:
            [
                .processorTimePerPacket, .delayMedian, .delayP99, .delayP999, .delayMaximum, .lossPercent,
                .residentPerCall, .descriptorsPerCall,
            ]
        case .capacity: [.packetsPerSecond]
        case .signalling: [.callsPerSecond, .replyMedian, .replyP99, .processorTimePerCall]
        }
    }
}

/// A comparison of relays.
public struct ComparisonOptions: Equatable, Sendable {
    /// The relays; the first one is the reference of all ratios.
    public var relays: [RelayUnderTest]
    /// What is measured.
    public var scenarios: [ComparisonScenario]
    /// Rounds of each scenario, 1…1000. In each every relay is measured once, in an order that rotates.
    public var rounds = 5
    /// Disturbed runs that are repeated at most, in each scenario.
    public var repeats = 10
    /// Seconds to wait at most, before a run is repeated, for the machine to become calm, 0…3600.
    public var calmWait = 30.0
    /// What makes a run a disturbed one.
    public var limits = DisturbanceLimits()
    /// How the relays are started.
    public var environment = RelayEnvironment()

    /// A comparison of `relays` in five rounds.
    public init(relays: [RelayUnderTest], scenarios: [ComparisonScenario]) {
        self.relays = relays
        self.scenarios = scenarios
    }

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard !relays.isEmpty, !scenarios.isEmpty else { throw .invalidOption("no relay or nothing to measure") }
        guard Set(relays.map(\.name)).count == relays.count else {
            throw .invalidOption("two relays have the same name")
        }
        guard (1...1000).contains(rounds), (0...1000).contains(repeats), (0...3600).contains(calmWait) else {
            throw .invalidOption("rounds must be 1…1000, repeats 0…1000, the wait for calm 0…3600 s")
        }
        try environment.validate()
        for scenario in scenarios {
            switch scenario {
            case .media(let options): try options.validate()
            case .signalling(let options): try options.validate()
            case .capacity(let options): try options.validate()
            }
        }
    }
}
