/// A JSON value (RFC 8259) to be written out; members keep their order.
public indirect enum JSONText: Equatable, Sendable {
    /// A string.
    case string(String)
    /// A number; one that is not finite is written as `null`, because JSON has no such numbers.
    case number(Double)
    /// A whole number.
    case integer(Int)
    /// `true` or `false`.
    case boolean(Bool)
    /// An array.
    case array([JSONText])
    /// An object.
    case object([(name: String, value: JSONText)])
    /// `null`
    case null

    /// The value as JSON, indented by two spaces a level.
    public var text: String {
        var output = ""
        write(to: &output, indentation: "")
        return output
    }

    private func write(to output: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .string(let text): Self.write(text, to: &output)
        case .number(let number): output += number.isFinite ? "\(number)" : "null"
        case .integer(let number): output += String(number)
        case .boolean(let flag): output += flag ? "true" : "false"
        case .null: output += "null"
        case .array(let elements):
            output += elements.isEmpty ? "[" : "[\n"
            for (index, element) in elements.enumerated() {
                output += inner
                element.write(to: &output, indentation: inner)
                output += index == elements.count - 1 ? "\n" + indentation : ",\n"
            }
            output += "]"
        case .object(let members):
            output += members.isEmpty ? "{" : "{\n"
            for (index, member) in members.enumerated() {
                output += inner
                Self.write(member.name, to: &output)
                output += ": "
                member.value.write(to: &output, indentation: inner)
                output += index == members.count - 1 ? "\n" + indentation : ",\n"
            }
            output += "}"
        }
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }

    /// Values are equal when they are written alike.
    public static func == (left: JSONText, right: JSONText) -> Bool { left.text == right.text }
}
