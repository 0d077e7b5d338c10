/// Base64 as SDP uses it (RFC 4648 §4): the standard alphabet, padding optional on input and a choice on output.
public enum Base64 {
    /// Whether the last group is filled up with `=`.
    public enum Padding: Sendable {
        case included
        case omitted
    }

    /// The number of octets that `count` characters without their padding stand for; `nil` for a length that no
    /// text can have (RFC 4648 §4: the last group has two characters or more).
    public static func decodedCount(ofCharacters count: Int) -> Int? {
        count % 4 == 1 ? nil : count / 4 * 3 + max(0, count % 4 - 1)
    }

    /// Decodes `text` into `output` and returns the number of octets written; `nil`, with `output` partly
    /// overwritten, for a foreign character, a wrong padding or too little room.
    ///
    /// Bits that the last character carries beyond the last octet are ignored, as most decoders do.
    public static func decode(_ text: some BidirectionalCollection<UInt8>, into output: UnsafeMutableRawBufferPointer)
        -> Int?
    {
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        guard padding == 0 || text.count % 4 == 0, let count = decodedCount(ofCharacters: text.count - padding),
            count <= output.count
        else { return nil }
        var group: UInt32 = 0
        var bits = 0
        var written = 0
        for character in text.dropLast(padding) {
            guard let value = value(of: character) else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            output[written] = UInt8(truncatingIfNeeded: group >> UInt32(bits))
            written += 1
        }
        return written
    }

    /// The octets of `text`, or `nil` where ``decode(_:into:)`` gives `nil`.
    public static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        var isValid = false
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { buffer, count in
            guard let written = decode(text, into: UnsafeMutableRawBufferPointer(buffer)) else { return }
            count = written
            isValid = true
        }
        return isValid ? bytes : nil
    }

    /// Appends the characters of `bytes` to `output`.
    public static func encode(
        _ bytes: UnsafeRawBufferPointer, padding: Padding = .included, to output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        var written = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(character(for: UInt8(truncatingIfNeeded: group >> bits & 0x3F)))
                written += 1
            }
        }
        if bits > 0 {
            output.append(character(for: UInt8(truncatingIfNeeded: group << (6 - bits) & 0x3F)))
            written += 1
        }
        while padding == .included, written % 4 != 0 {
            output.append(UInt8(ascii: "="))
            written += 1
        }
    }

    /// The characters of `bytes`.
    public static func encode(_ bytes: some Collection<UInt8>, padding: Padding = .included) -> String {
        var characters: [UInt8] = []
        Array(bytes).withUnsafeBytes { encode($0, padding: padding, to: &characters) }
        return String(decoding: characters, as: UTF8.self)
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static func character(for value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
