/// `ice-char = ALPHA / DIGIT / "+" / "/"` (RFC 8839 §5.1).
enum ICECharacters {
    /// The character of the lowest six bits.
    static func character(_ bits: UInt64) -> Character {
        let index = UInt8(truncatingIfNeeded: bits & 63)
        let code =
            switch index {
            case 0..<26: UInt8(ascii: "A") + index
            case 26..<52: UInt8(ascii: "a") + (index - 26)
            case 52..<62: UInt8(ascii: "0") + (index - 52)
            case 62: UInt8(ascii: "+")
            default: UInt8(ascii: "/")
            }
        return Character(UnicodeScalar(code))
    }

    /// `count` random characters, six bits each.
    static func random(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<count { text.append(character(generator.next())) }
        return text
    }
}
