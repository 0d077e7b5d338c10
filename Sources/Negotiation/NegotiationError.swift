public import Forwarding

/// Why an offer or answer was refused. Nothing of the call has changed then.
public enum NegotiationError: Error, Sendable, Equatable {
    /// A section has no `c=`, or a format is no payload type, or `SIP-source-address` came without `received-from`.
    case incompleteDescription
    /// No media section, or none that is not rejected.
    case nothingToRewrite
    /// From-tag and to-tag name the same party.
    case invalidDialogueAssociation
    /// The call has as many parties as one may have.
    case tooManyParties
    /// No local address faces the party.
    case noInterface
    /// No port could be leased.
    case ports(PortLeaseError)
}
