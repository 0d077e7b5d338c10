/// `a=setup` (RFC 4145 §4).
public enum SetupRole: String, Sendable, Hashable, CaseIterable {
    case active
    case passive
    case actpass
    case holdconn
}

extension DescriptionSection {
    /// The first `a=setup` at this level with a known role.
    public var setup: SetupRole? { first(named: "setup") { SetupRole(rawValue: String($0)) } }

    /// `a=tls-id` (RFC 8842 §4) at this level.
    public var tlsID: String? { attributeValue(named: "tls-id") }
}
