/// What the owner of an agent has to know.
public enum ICEEvent: Sendable, Equatable {
    /// Media of the component goes this way from now on.
    case selectedPair(ICESelectedPair)
    /// The peer stopped answering, and no other pair is there: nothing may be sent for the component any more
    /// (RFC 7675 §5.1), until a ``selectedPair(_:)`` follows.
    case consentLost(ICEComponent)
    /// No pair has become valid in time (RFC 8863). The agent keeps answering, so that a ``selectedPair(_:)`` can
    /// still follow.
    case failed(ICEComponent)
    /// A role conflict, or the news that the peer is lite, has changed our role.
    case roleSwitched(ICERole)
}
