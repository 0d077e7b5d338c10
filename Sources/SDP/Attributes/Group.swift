/// `a=group:<semantics> <mid>…` (RFC 5888 §5).
public struct Group: Sendable, Hashable {
    /// `BUNDLE`, `LS` …
    public var semantics: String
    /// Values of `a=mid`.
    public var ids: [String]

    /// A group from its parts.
    public init(semantics: String, ids: [String]) {
        self.semantics = semantics
        self.ids = ids
    }

    /// Reads the value; `nil` when it is empty.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let semantics = reader.next() else { return nil }
        self.init(semantics: String(semantics), ids: [])
        while let id = reader.next() { ids.append(String(id)) }
    }

    /// What stands behind `a=group:`.
    public var text: String { ids.reduce(semantics) { $0 + " " + $1 } }
}

extension SessionDescription {
    /// All `a=group` in order.
    public var groups: [Group] { all(named: "group") { Group($0) } }
}

extension MediaDescription {
    /// `a=mid` (RFC 5888 §4)
    public var mid: String? { attributeValue(named: "mid") }

    /// `a=bundle-only` (RFC 8843 §6)
    public var isBundleOnly: Bool { hasAttribute(named: "bundle-only") }
}
