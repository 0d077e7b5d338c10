public import NetTypes

/// The way of a component's media.
public struct ICESelectedPair: Sendable, Hashable, BitwiseCopyable {
    /// The component.
    public let component: ICEComponent
    /// Index of the local candidate, in the order given to the agent.
    public let local: Int
    /// Where to send.
    public let remote: TransportAddress
    /// Nominated, or only valid so far; media may flow on both (RFC 8445 §12.1).
    public let isNominated: Bool
}
