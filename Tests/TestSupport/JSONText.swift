public import Bencode
import Wire

extension BencodeValue {
    /// The value as JSON. Strings must be UTF-8.
    public var json: String {
        switch self {
        case .integer(let value): String(value)
        case .string(let octets): BencodeValue.quoted(String(decoding: octets, as: UTF8.self))
        case .list(let members): "[" + members.map(\.json).joined(separator: ",") + "]"
        case .dictionary(let dictionary):
            "{"
                + dictionary.entries.map { entry in
                    BencodeValue.quoted(String(decoding: entry.key.octets, as: UTF8.self)) + ":" + entry.value.json
                }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\r": result += "\\r"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
