public import Forwarding
public import Negotiation

/// Settings of the call registry.
public struct CallControlConfiguration: Sendable {
    /// The local interfaces.
    public var interfaces: InterfaceTable
    /// Rules for every negotiation.
    public var rules = NegotiationRules()
    /// `--endpoint-learning`.
    public var learning: EndpointLearning = .heuristic
    /// `--foreign-sources`.
    public var foreignSources: ForeignSourcePolicy = .drop
    /// The DTLS certificate to begin with; `nil` when DTLS is not to be offered.
    public var certificate: LocalCertificate?
    /// `--reject-invalid-sdp`.
    public var rejectsInvalidSDP = false
    /// Octets of SDP that are kept of each call for captures that begin later; 0 keeps none.
    public var keptSignalling = 0
    /// Calls that can still be explained after their end.
    public var remembered = RememberedCalls()
    /// When calls end by themselves.
    public var timeouts = CallTimeouts()
    /// When new calls are refused.
    public var limits = LoadLimits()

    /// The defaults on `interfaces`.
    public init(interfaces: InterfaceTable) {
        self.interfaces = interfaces
    }
}

/// When calls end by themselves, in seconds (ng-protocol §3.4). 0 means never.
public struct CallTimeouts: Sendable, Equatable {
    /// No packet on any stream that should receive.
    public var media = 60
    /// The same for calls that are held on all streams.
    public var silent = 3600
    /// Offered but never answered.
    public var offer = 3600
    /// Absolute age.
    public var final = 0
    /// `--delete-delay`.
    public var deleteDelay = 30

    /// The protocol's defaults.
    public init() {}
}

/// Limits on new calls (ng-protocol §2); `nil` means none.
public struct LoadLimits: Sendable, Equatable {
    /// Calls at once; 0 refuses all.
    public var sessions: Int?
    /// One-minute load average.
    public var load: Double?
    /// CPU use of the machine in percent.
    public var cpuPercent: Double?
    /// Bytes per second received for relaying.
    public var bandwidth: UInt64?
    /// New calls a second, against floods of offers.
    public var callsPerSecond: Int?

    /// No limits.
    public init() {}
}
