public import Forwarding

/// What whoever carries out the handshakes has to know of a port.
public enum HandshakeEvent: Sendable, Equatable {
    /// The plan asks for a new association. `isReady`: the peer's address is known, so that a client can begin; if it
    /// is not, ``ready(_:association:)`` follows.
    case begin(LocalPortID, DTLSPlan, isReady: Bool)
    /// The peer's address has become known.
    case ready(LocalPortID, association: UInt64)
    /// The association is over: nothing more is taken from it.
    case end(LocalPortID, association: UInt64)
}
