public import NetTypes

/// What the installation of a plan means for the socket of its port.
public struct PlanEffect: Sendable, Equatable {
    /// The plan was for an earlier owner of the slot, and was ignored.
    public var isStale: Bool
    /// TOS byte of packets that leave through the port, when it is another one than before.
    public var newTOS: UInt8?
    /// Packets that leave through the port go elsewhere than before, or no longer anywhere.
    public var endpointChanged: Bool
    /// Where they go now.
    public var endpoint: TransportAddress?

    /// An effect from its parts.
    public init(isStale: Bool, newTOS: UInt8?, endpointChanged: Bool, endpoint: TransportAddress?) {
        self.isStale = isStale
        self.newTOS = newTOS
        self.endpointChanged = endpointChanged
        self.endpoint = endpoint
    }

    static let stale = PlanEffect(isStale: true, newTOS: nil, endpointChanged: false, endpoint: nil)
}
