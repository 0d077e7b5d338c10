internal import Wire

extension BencodeValue {
    /// The canonical spelling of integers and lengths, dictionaries in insertion order.
    public var encoded: [UInt8] {
        var output: [UInt8] = []
        encode(into: &output)
        return output
    }

    /// Appends ``encoded`` to `output`.
    public func encode(into output: inout [UInt8]) {
        switch self {
        case .integer(let value):
            output.append(UInt8(ascii: "i"))
            output.append(contentsOf: String(value).utf8)
            output.append(UInt8(ascii: "e"))
        case .string(let octets):
            BencodeValue.encode(octets, into: &output)
        case .list(let members):
            output.append(UInt8(ascii: "l"))
            for member in members { member.encode(into: &output) }
            output.append(UInt8(ascii: "e"))
        case .dictionary(let dictionary):
            dictionary.encode(into: &output)
        }
    }

    fileprivate static func encode(_ octets: [UInt8], into output: inout [UInt8]) {
        output.append(contentsOf: String(octets.count).utf8)
        output.append(UInt8(ascii: ":"))
        output.append(contentsOf: octets)
    }
}

extension BencodeDictionary {
    /// Appends the dictionary, in insertion order, to `output`.
    public func encode(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "d"))
        for entry in entries {
            BencodeValue.encode(entry.key.octets, into: &output)
            entry.value.encode(into: &output)
        }
        output.append(UInt8(ascii: "e"))
    }
}
