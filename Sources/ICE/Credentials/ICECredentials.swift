/// A username fragment and a password (RFC 8445 §5.3), of either side.
///
/// The password never shows in a description.
public struct ICECredentials: Sendable, Hashable {
    /// `ice-ufrag`
    public let usernameFragment: String
    /// `ice-pwd`
    public let password: String

    /// The peer's credentials; `nil` when a part is empty, longer than 256 octets, or has octets that are not visible
    /// ASCII, or the fragment has a colon, which would make usernames ambiguous.
    ///
    /// RFC 8839 §5.4 demands at least 4 and 22 ice-chars. Shorter or odder ones weaken only the peer that chose them,
    /// and refusing them would cost the call.
    public init?(usernameFragment: String, password: String) {
        guard Self.isVisible(usernameFragment), Self.isVisible(password),
            !usernameFragment.utf8.contains(UInt8(ascii: ":"))
        else { return nil }
        self.usernameFragment = usernameFragment
        self.password = password
    }

    /// Fresh credentials of ours: 8 and 26 ice-chars, 48 and 156 random bits. `generator` must be unpredictable.
    public init(using generator: inout some RandomNumberGenerator) {
        usernameFragment = ICECharacters.random(8, using: &generator)
        password = ICECharacters.random(26, using: &generator)
    }

    private static func isVisible(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension ICECredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The username fragment.
    public var description: String { usernameFragment }
    /// The username fragment.
    public var debugDescription: String { usernameFragment }
    /// The username fragment.
    public var customMirror: Mirror { Mirror(self, children: ["usernameFragment": usernameFragment]) }
}
