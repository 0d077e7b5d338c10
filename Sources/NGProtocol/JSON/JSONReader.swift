public import Bencode
internal import Wire

/// Reads a JSON text (RFC 8259) into the values that bencode has (ng-protocol §1.3): `true` and `false` are 1 and 0,
/// fractions are cut off, numbers beyond 64 bits become the nearest that fits, and `null` is as if absent.
public enum JSONReader {
    /// The value of a whole text; `nil` for `null`.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: BencodeLimits = BencodeLimits()
    ) throws(JSONError) -> BencodeValue? {
        guard bytes.count <= limits.bytes else { throw JSONError(.tooLarge, at: limits.bytes) }
        var scanner = JSONScanner(bytes: Array(bytes), limits: limits)
        let value = try scanner.value(depth: 0)
        scanner.skipWhitespace()
        guard scanner.peek() == nil else { throw scanner.unexpected() }
        return value
    }
}

/// A cursor over one JSON text. Recursion is bounded by the depth limit.
private struct JSONScanner {
    let bytes: [UInt8]
    let limits: BencodeLimits
    var index = 0
    var elements = 0

    init(bytes: [UInt8], limits: BencodeLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    func unexpected() -> JSONError {
        guard let byte = peek() else { return JSONError(.truncated, at: index) }
        return JSONError(.unexpectedByte(byte), at: index)
    }

    mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard peek() == byte else { throw unexpected() }
        index += 1
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    mutating func value(depth: Int) throws(JSONError) -> BencodeValue? {
        elements += 1
        guard elements <= limits.elements else { throw JSONError(.tooManyElements, at: index) }
        skipWhitespace()
        switch peek() {
        case UInt8(ascii: "{"): return .dictionary(try object(depth: depth))
        case UInt8(ascii: "["): return .list(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .integer(1))
        case UInt8(ascii: "f"): return try literal("false", .integer(0))
        case UInt8(ascii: "n"): return try literal("null", nil)
        default: return .integer(try number())
        }
    }

    mutating func literal(_ word: StaticString, _ value: BencodeValue?) throws(JSONError) -> BencodeValue? {
        for offset in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[offset]) }
        return value
    }

    mutating func object(depth: Int) throws(JSONError) -> BencodeDictionary {
        guard depth < limits.depth else { throw JSONError(.tooDeep, at: index) }
        index += 1
        var dictionary = BencodeDictionary()
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return dictionary }
        repeat {
            skipWhitespace()
            let key = String(octets: try string())
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            if let value = try value(depth: depth + 1) { dictionary.append(key, value) }
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        return dictionary
    }

    mutating func array(depth: Int) throws(JSONError) -> [BencodeValue] {
        guard depth < limits.depth else { throw JSONError(.tooDeep, at: index) }
        index += 1
        var members: [BencodeValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return members }
        repeat {
            if let value = try value(depth: depth + 1) { members.append(value) }
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return members
    }

    mutating func string() throws(JSONError) -> [UInt8] {
        let start = index
        try expect(UInt8(ascii: "\""))
        var output: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard String(validating: output, as: UTF8.self) != nil else { throw JSONError(.invalidUTF8, at: start) }
                return output
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &output)
            case 0x00..<0x20:
                throw unexpected()
            default:
                output.append(byte)
                index += 1
            }
        }
        throw unexpected()
    }

    mutating func escape(into output: inout [UInt8]) throws(JSONError) {
        guard let byte = peek() else { throw unexpected() }
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            index += 1
            output.append(contentsOf: String(try unicodeScalar()).utf8)
            return
        default: throw unexpected()
        }
        index += 1
        output.append(plain)
    }

    /// The scalar of one `\uXXXX`, or of two that form a surrogate pair (RFC 8259 §7). The first `\u` has been read.
    mutating func unicodeScalar() throws(JSONError) -> UnicodeScalar {
        let start = index
        var value = UInt32(try hexDigits())
        if (0xD800..<0xDC00).contains(value), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = UInt32(try hexDigits())
            guard (0xDC00..<0xE000).contains(low) else { throw JSONError(.loneSurrogate, at: start) }
            value = 0x10000 + ((value - 0xD800) << 10 | (low - 0xDC00))
        }
        guard let scalar = UnicodeScalar(value) else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    mutating func hexDigits() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw unexpected()
            }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    /// `[ minus ] int [ frac ] [ exp ]` (RFC 8259 §6).
    mutating func number() throws(JSONError) -> Int64 {
        let start = index
        let isNegative = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger { return Int64(text) ?? (isNegative ? .min : .max) }
        guard let value = Double(text) else { return isNegative ? .min : .max }
        return Int64(exactly: value.rounded(.towardZero)) ?? (isNegative ? .min : .max)
    }

    mutating func digits() throws(JSONError) {
        let start = index
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw unexpected() }
    }
}
