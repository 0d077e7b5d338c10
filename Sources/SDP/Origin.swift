public import NetTypes

/// `o=<username> <sess-id> <sess-version> IN <addrtype> <address>` (RFC 8866 §5.2).
public struct Origin: Sendable, Equatable {
    /// `-` when the writer has none.
    public var username: String
    /// Digits as written; some devices exceed 64 bits.
    public var sessionID: String
    /// Digits as written, counted up with each changed description (RFC 3264 §8).
    public var version: String
    /// `IN <addrtype> <address>` as written: where the session was made, as a host name or anything else just as well.
    /// Media goes to `c=`.
    public var location: String

    /// An origin from its parts.
    public init(username: String, sessionID: String, version: String, location: String) {
        self.username = username
        self.sessionID = sessionID
        self.version = version
        self.location = location
    }

    /// What stands behind `o=`.
    public var text: String { "\(username) \(sessionID) \(version) \(location)" }

    /// The ``location`` at an address.
    public static func location(at address: IPAddress) -> String { "IN \(address.family.sdpAddressType) \(address)" }
}
