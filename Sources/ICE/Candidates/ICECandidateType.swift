/// How a candidate was found (RFC 8445 §5.1.1).
public enum ICECandidateType: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case host
    case peerReflexive
    case serverReflexive
    case relayed

    /// The type behind the word `typ` of a candidate attribute (RFC 8839 §5.1); `nil` for others.
    public init?(_ word: String) {
        switch word {
        case "host": self = .host
        case "prflx": self = .peerReflexive
        case "srflx": self = .serverReflexive
        case "relay": self = .relayed
        default: return nil
        }
    }

    /// The recommended type preference, 0…126 (RFC 8445 §5.1.2.2).
    public var preference: UInt8 {
        switch self {
        case .host: 126
        case .peerReflexive: 110
        case .serverReflexive: 100
        case .relayed: 0
        }
    }
}
