/// What became of a received datagram.
public enum ICEReceipt: Sendable, Hashable {
    /// It was authentic and has had its effect; or it was a keepalive.
    case accepted
    /// It had no effect on the state.
    case rejected(ICERejection)
}
