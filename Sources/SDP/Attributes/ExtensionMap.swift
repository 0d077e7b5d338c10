/// `a=extmap:<id>[/<direction>] <URI> [<attributes>]` (RFC 8285 §8).
public struct ExtensionMap: Sendable, Hashable {
    /// The local identifier; RFC 8285 §5 uses 1…255 in packets and 4096…4351 while negotiating.
    public var id: UInt16
    /// `nil` when not written.
    public var direction: Direction?
    /// What the extension means.
    public var uri: String
    /// `extensionattributes`, as written.
    public var parameters: String?

    /// An attribute from its parts.
    public init(id: UInt16, direction: Direction? = nil, uri: String, parameters: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.parameters = parameters
    }

    /// Reads the value; `nil` without number or URI, or with an unknown direction.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let mapping = reader.next(), let uri = reader.next() else { return nil }
        let slash = mapping.utf8.firstIndex(of: UInt8(ascii: "/"))
        guard let id = DecimalText.value(mapping[..<(slash ?? mapping.endIndex)], as: UInt16.self) else { return nil }
        self.init(id: id, uri: String(uri))
        if let slash {
            guard let direction = Direction(rawValue: String(mapping[mapping.utf8.index(after: slash)...])) else {
                return nil
            }
            self.direction = direction
        }
        let parameters = reader.remainder()
        if !parameters.isEmpty { self.parameters = String(parameters) }
    }

    /// Whether the identifier can stand in a packet: 1…14, or 16…255 which only the two-byte form holds
    /// (RFC 8285 §4.2, §4.3).
    public var hasPacketID: Bool { (1...14).contains(id) || (16...255).contains(id) }

    /// What stands behind `a=extmap:`.
    public var text: String {
        "\(id)\(direction.map { "/" + $0.rawValue } ?? "") \(uri)\(parameters.map { " " + $0 } ?? "")"
    }
}

extension DescriptionSection {
    /// All readable `a=extmap` at this level, in order.
    public var extensionMaps: [ExtensionMap] { all(named: "extmap") { ExtensionMap($0) } }

    /// `a=extmap-allow-mixed` (RFC 8285 §6) at this level.
    public var allowsMixedExtensions: Bool { hasAttribute(named: "extmap-allow-mixed") }
}
