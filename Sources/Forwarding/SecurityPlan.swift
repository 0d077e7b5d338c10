public import NetTypes
public import SRTPKeying

/// How packets of one local port are authenticated and encrypted towards its peer. Absent from a plan: in the clear.
public enum SecurityPlan: Sendable, Equatable {
    /// Keys from the SDP (RFC 4568). Until both are known nothing passes.
    case sdes(receiving: SDESAttribute, sending: SDESAttribute)
    /// Keys from a DTLS handshake on the port (RFC 5764). Until it is done nothing passes.
    case dtls(DTLSPlan)
    /// An encrypted leg whose keys are not agreed yet: nothing passes.
    case pending
}

/// The handshake of one local port.
public struct DTLSPlan: Sendable, Equatable {
    /// A new value asks for a new handshake; an equal one keeps the association that there is.
    public var association: UInt64
    /// Who begins; an undecided relay takes a ClientHello that comes before its own is answered.
    public var role: Role
    /// What the peer's certificate must hash to.
    public var fingerprint: CertificateFingerprint
    /// ``LocalCertificate/number`` of the certificate that the peer was told of.
    public var certificate: UInt64

    /// A handshake as `role` with whoever has the certificate of `fingerprint`.
    public init(association: UInt64, role: Role, fingerprint: CertificateFingerprint, certificate: UInt64 = 0) {
        self.association = association
        self.role = role
        self.fingerprint = fingerprint
        self.certificate = certificate
    }

    /// The relay's part.
    public enum Role: UInt8, Sendable, BitwiseCopyable {
        /// It sends the ClientHello, as soon as the peer's address is known.
        case client
        /// It waits for one.
        case server
        /// Both may: the peer answered `actpass` to our `actpass`.
        case undecided
    }
}

/// ICE on one media section of one party. Every port of the section carries the same plan; the agent behind it lives on
/// the worker and is one for all of them.
public struct ICEPlan: Sendable, Equatable {
    /// Names the agent on its worker. A new value is a new agent.
    public var agent: UInt64
    /// The relay only answers checks (RFC 8445 §2.5).
    public var isLite: Bool
    /// The relay begins as controlling agent.
    public var isControlling: Bool
    /// The sockets of the section, one for each local address and component.
    public var candidates: [Candidate]
    /// Ours, as signalled. Others than before restart the agent.
    public var local: Credentials
    /// The peer's; `nil` before its SDP is known. Checks are answered all the same (RFC 8445 §7.3).
    public var remote: Credentials?
    /// The peer is a lite agent.
    public var isRemoteLite: Bool
    /// What stands behind `a=candidate:` in the peer's SDP and fragments. Those that cannot be used are passed over.
    public var remoteCandidates: [String]
    /// No further remote candidates will be signalled.
    public var isRemoteComplete: Bool

    /// A plan without remote facts.
    public init(agent: UInt64, isLite: Bool, isControlling: Bool, candidates: [Candidate], local: Credentials) {
        self.agent = agent
        self.isLite = isLite
        self.isControlling = isControlling
        self.candidates = candidates
        self.local = local
        remote = nil
        isRemoteLite = false
        remoteCandidates = []
        isRemoteComplete = false
    }

    /// One socket of the section.
    public struct Candidate: Sendable, Equatable {
        /// The local port.
        public var port: LocalPortID
        /// What the socket is bound to.
        public var address: TransportAddress
        /// 1 for RTP, or RTP and RTCP together; 2 for RTCP.
        public var component: UInt8
        /// 65535 for the first local address, one less for each further one.
        public var localPreference: UInt16
        /// Equal for candidates that behave alike (RFC 8445 §5.1.1.3).
        public var foundation: String

        /// The candidate of `port`.
        public init(
            port: LocalPortID, address: TransportAddress, component: UInt8, localPreference: UInt16, foundation: String
        ) {
            self.port = port
            self.address = address
            self.component = component
            self.localPreference = localPreference
            self.foundation = foundation
        }
    }

    /// `ice-ufrag` and `ice-pwd`.
    public struct Credentials: Sendable, Hashable, CustomStringConvertible {
        /// `ice-ufrag`
        public var usernameFragment: String
        /// `ice-pwd`
        public var password: String

        /// Credentials from their parts.
        public init(usernameFragment: String, password: String) {
            self.usernameFragment = usernameFragment
            self.password = password
        }

        /// Without the password.
        public var description: String { usernameFragment }
    }
}
