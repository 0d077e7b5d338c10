/// What a captured frame begins with: a number of the registry of link types (draft-ietf-opsawg-pcaplinktype).
public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The registered number.
    public let rawValue: UInt16

    /// The link type of this number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Four octets of address family in the byte order of the capturing machine.
    public static let null = LinkType(rawValue: 0)
    /// Ethernet.
    public static let ethernet = LinkType(rawValue: 1)
    /// IPv4 or IPv6, told by the first four bits.
    public static let raw = LinkType(rawValue: 101)
    /// As ``null``, in network byte order.
    public static let loop = LinkType(rawValue: 108)
    /// Linux's "any" device.
    public static let linuxCooked = LinkType(rawValue: 113)
    /// IPv4.
    public static let ipv4 = LinkType(rawValue: 228)
    /// IPv6.
    public static let ipv6 = LinkType(rawValue: 229)
    /// Linux's "any" device, second version.
    public static let linuxCooked2 = LinkType(rawValue: 276)
}
