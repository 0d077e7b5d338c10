/// Why a received datagram had no effect.
public enum ICERejection: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// No STUN message.
    case malformed
    /// Longer than ``ICELimits/receivedBytes``.
    case oversized
    /// No such local candidate, or one of a component that is not in use, or of another address family.
    case unknownLocalCandidate
    /// From an address that nothing may be sent to.
    case unusableSource
    /// FINGERPRINT is there and wrong.
    case wrongFingerprint
    /// Not the Binding method.
    case unsupportedMethod
    /// A request without USERNAME or MESSAGE-INTEGRITY.
    case missingCredentials
    /// A request that is not for our username fragment.
    case wrongUsername
    /// An authentic request from a new address under a fragment that was not signalled, while the peer that was is there.
    case unsignalledPeer
    /// MESSAGE-INTEGRITY is wrong.
    case wrongIntegrity
    /// An authentic message with comprehension-required attributes that are unknown here.
    case unknownAttribute
    /// An authentic request of an agent that has our role and must change it.
    case roleConflict
    /// A response to nothing that is outstanding.
    case unmatchedResponse
    /// An authentic response from elsewhere than the request went (RFC 8445 §7.2.5.2.1).
    case asymmetricResponse
}
