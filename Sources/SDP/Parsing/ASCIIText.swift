import Wire

extension StringProtocol {
    /// The text with `A`…`Z` in lower case and everything else as it is.
    var asciiLowercased: String { String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self) }
}

/// Reads a text from left to right in parts between spaces.
struct TokenReader {
    private var rest: Substring

    init(_ text: Substring) { rest = text }

    init(_ text: String) { rest = text[...] }

    /// The next part, without the spaces around it; `nil` at the end.
    mutating func next() -> Substring? {
        skipSpaces()
        guard !rest.isEmpty else { return nil }
        let end = rest.utf8.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    /// All that follows, without the spaces before it.
    mutating func remainder() -> Substring {
        skipSpaces()
        defer { rest = rest[rest.endIndex...] }
        return rest
    }

    private mutating func skipSpaces() {
        let start = rest.utf8.firstIndex { $0 != UInt8(ascii: " ") } ?? rest.endIndex
        rest = rest[start...]
    }
}

/// Reads numbers as SDP writes them: digits only, no sign.
enum DecimalText {
    /// The number in `text` unless it is too large for `Value`.
    static func value<Value: FixedWidthInteger>(_ text: some StringProtocol, as type: Value.Type) -> Value? {
        var value: Value?
        for octet in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            let (product, overflows) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(Value(octet - UInt8(ascii: "0")))
            guard !overflows, !carries else { return nil }
            value = sum
        }
        return value
    }
}

/// Reads RTP payload types.
enum PayloadTypeText {
    /// 0…127
    static func value(_ text: some StringProtocol) -> UInt8? {
        guard let value = DecimalText.value(text, as: UInt8.self), value < 128 else { return nil }
        return value
    }
}
