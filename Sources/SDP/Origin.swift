public import NetTypes

/// `o=<username> <sess-id> <sess-version> IN <addrtype> <address>` (RFC 8866 §5.2).
public struct Origin: Sendable, Equatable {
    /// `-` when the writer has none.
    public var username: String
    /// Digits as written; some devices exceed 64 bits.
    public var sessionID: String
    /// Digits as written, counted up with each changed description (RFC 3264 §8).
    public var version: String
    /// Where the session was made; media goes to `c=`.
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
