public import SRTPKeying

/// Something that a handshake on a port came to. Made for logs: it holds no key.
public struct SecurityEvent: Sendable, Equatable {
    /// The port of the plan.
    public var port: LocalPortID
    /// ``DTLSPlan/association`` of the plan that asked for the handshake.
    public var association: UInt64
    /// What happened.
    public var outcome: Outcome

    /// An event from its parts.
    public init(port: LocalPortID, association: UInt64, outcome: Outcome) {
        self.port = port
        self.association = association
        self.outcome = outcome
    }

    /// What it came to.
    public enum Outcome: Sendable, Hashable {
        /// The peer is who was signalled, and the keys are in use.
        case established(CryptoSuite)
        /// The peer's certificate is not the one that was signalled. No key was made of it.
        case fingerprintMismatch
        /// The handshake broke off, or the association after it.
        case failed(reason: String)
        /// The peer did not answer in time.
        case timedOut
        /// The peer said that it is done.
        case closedByPeer
    }
}
