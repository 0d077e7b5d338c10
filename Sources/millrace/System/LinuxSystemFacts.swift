import DaemonConfiguration
import Glibc
import NetTypes

extension SystemFacts {
    /// The facts of this machine.
    static func ofThisMachine() -> SystemFacts {
        SystemFacts(
            addresses: interfaceAddresses(), resolve: resolveHost, readFile: readWholeFile)
    }

    /// Addresses of the interfaces that are up, in the kernel's order.
    private static func interfaceAddresses() -> [InterfaceAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [InterfaceAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, let name = entry.ifa_name,
                let address = IPAddress(socketAddress: entry.ifa_addr)
            else { continue }
            found.append(InterfaceAddress(interface: String(cString: name), address: address))
        }
        return found
    }

    @Sendable private static func resolveHost(_ name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            if let address = IPAddress(socketAddress: entry.ai_addr), !found.contains(address) { found.append(address) }
        }
        return found
    }
}

extension IPAddress {
    /// The address in a socket address of the families IPv4 and IPv6.
    init?(socketAddress: UnsafePointer<sockaddr>?) {
        guard let socketAddress else { return nil }
        let raw = UnsafeRawPointer(socketAddress)
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            self.init(ipv4: UInt32(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            let bytes = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            let halves = withUnsafeBytes(of: bytes) { bytes in
                (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(ipv6High: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
        default: return nil
        }
    }
}
