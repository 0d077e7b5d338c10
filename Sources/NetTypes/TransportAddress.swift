/// An IP address and a UDP or TCP port.
public struct TransportAddress: Hashable, Sendable, BitwiseCopyable {
    /// The IP address.
    public var address: IPAddress
    /// The port in host order.
    public var port: UInt16

    /// An address and a port.
    public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension TransportAddress: CustomStringConvertible {
    /// Reads `192.0.2.1:2223` or `[2001:db8::1]:2223`.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[" {
            guard host.last == "]" else { return nil }
            host = host.dropFirst().dropLast()
            guard let address = IPAddress(host), address.family == .ipv6 else { return nil }
            self.init(address, port)
        } else {
            guard let address = IPAddress(host), address.family == .ipv4 else { return nil }
            self.init(address, port)
        }
    }

    /// `192.0.2.1:2223` or `[2001:db8::1]:2223`.
    public var description: String {
        switch address.family {
        case .ipv4: "\(address):\(port)"
        case .ipv6: "[\(address)]:\(port)"
        }
    }
}
