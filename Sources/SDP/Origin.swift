public import NetTypes

/// `o=<username> <sess-id> <sess-version> IN <addrtype> <address>` (RFC 8866 §5.2).
public struct Origin: Sendable, Equatable {
    public var username: String
    /// Digits as written; some devices exceed 64 bits.
    public var sessionID: String
    public var version: String
    public var address: IPAddress

    /// An origin from its parts.
    public init(username: String, sessionID: String, version: String, address: IPAddress) {
        self.username = username
        self.sessionID = sessionID
        self.version = version
        self.address = address
    }

    /// What stands behind `o=`.
    public var text: String {
        "\(username) \(sessionID) \(version) IN \(address.family.sdpAddressType) \(address)"
    }
}
