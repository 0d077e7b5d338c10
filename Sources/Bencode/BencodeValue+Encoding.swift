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
            output.append(decimal: value)
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
        output.append(decimal: octets.count)
        output.append(UInt8(ascii: ":"))
        output.append(contentsOf: octets)
    }

    fileprivate static func encode(_ key: String, into output: inout [UInt8]) {
        output.append(decimal: key.octetCount)
        output.append(UInt8(ascii: ":"))
        key.appendOctets(to: &output)
    }
}

extension BencodeDictionary {
    /// Appends the dictionary, in insertion order, to `output`; without the entries whose key is `omitted`.
    public func encode(into output: inout [UInt8], without omitted: String? = nil) {
        output.append(UInt8(ascii: "d"))
        for entry in entries where entry.key != omitted {
            BencodeValue.encode(entry.key, into: &output)
            entry.value.encode(into: &output)
        }
        output.append(UInt8(ascii: "e"))
    }
}

extension BencodeDictionary {
    /// Octets of the encoded dictionary, without encoding it.
    public var encodedCount: Int {
        entries.reduce(2) { $0 + BencodeValue.encodedCount(ofString: $1.key.octetCount) + $1.value.encodedCount }
    }
}

extension BencodeValue {
    fileprivate var encodedCount: Int {
        switch self {
        case .integer(let value): 2 + (value < 0 ? 1 : 0) + BencodeValue.digitCount(value.magnitude)
        case .string(let octets): BencodeValue.encodedCount(ofString: octets.count)
        case .list(let members): members.reduce(2) { $0 + $1.encodedCount }
        case .dictionary(let dictionary): dictionary.encodedCount
        }
    }

    fileprivate static func encodedCount(ofString count: Int) -> Int { digitCount(UInt64(count)) + 1 + count }

    private static func digitCount(_ value: UInt64) -> Int {
        var (rest, count) = (value, 1)
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }
}
