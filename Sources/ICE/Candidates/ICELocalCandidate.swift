public import NetTypes

/// A host candidate of ours: one socket.
public struct ICELocalCandidate: Sendable, Hashable {
    /// The component that the socket serves.
    public var component: ICEComponent
    /// The address as it stands in the SDP, which behind a static NAT is not the socket's own. Only its family matters
    /// to the agent.
    public var address: TransportAddress
    /// 65535 for the first address of the interface, one less for each further one.
    public var localPreference: UInt16
    /// See ``ICEFoundation``.
    public var foundation: String

    /// A candidate from its parts.
    public init(component: ICEComponent, address: TransportAddress, localPreference: UInt16, foundation: String) {
        self.component = component
        self.address = address
        self.localPreference = localPreference
        self.foundation = foundation
    }

    /// As it stands in the SDP.
    public var priority: UInt32 {
        ICEPriority.candidate(.host, localPreference: localPreference, component: component)
    }

    /// For the PRIORITY attribute: what a candidate that the peer learns from our check is worth
    /// (RFC 8445 §7.1.1).
    var peerReflexivePriority: UInt32 {
        ICEPriority.candidate(.peerReflexive, localPreference: localPreference, component: component)
    }
}
