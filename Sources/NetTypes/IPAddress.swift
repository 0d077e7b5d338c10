/// An IPv4 or IPv6 address without scope.
public struct IPAddress: Hashable, Sendable, BitwiseCopyable {
    // What is small comes last: an address with its port has 20 octets then, and every port of a call has several.

    /// The address family, in SDP's words `IP4` and `IP6`.
    public enum Family: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
        case ipv4
        case ipv6
    }

    /// The upper 64 bits of an IPv6 address in host order; 0 for IPv4.
    public let high: UInt64
    /// The lower 64 bits of an IPv6 address, or the 32 bits of an IPv4 address, in host order.
    public let low: UInt64
    /// The family of the address.
    public let family: Family

    /// An IPv4 address from its 32 bits in host order.
    public init(ipv4 bits: UInt32) {
        family = .ipv4
        high = 0
        low = UInt64(bits)
    }

    /// An IPv6 address from its two halves in host order.
    public init(ipv6High high: UInt64, low: UInt64) {
        family = .ipv6
        self.high = high
        self.low = low
    }

    /// 0.0.0.0 or ::
    public static func unspecified(_ family: Family) -> IPAddress {
        switch family {
        case .ipv4: IPAddress(ipv4: 0)
        case .ipv6: IPAddress(ipv6High: 0, low: 0)
        }
    }

    /// Whether this is 0.0.0.0 or ::
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// 224.0.0.0/4 or ff00::/8
    public var isMulticast: Bool {
        switch family {
        case .ipv4: low >> 28 == 0xE
        case .ipv6: high >> 56 == 0xFF
        }
    }

    /// 127.0.0.0/8, also as an IPv4-mapped address (RFC 4291 §2.5.5.2), or ::1
    public var isLoopback: Bool {
        switch family {
        case .ipv4: low >> 24 == 127
        case .ipv6: high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        }
    }

    /// fe80::/10; such an address needs a scope that SDP cannot carry.
    public var isLinkLocalIPv6: Bool { family == .ipv6 && high >> 54 == 0xFE80 >> 6 }
}
