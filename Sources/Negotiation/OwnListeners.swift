public import Forwarding
public import NetTypes

/// Where the relay itself takes requests over UDP. Media is never sent there: who chooses its payload would write
/// requests, which come from an address that is trusted.
public struct OwnListeners: Sendable, Equatable {
    private var places: Set<TransportAddress> = []
    /// Of those that listen on every address.
    private var ports: Set<UInt16> = []
    private var addresses: Set<IPAddress> = []

    /// No listeners.
    public init() {}

    /// The listeners bound to `bound`, on a machine with the addresses of `interfaces`, which others may know by those
    /// advertised.
    public init(_ bound: [TransportAddress], interfaces: InterfaceTable) {
        let own = interfaces.interfaces.flatMap(\.addresses)
        addresses = Set(own.flatMap { [$0.address, $0.advertised] })
        for listener in bound {
            if listener.address.isUnspecified { ports.insert(listener.port) }
            places.insert(listener)
            for address in own where address.address == listener.address {
                places.insert(TransportAddress(address.advertised, listener.port))
            }
        }
    }

    /// Whether a datagram to `destination` would reach a listener.
    public func contains(_ destination: TransportAddress) -> Bool {
        let address = destination.address.unmapped
        if places.contains(TransportAddress(address, destination.port)) { return true }
        return ports.contains(destination.port) && (address.isLoopback || addresses.contains(address))
    }
}

extension IPAddress {
    /// The IPv4 address in an IPv4-mapped one (RFC 4291 §2.5.5.2), else the address itself.
    fileprivate var unmapped: IPAddress {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }
}
