import Wire

/// `a=name` or `a=name:value` (RFC 8866 §5.13). Names are case-sensitive.
public struct Attribute: Sendable, Equatable {
    /// What stands before the first colon.
    public var name: String
    /// `nil` without a colon; an empty text behind a colon counts as no value (`a=name:` becomes `a=name`).
    public var value: String?

    /// An attribute from its parts.
    public init(name: String, value: String?) {
        self.name = name
        self.value = value
    }

    /// An attribute from the text behind `a=`.
    public init(_ text: String) {
        guard let (name, value) = text.split(atFirst: UInt8(ascii: ":")) else {
            self.init(name: text, value: nil)
            return
        }
        self.init(name: name, value: value.isEmpty ? nil : value)
    }

    /// The text behind `a=`.
    public var text: String { value.map { "\(name):\($0)" } ?? name }
}
