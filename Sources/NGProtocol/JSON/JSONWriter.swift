internal import Bencode
internal import Wire

/// Writes values as JSON (RFC 8259). Strings that are UTF-8 stand as they are; in any other string every byte above
/// 127 becomes `\u00XX`, so that no reply is ever invalid JSON.
enum JSONWriter {
    static func write(_ dictionary: BencodeDictionary, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (index, entry) in dictionary.entries.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            write(string: entry.key.octets, into: &output)
            output.append(UInt8(ascii: ":"))
            write(entry.value, into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    static func write(_ value: BencodeValue, into output: inout [UInt8]) {
        switch value {
        case .integer(let value):
            output.append(contentsOf: String(value).utf8)
        case .string(let octets):
            write(string: octets, into: &output)
        case .list(let members):
            output.append(UInt8(ascii: "["))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(member, into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .dictionary(let dictionary):
            write(dictionary, into: &output)
        }
    }

    private static func write(string octets: [UInt8], into output: inout [UInt8]) {
        let isUTF8 = String(validating: octets, as: UTF8.self) != nil
        output.append(UInt8(ascii: "\""))
        for byte in octets {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0x00..<0x20: escape(byte, into: &output)
            case 0x80... where !isUTF8: escape(byte, into: &output)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, into output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output.append(contentsOf: "\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }
}
