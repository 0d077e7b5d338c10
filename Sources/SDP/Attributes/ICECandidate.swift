public import NetTypes
import Wire

/// `a=candidate` (RFC 8839 §5.1):
/// `<foundation> <component> <transport> <priority> <address> <port> typ <type> [raddr <address>] [rport <port>]
/// *(<name> <value>)`.
public struct ICECandidate: Sendable, Hashable {
    /// What stands behind `a=candidate:`, as received or as composed.
    public let text: String
    /// 1…32 ice-chars.
    public let foundation: String
    /// 1 RTP, 2 RTCP, up to 256.
    public let component: UInt16
    /// `UDP`, `TCP`; compared without case.
    public let transport: String
    /// RFC 8445 §5.1.2; higher is better.
    public let priority: UInt32
    /// An address, or the host name of an mDNS candidate.
    public let host: String
    /// 9 for active TCP candidates.
    public let port: UInt16
    /// What stands behind `typ`.
    public let type: CandidateType
    /// `raddr`
    public let relatedHost: String?
    /// `rport`
    public let relatedPort: UInt16?
    /// All further pairs in order: `generation`, `ufrag`, `tcptype` …
    public let extensions: [Extension]

    /// RFC 8445 §5.1.1; others are kept by name.
    public enum CandidateType: Sendable, Hashable {
        case host
        case serverReflexive
        case peerReflexive
        case relayed
        case other(String)

        init(_ text: Substring) {
            switch text {
            case "host": self = .host
            case "srflx": self = .serverReflexive
            case "prflx": self = .peerReflexive
            case "relay": self = .relayed
            default: self = .other(String(text))
            }
        }

        /// The word behind `typ`.
        public var text: String {
            switch self {
            case .host: "host"
            case .serverReflexive: "srflx"
            case .peerReflexive: "prflx"
            case .relayed: "relay"
            case .other(let text): text
            }
        }
    }

    /// `<name> <value>`
    public struct Extension: Sendable, Hashable {
        /// `generation` …
        public var name: String
        /// As written.
        public var value: String

        /// A pair.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A candidate of one's own.
    public init(
        foundation: String, component: UInt16, transport: String = "UDP", priority: UInt32,
        address: TransportAddress, type: CandidateType = .host, related: TransportAddress? = nil,
        extensions: [Extension] = []
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        host = address.address.description
        port = address.port
        self.type = type
        relatedHost = related?.address.description
        relatedPort = related?.port
        self.extensions = extensions
        var text = "\(foundation) \(component) \(transport) \(priority) \(host) \(port) typ \(type.text)"
        if let relatedHost, let relatedPort { text += " raddr \(relatedHost) rport \(relatedPort)" }
        for pair in extensions { text += " \(pair.name) \(pair.value)" }
        self.text = text
    }

    /// Reads the value; `nil` when a field is missing or out of range. ``text`` keeps what was read.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let foundation = reader.next(), foundation.utf8.count <= 32,
            let component = reader.next().flatMap({ DecimalText.value($0, as: UInt16.self) }),
            (1...256).contains(component), let transport = reader.next(),
            let priority = reader.next().flatMap({ DecimalText.value($0, as: UInt32.self) }),
            let host = reader.next(), let port = reader.next().flatMap({ DecimalText.value($0, as: UInt16.self) }),
            reader.next() == "typ", let type = reader.next()
        else { return nil }
        var relatedHost: String?
        var relatedPort: UInt16?
        var extensions: [Extension] = []
        while let name = reader.next() {
            guard let value = reader.next() else { return nil }
            switch name {
            case "raddr": relatedHost = String(value)
            case "rport": relatedPort = DecimalText.value(value, as: UInt16.self)
            default: extensions.append(Extension(name: String(name), value: String(value)))
            }
        }
        self.text = String(text)
        self.foundation = String(foundation)
        self.component = component
        self.transport = String(transport)
        self.priority = priority
        self.host = String(host)
        self.port = port
        self.type = CandidateType(type)
        self.relatedHost = relatedHost
        self.relatedPort = relatedPort
        self.extensions = extensions
    }

    /// Whether ``transport`` is UDP.
    public var isUDP: Bool { transport.equalsIgnoringASCIICase("UDP") }

    /// ``host`` and ``port``; `nil` for a host name.
    public var address: TransportAddress? { IPAddress(host).map { TransportAddress($0, port) } }
}
