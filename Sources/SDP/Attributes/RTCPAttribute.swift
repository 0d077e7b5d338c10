public import NetTypes
import Wire

/// `a=rtcp:<port> [IN <addrtype> <address>]` (RFC 3605 §2.1).
public struct RTCPAttribute: Sendable, Hashable {
    /// Where the writer wants to receive RTCP.
    public var port: UInt16
    /// `nil` when the address is that of `c=`.
    public var address: IPAddress?

    /// An attribute from its parts.
    public init(port: UInt16, address: IPAddress? = nil) {
        self.port = port
        self.address = address
    }

    /// Reads the value; `nil` when it is neither of the two forms, or names a host.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let port = reader.next().flatMap({ DecimalText.value($0, as: UInt16.self) }) else { return nil }
        self.init(port: port)
        guard let networkType = reader.next() else { return }
        guard networkType.equalsIgnoringASCIICase("IN"), let addressType = reader.next(),
            let address = reader.next().flatMap({ IPAddress($0) }), reader.next() == nil,
            addressType.equalsIgnoringASCIICase(address.family.sdpAddressType)
        else { return nil }
        self.address = address
    }

    /// What stands behind `a=rtcp:`.
    public var text: String {
        address.map { "\(port) IN \($0.family.sdpAddressType) \($0)" } ?? "\(port)"
    }
}

extension MediaDescription {
    /// `a=rtcp`
    public var rtcp: RTCPAttribute? { first(named: "rtcp") { RTCPAttribute($0) } }

    /// `a=rtcp-mux` (RFC 5761 §5.1.1)
    public var hasRTCPMux: Bool { hasAttribute(named: "rtcp-mux") }
}
