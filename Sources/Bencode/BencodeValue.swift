internal import Wire

/// One bencode item. Strings are octets and need not be UTF-8.
public enum BencodeValue: Sendable, Equatable {
    case integer(Int64)
    case string([UInt8])
    case list([BencodeValue])
    case dictionary(BencodeDictionary)

    /// A string item from octet text (see `String(octets:)`).
    public static func text(_ text: String) -> BencodeValue { .string(text.octets) }

    /// The octets of a string item.
    public var octets: [UInt8]? {
        if case .string(let octets) = self { octets } else { nil }
    }

    /// A string item as octet text.
    public var text: String? {
        guard case .string(let octets) = self else { return nil }
        return octets.withUnsafeBytes { String(octets: $0) }
    }

    /// The value of an integer item.
    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The members of a list item.
    public var list: [BencodeValue]? {
        if case .list(let members) = self { members } else { nil }
    }

    /// The dictionary that this item is.
    public var dictionary: BencodeDictionary? {
        if case .dictionary(let dictionary) = self { dictionary } else { nil }
    }
}

extension BencodeValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// An integer item.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A string item of the literal's UTF-8.
    public init(stringLiteral value: String) { self = .string(Array(value.utf8)) }
    /// A list item.
    public init(arrayLiteral elements: BencodeValue...) { self = .list(elements) }
    /// A dictionary item in the order of the literal.
    public init(dictionaryLiteral elements: (String, BencodeValue)...) {
        self = .dictionary(BencodeDictionary(elements))
    }
}
