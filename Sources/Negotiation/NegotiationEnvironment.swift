public import Forwarding

/// What negotiation takes from outside: ports, chance, and facts about the process.
public protocol NegotiationEnvironment {
    /// The local interfaces.
    var interfaces: InterfaceTable { get }
    /// Rules of the daemon.
    var rules: NegotiationRules { get }
    /// Value of the loop protection attribute, one for the process.
    var loopMark: String { get }

    /// The certificate for parties that were told of none yet; `nil` when DTLS is not to be offered.
    var certificate: LocalCertificate? { get }
    /// What candidate foundations are made from; one for the process.
    var foundationSecret: UInt64 { get }

    /// Binds ports; they are given back by the caller when the negotiation fails.
    mutating func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease]
    /// Ports that the call no longer uses once the negotiation has succeeded.
    mutating func retire(_ ports: [LocalPortID])
    /// Where a round robin over `count` interfaces starts.
    mutating func nextRoundRobin(of count: Int) -> Int
    /// 64 random bits.
    mutating func random() -> UInt64
}

/// Rules that hold for every call of the daemon.
public struct NegotiationRules: Sendable, Equatable {
    /// `--sip-source`: the media address is the SIP source unless a message says `trust-address`.
    public var usesSIPSource = false
    /// `--save-interface-ports`: ports on the first address only.
    public var savesInterfacePorts = false
    /// `--dtls-passive`.
    public var prefersPassiveDTLS = false
    /// `--tos`.
    public var tos: UInt8 = 0
    /// Where no media is ever sent.
    public var ownListeners = OwnListeners()

    /// The defaults.
    public init() {}
}
