/// One line: a type letter and what stands behind `=`.
public struct Line: Sendable, Equatable {
    /// The ASCII letter.
    public var type: UInt8
    /// Without line end.
    public var value: String

    /// A line `type=value`.
    public init(_ type: UInt8, _ value: String) {
        self.type = type
        self.value = value
    }

    /// The attribute that an `a=` line holds.
    public var attribute: Attribute? { type == UInt8(ascii: "a") ? Attribute(value) : nil }

    /// Whether this is `a=name` or `a=name:…`. Names are case-sensitive (RFC 8866 §5.13).
    public func isAttribute(named name: String) -> Bool {
        attributeValue(named: name) != nil
    }

    /// What stands behind `a=name:`, empty for `a=name`; `nil` when this is not that attribute. Allocates nothing.
    func attributeValue(named name: String) -> Substring? {
        guard type == UInt8(ascii: "a") else { return nil }
        let text = value.utf8
        var index = text.startIndex
        for octet in name.utf8 {
            guard index != text.endIndex, text[index] == octet else { return nil }
            text.formIndex(after: &index)
        }
        guard index != text.endIndex else { return value[index...] }
        guard text[index] == UInt8(ascii: ":") else { return nil }
        return value[text.index(after: index)...]
    }
}
