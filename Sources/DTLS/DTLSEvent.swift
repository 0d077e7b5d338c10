public import SRTPKeying

/// What happened to an association.
public enum DTLSEvent: Sendable, Equatable {
    /// The handshake is done and the certificate of the peer is the one that was signalled: media may pass.
    case connected(DTLSConnection)
    /// The peer has another certificate than was signalled. The association is over; no key was given out.
    case fingerprintMismatch
    /// The peer said close_notify. The association is over.
    case closed
    /// A ClientHello was refused. The association waits for the next.
    case refusedHello(OpenSSLReason)
    /// The association is over.
    case failed(DTLSFailure)
}

/// Why an association failed.
public enum DTLSFailure: Error, Sendable, Hashable {
    /// The handshake broke off: our reason, or the alert that the peer sent.
    case handshake(OpenSSLReason)
    /// The peer did not answer.
    case timedOut
    /// The handshake was done without a protection profile (RFC 5764 §4.1).
    case noProtectionProfile
    /// Too many ClientHellos had to be refused.
    case tooManyRefusals
    /// An alert on an association that was connected.
    case broken(OpenSSLReason)
}

/// What a handshake led to. Descriptions show no key.
public struct DTLSConnection: Sendable, Equatable {
    /// The protection profile agreed on.
    public let suite: CryptoSuite
    /// The keys of both sides.
    public let keys: ExportedKeys
    /// What we were: client or server.
    public let role: DTLSRole
    /// Of the peer's certificate, with the hash that decided.
    public let peerFingerprint: CertificateFingerprint

    /// What we protect with.
    public var localKey: MasterKey { role == .client ? keys.client : keys.server }
    /// What the peer protects with.
    public var remoteKey: MasterKey { role == .client ? keys.server : keys.client }
}
