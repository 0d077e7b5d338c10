internal import NetTypes
internal import STUN

/// A datagram that waits to be fetched; its bytes are made only then.
struct Outgoing: Sendable, BitwiseCopyable {
    enum Content: Sendable, BitwiseCopyable {
        /// Answers a request of `requestByteCount` bytes.
        case success(requestByteCount: Int)
        /// Refuses a request of `requestByteCount` bytes.
        case error(STUNErrorCode, STUNUnknownAttributes, requestByteCount: Int)
        /// A connectivity or consent check.
        case check(role: ICERole, tieBreaker: UInt64, priority: UInt32, usesCandidate: Bool)
        /// A keepalive (RFC 8445 §11).
        case indication
    }

    let content: Content
    /// Index of the local candidate.
    let local: Int
    let destination: TransportAddress
    let transactionID: STUNTransactionID
    /// Whose credentials authenticate it; `nil` for none.
    let generation: UInt32?
}
