import CLinuxIO
public import NetTypes

/// Socket addresses in memory, as the kernel reads and writes them.
public enum SocketAddress {
    /// Bytes needed for an address of either family.
    public static let size = 32

    /// Writes `address` to the ``size`` bytes at `memory` and returns its length.
    public static func write(_ address: TransportAddress, to memory: UnsafeMutableRawPointer) -> UInt32 {
        switch address.address.family {
        case .ipv4:
            lio_address_pack_ipv4(memory, UInt32(truncatingIfNeeded: address.address.low), address.port)
        case .ipv6:
            lio_address_pack_ipv6(memory, address.address.high, address.address.low, address.port)
        }
    }

    /// Reads an address of `length` bytes, out of ``size`` readable ones; `nil` for another family or too few bytes.
    public static func read(_ memory: UnsafeRawPointer, length: UInt32) -> TransportAddress? {
        switch lio_address_version(memory, Int(min(length, UInt32(size)))) {
        case 4:
            TransportAddress(IPAddress(ipv4: lio_address_ipv4(memory)), lio_address_port(memory))
        case 6:
            TransportAddress(
                IPAddress(ipv6High: lio_address_ipv6_high(memory), low: lio_address_ipv6_low(memory)),
                lio_address_port(memory))
        default:
            nil
        }
    }
}

extension IPAddress.Family {
    /// The number in an IP header's version field.
    var version: Int32 {
        switch self {
        case .ipv4: 4
        case .ipv6: 6
        }
    }
}
