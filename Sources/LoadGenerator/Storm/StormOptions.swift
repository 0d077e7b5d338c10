/// A check that handshakes of new calls do not hold up the media of those that exist.
public struct StormOptions: Equatable, Sendable {
    /// The relays, each measured by itself.
    public var relays: [RelayUnderTest]
    /// Calls that exist throughout, 1…20000.
    public var calls = 500
    /// What they send.
    public var workload = MediaWorkload()
    /// How their media is protected.
    public var security = CallSecurity()
    /// Calls with ICE and DTLS that are set up, connected and deleted in every second of a storm, 1…5000.
    public var handshakesPerSecond = 200
    /// Rounds of one window of each kind, 1…1000. Many short windows: what else happens on the machine then spoils some of
    /// them and not the median.
    public var rounds = 15
    /// Seconds of each window, 0.2…3600.
    public var duration = 1.0
    /// Seconds before each window, in which its load already runs, 0…60.
    public var settling = 0.4
    /// Disturbed windows that are repeated at most, for each relay.
    public var repeats = 30
    /// What makes a window a disturbed one.
    public var limits = DisturbanceLimits()
    /// How relays are started.
    public var environment = RelayEnvironment()

    /// Fifteen rounds of 200 handshakes a second beside 500 calls.
    public init(relays: [RelayUnderTest]) { self.relays = relays }

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard !relays.isEmpty, Set(relays.map(\.name)).count == relays.count else {
            throw .invalidOption("no relay, or two of the same name")
        }
        guard relays.allSatisfy({ $0.kind != .nullBound }) else {
            throw .invalidOption("the floor has no handshakes")
        }
        guard (1...20_000).contains(calls), (1...5000).contains(handshakesPerSecond), (1...1000).contains(rounds),
            (0...1000).contains(repeats)
        else {
            throw .invalidOption("calls must be 1…20000, handshakes 1…5000 a second, rounds 1…1000, repeats 0…1000")
        }
        guard (0.2...3600).contains(duration), (0...60).contains(settling) else {
            throw .invalidOption("windows must be 0.2…3600 s, settling 0…60 s")
        }
        guard security.callee != .webRTC else { throw .invalidOption("only the caller can be a WebRTC end") }
        try workload.validate()
        try environment.validate()
    }
}

/// What runs beside the media in a window.
public enum StormLoad: Int, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// The cryptography of the storm's ends, without the relay: what of the change is due to the machine and not to the
    /// relay.
    case control
    /// New calls with handshakes.
    case storm

    /// A word for tables and JSON.
    public var title: String {
        switch self {
        case .none: "without"
        case .control: "control"
        case .storm: "storm"
        }
    }
}
