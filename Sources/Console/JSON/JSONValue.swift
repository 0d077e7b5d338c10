internal import Bencode
internal import Wire

/// A JSON value (RFC 8259); members keep their order.
public enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Written as `null` when it is not finite, because JSON has no such numbers.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// An object of these members.
    public static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { JSONMember($0.key, $0.value) })
    }

    /// A number, or `null` where there is none.
    public static func optional(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }

    /// The member called `name` of an object; the last one of several.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The text of a string.
    public var text: String? { if case .string(let text) = self { text } else { nil } }

    /// A whole number.
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

    /// Any number.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// `true` or `false`.
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

    /// The elements of an array.
    public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The members of an object.
    public var members: [JSONMember]? { if case .object(let members) = self { members } else { nil } }
}

/// A member of a JSON object.
public struct JSONMember: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: JSONValue

    /// A member.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

// MARK: - Writing

extension JSONValue {
    /// The value on one line.
    public var line: String {
        var output = ""
        write(to: &output, indentation: nil)
        return output
    }

    /// The value over many lines, indented by two spaces a level.
    public var indented: String {
        var output = ""
        write(to: &output, indentation: "")
        return output
    }

    private func write(to output: inout String, indentation: String?) {
        switch self {
        case .null: output += "null"
        case .boolean(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value): output += value.isFinite ? "\(value)" : "null"
        case .string(let text): JSONValue.write(text, to: &output)
        case .array(let elements):
            JSONValue.write(elements, "[", "]", to: &output, indentation) { element, inner, output in
                element.write(to: &output, indentation: inner)
            }
        case .object(let members):
            JSONValue.write(members, "{", "}", to: &output, indentation) { member, inner, output in
                JSONValue.write(member.name, to: &output)
                output += inner == nil ? ":" : ": "
                member.value.write(to: &output, indentation: inner)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], _ open: String, _ close: String, to output: inout String, _ indentation: String?,
        _ each: (Item, String?, inout String) -> Void
    ) {
        output += open
        let inner = indentation.map { $0 + "  " }
        for (index, item) in items.enumerated() {
            if index > 0 { output += "," }
            if let inner { output += "\n" + inner }
            each(item, inner, &output)
        }
        if let indentation, !items.isEmpty { output += "\n" + indentation }
        output += close
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        // Nearly all texts are plain.
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != quote && $0 != backslash }) {
            output += text
            output += "\""
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

// MARK: - From the ng protocol

extension JSONValue {
    /// A value of the ng protocol. With `readsNumbers` a string that is a decimal becomes the number that it is, but
    /// for names and addresses.
    init(_ value: BencodeValue, readsNumbers: Bool = false) {
        switch value {
        case .integer(let number): self = .integer(number)
        case .string(let octets):
            let text = String(validating: octets, as: UTF8.self) ?? String(octets: octets)
            self = readsNumbers ? JSONValue.number(text) ?? .string(text) : .string(text)
        case .list(let members): self = .array(members.map { JSONValue($0, readsNumbers: readsNumbers) })
        case .dictionary(let dictionary): self.init(dictionary, readsNumbers: readsNumbers)
        }
    }

    /// A dictionary of the ng protocol.
    init(_ dictionary: BencodeDictionary, readsNumbers: Bool = false) {
        self = .object(
            dictionary.entries.map { entry in
                let isText = JSONValue.textKeys.contains(entry.key)
                return JSONMember(entry.key, JSONValue(entry.value, readsNumbers: readsNumbers && !isText))
            })
    }

    private static let textKeys: Set = ["proxy", "name", "address", "chain", "version", "backend", "reason"]
}
