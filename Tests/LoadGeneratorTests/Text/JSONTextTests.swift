import LoadGenerator
import Testing

struct JSONTextTests {
    @Test(arguments: [
        (JSONText.null, "null"), (.boolean(true), "true"), (.integer(-3), "-3"), (.number(0.5), "0.5"),
        (.number(.nan), "null"), (.number(.infinity), "null"), (.array([]), "[]"), (.object([]), "{}"),
        (.string("a\"b\\c\n\u{1}é"), "\"a\\\"b\\\\c\\u000a\\u0001é\""),
        (.array([.integer(1), .null]), "[\n  1,\n  null\n]"),
        (.object([("b", .integer(1)), ("a", .array([.integer(2)]))]), "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}"),
    ])
    func text(value: JSONText, text: String) {
        #expect(value.text == text)
    }
}
