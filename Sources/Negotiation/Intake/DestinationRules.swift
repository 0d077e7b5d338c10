import NetTypes

/// Where a party may have media sent to. Packets to this very host would reach its other services.
struct DestinationRules {
    /// The relay faces the party with a loopback address.
    var acceptsLoopback: Bool
    /// Where control messages are taken. What is sent from an address of the relay is trusted there by many a firewall.
    var controlAddresses: [TransportAddress]

    func allow(_ address: IPAddress, _ port: UInt16) -> Bool {
        if address.isLoopback && !acceptsLoopback { return false }
        return !controlAddresses.contains { control in
            control.port == port
                && (control.address == address.withoutMapping || (control.address.isLoopback && address.isLoopback))
        }
    }
}

extension IPAddress {
    /// An IPv4-mapped address (RFC 4291 §2.5.5.2) as the IPv4 address that it stands for.
    fileprivate var withoutMapping: IPAddress {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }
}
