public import Forwarding
public import NetTypes

/// The local ports of one section that a party is told while the other party is at a certain endpoint.
///
/// When the other party moves, this party is given other ports; when it comes back, so do the old ones (ng-protocol
/// §3.3). So a set is keyed by the other party's endpoint; a set made before that is known waits to be claimed.
public struct PortSet: Sendable {
    /// The other party's endpoint that the set stands for; `nil` while unclaimed.
    public var peerEndpoint: TransportAddress?
    /// One binding for each local address; the first one stands in `c=` and `m=`.
    public var bindings: [Binding]

    /// A set of bound ports.
    public init(peerEndpoint: TransportAddress?, bindings: [Binding]) {
        self.peerEndpoint = peerEndpoint
        self.bindings = bindings
    }

    /// Names the set: its first port.
    public var id: LocalPortID? { bindings.first?.rtp.id }

    /// Has RTCP ports.
    public var isPair: Bool { bindings.allSatisfy { $0.rtcp != nil } }

    /// All ports of the set.
    public var leases: [PortLease] {
        var leases: [PortLease] = []
        appendLeases(to: &leases)
        return leases
    }

    func appendLeases(to leases: inout [PortLease]) {
        for binding in bindings {
            leases.append(binding.rtp)
            if let rtcp = binding.rtcp { leases.append(rtcp) }
        }
    }

    /// The names of all ports of the set.
    public var portIDs: [LocalPortID] {
        var ports: [LocalPortID] = []
        appendPorts(to: &ports)
        return ports
    }

    func appendPorts(to ports: inout [LocalPortID]) {
        for binding in bindings {
            ports.append(binding.rtp.id)
            if let rtcp = binding.rtcp { ports.append(rtcp.id) }
        }
    }

    /// A port or a pair on one local address.
    public struct Binding: Sendable {
        /// The local address, and what it is advertised as.
        public var address: LocalAddress
        /// The RTP port, even where it has a pair.
        public var rtp: PortLease
        /// `nil` when RTCP is multiplexed onto the RTP port.
        public var rtcp: PortLease?

        /// Ports on `address`.
        public init(address: LocalAddress, rtp: PortLease, rtcp: PortLease?) {
            self.address = address
            self.rtp = rtp
            self.rtcp = rtcp
        }
    }
}
