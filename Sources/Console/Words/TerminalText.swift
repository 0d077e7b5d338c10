/// Text from the network or a file, for a terminal.
public enum TerminalText {
    /// The text with a question mark for each character that steers a terminal or turns the order of what is read.
    public static func clean(_ text: String) -> String {
        String(text.unicodeScalars.map { isHarmless($0.value) ? Character($0) : "?" })
    }

    private static func isHarmless(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7F..<0xA0: false
        // Separators of lines and paragraphs, marks, embeddings, overrides and isolates (Unicode UAX #9 §2).
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}
