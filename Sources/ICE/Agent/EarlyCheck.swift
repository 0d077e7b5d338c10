internal import NetTypes

/// An authentic request that came before the peer's credentials (RFC 8445 §7.3): answered, but what it asks for has to
/// wait.
struct EarlyCheck: Sendable {
    let local: Int
    let source: TransportAddress
    var priority: UInt32?
    var usesCandidate: Bool
}
