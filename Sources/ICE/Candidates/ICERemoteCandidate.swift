public import NetTypes

/// A candidate that the peer signalled and that can be used.
public struct ICERemoteCandidate: Sendable, Hashable {
    /// 1…32 ice-chars; compared, never interpreted.
    public let foundation: String
    /// The component that it is for.
    public let component: ICEComponent
    /// Higher is better (RFC 8445 §5.1.2).
    public let priority: UInt32
    /// Where to send.
    public let address: TransportAddress
    /// How the peer found it.
    public let type: ICECandidateType

    /// A candidate from its parts; `nil` when nothing may be sent to `address`.
    public init?(
        foundation: String, component: ICEComponent, priority: UInt32, address: TransportAddress,
        type: ICECandidateType
    ) {
        guard address.canBePeer, foundation.utf8.count <= 32 else { return nil }
        self.foundation = foundation
        self.component = component
        self.priority = priority
        self.address = address
        self.type = type
    }

    /// A candidate from the fields of a candidate attribute (RFC 8839 §5.1).
    ///
    /// `nil` when it is to be skipped, which spoils nothing: TCP candidates, host names and with them the `.local`
    /// names of mDNS, components other than 1 and 2, unknown types, and addresses that nothing may be sent to.
    public init?(
        foundation: String, component: UInt16, transport: String, priority: UInt32, host: String, port: UInt16,
        type: String
    ) {
        guard let component = UInt8(exactly: component).flatMap(ICEComponent.init(rawValue:)),
            transport.lowercased() == "udp", let address = IPAddress(host), let type = ICECandidateType(type)
        else { return nil }
        self.init(
            foundation: foundation, component: component, priority: priority,
            address: TransportAddress(address, port), type: type)
    }
}

extension TransportAddress {
    /// Whether a peer can be there. Not with port 0, and not at unspecified, multicast, broadcast, link-local (their
    /// scope is unknown) and IPv4-mapped addresses.
    var canBePeer: Bool {
        guard port != 0, !address.isUnspecified, !address.isMulticast, !address.isLinkLocalIPv6 else { return false }
        switch address.family {
        case .ipv4: return address.low != 0xFFFF_FFFF
        case .ipv6: return address.high != 0 || address.low >> 32 != 0xFFFF
        }
    }
}
