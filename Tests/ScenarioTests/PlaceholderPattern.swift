/// What one placeholder may stand for, in octets. Knows the patterns that scenario files use: a character class with
/// bounds, and fingerprints.
struct PlaceholderPattern: Sendable {
    let lengths: ClosedRange<Int>
    let allows: @Sendable (UInt8) -> Bool
    /// Pairs of digits between colons.
    let isFingerprint: Bool

    /// `pattern` is the text in the scenario file; `nil` when it is of no known shape.
    init?(_ pattern: String) {
        if pattern.hasPrefix("[0-9A-F]{2}(?::[0-9A-F]{2}){"), let more = Int(pattern.dropFirst(28).dropLast()) {
            lengths = (2 + 3 * more)...(2 + 3 * more)
            isFingerprint = true
            allows = { PlaceholderPattern.isUpperHex($0) || $0 == UInt8(ascii: ":") }
            return
        }
        isFingerprint = false
        guard pattern.first == "[", let end = pattern.firstIndex(of: "]"),
            let allows = PlaceholderPattern.classes[String(pattern[...end])]
        else { return nil }
        self.allows = allows
        let quantifier = pattern[pattern.index(after: end)...]
        switch quantifier {
        case "+": lengths = 1...4096
        case "*": lengths = 0...4096
        default:
            let bounds = quantifier.dropFirst().dropLast().split(separator: ",").compactMap { Int($0) }
            guard quantifier.first == "{", let low = bounds.first, let high = bounds.last else { return nil }
            lengths = low...high
        }
    }

    /// The whole text fits.
    func fits(_ text: ArraySlice<UInt8>) -> Bool {
        guard lengths.contains(text.count), text.allSatisfy(allows) else { return false }
        guard isFingerprint else { return true }
        return text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).allSatisfy {
            $0.count == 2 && $0.allSatisfy(PlaceholderPattern.isUpperHex)
        }
    }

    private static func isUpperHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isIceCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/")
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "[0-9]": { isDigit($0) },
        "[A-Za-z0-9+/]": { isIceCharacter($0) },
        "[A-Za-z0-9+/_-]": { isIceCharacter($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") },
        "[^\\s]": { !(9...13).contains($0) && $0 != 32 },
        "[^\\r\\n]": { $0 != 13 && $0 != 10 },
    ]
}
