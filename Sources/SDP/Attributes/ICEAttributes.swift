/// `a=ice-ufrag` and `a=ice-pwd` (RFC 8839 §5.4).
public struct ICECredentials: Sendable, Hashable {
    /// 4…256 ice-chars.
    public var usernameFragment: String
    /// 22…256 ice-chars.
    public var password: String

    /// Credentials from their parts.
    public init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }
}

extension DescriptionSection {
    /// `a=ice-ufrag` at this level.
    public var iceUsernameFragment: String? { attributeValue(named: "ice-ufrag") }

    /// `a=ice-pwd` at this level.
    public var icePassword: String? { attributeValue(named: "ice-pwd") }

    /// Both `a=ice-ufrag` and `a=ice-pwd` at this level; `nil` when one is missing.
    public var iceCredentials: ICECredentials? {
        guard let usernameFragment = iceUsernameFragment, let password = icePassword else { return nil }
        return ICECredentials(usernameFragment: usernameFragment, password: password)
    }

    /// The words of `a=ice-options` (RFC 8839 §5.6); `nil` without the attribute.
    public var iceOptions: [String]? {
        firstValue(named: "ice-options").map { text in
            text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        }
    }

    /// `a=ice-lite` (RFC 8839 §5.3), a session-level attribute.
    public var isICELite: Bool { hasAttribute(named: "ice-lite") }

    /// All readable `a=candidate` at this level, in order.
    public var iceCandidates: [ICECandidate] { all(named: "candidate") { ICECandidate($0) } }

    /// `a=end-of-candidates` (RFC 8840 §8.2).
    public var hasEndOfCandidates: Bool { hasAttribute(named: "end-of-candidates") }
}

extension SessionDescription {
    /// The credentials that hold for a section: its own, else those of the session level. Each of the two attributes
    /// is looked up by itself.
    public func iceCredentials(for section: MediaDescription) -> ICECredentials? {
        guard let usernameFragment = section.iceUsernameFragment ?? iceUsernameFragment,
            let password = section.icePassword ?? icePassword
        else { return nil }
        return ICECredentials(usernameFragment: usernameFragment, password: password)
    }
}
