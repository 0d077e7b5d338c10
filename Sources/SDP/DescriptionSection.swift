/// What the session level and a media section have in common: lines, and the attributes among them.
///
/// An attribute that cannot be read counts as absent; its line is still there. Names are case-sensitive.
public protocol DescriptionSection {
    /// The lines in order.
    var lines: [Line] { get }
}

extension SessionDescription: DescriptionSection {}
extension MediaDescription: DescriptionSection {}

extension DescriptionSection {
    /// All attributes in order, made while iterating.
    public var attributes: some Sequence<Attribute> { lines.lazy.compactMap(\.attribute) }

    /// The first attribute of that name.
    public func attribute(named name: String) -> Attribute? {
        lines.first { $0.isAttribute(named: name) }?.attribute
    }

    /// Whether there is an attribute of that name, with or without value.
    public func hasAttribute(named name: String) -> Bool {
        lines.contains { $0.isAttribute(named: name) }
    }

    /// The value of the first attribute of that name; `nil` also for an attribute without value.
    public func attributeValue(named name: String) -> String? {
        firstValue(named: name).flatMap { $0.isEmpty ? nil : String($0) }
    }

    /// The values of all attributes of that name, in order; those without value are empty.
    func values(named name: String) -> some Sequence<Substring> {
        lines.lazy.compactMap { $0.attributeValue(named: name) }
    }

    func firstValue(named name: String) -> Substring? {
        for line in lines {
            if let value = line.attributeValue(named: name) { return value }
        }
        return nil
    }

    /// The first attribute of that name that `read` accepts.
    func first<Value>(named name: String, _ read: (Substring) -> Value?) -> Value? {
        for line in lines {
            if let text = line.attributeValue(named: name), let value = read(text) { return value }
        }
        return nil
    }

    /// All attributes of that name that `read` accepts, in order.
    func all<Value>(named name: String, _ read: (Substring) -> Value?) -> [Value] {
        lines.compactMap { $0.attributeValue(named: name).flatMap(read) }
    }
}
