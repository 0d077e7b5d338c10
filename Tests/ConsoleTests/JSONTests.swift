import Console
import Testing

/// Reading and writing JSON (RFC 8259).
@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", .boolean(true)), ("-0", .integer(0)), ("12", .integer(12)),
            ("1.5e2", .number(150)), ("\"a\\u00e9\\n\\ud83d\\ude00\"", .string("aé\n😀")),
            ("[1,[],{}]", .array([1, .array([]), .object([])])),
            ("{\"a\": {\"b\":false} }", .object([JSONMember("a", .object([JSONMember("b", .boolean(false))]))])),
        ] as [(String, JSONValue)])
    func textsAreRead(_ text: String, _ value: JSONValue) {
        #expect(JSONValue(parsing: text.utf8) == value)
        #expect(JSONValue(parsing: value.line.utf8) == value)
        #expect(JSONValue(parsing: value.indented.utf8) == value)
    }

    @Test(
        arguments: [
            "", "nul", "tru", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "\"", "\"\\x\"", "\"\\ud800\"",
            "\"\u{1}\"",
            "1 2", "+1", ".5", "1.", "--1", "-", "1e999", "'a'", "{\"a\":}", "[", "\"\\u12\"",
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
            String(repeating: "[", count: 100_000),
        ])
    func otherTextsAreNot(_ text: String) {
        #expect(JSONValue(parsing: text.utf8) == nil)
    }

    /// Whatever comes in, the parser ends; what it accepts can be written and read again.
    @Test func damagedTextsDoNoHarm() {
        let source = Array(#"{"v":1,"id":[1,-2.5e3,null],"command":"a\u00e9b","arguments":{"x":true}}"#.utf8)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            guard let value = JSONValue(parsing: bytes) else { continue }
            #expect(JSONValue(parsing: value.line.utf8) == value)
        }
    }

    @Test func controlCharactersAreEscaped() {
        #expect(JSONValue.string("\u{1B}[2J\u{9B}\"\\").line == #""\u001b[2J\u009b\"\\""#)
        #expect(JSONValue.number(.nan).line == "null")
    }
}
