import LoadGenerator
import Testing

struct CommandWordsTests {
    @Test(
        arguments: [
            ("", []), ("  ", []), ("relay", ["relay"]), (" a  b\tc\n", ["a", "b", "c"]), ("'a b' c", ["a b", "c"]),
            ("a\"b c\"d", ["ab cd"]), ("a\\ b", ["a b"]), ("\"a\\\"b\" '\\'", ["a\"b", "\\"]), ("''", [""]),
            ("\"a\\nb\"", ["a\\nb"]), ("x --config-file=none", ["x", "--config-file=none"]),
        ] as [(String, [String])])
    func words(line: String, words: [String]) {
        #expect(CommandWords.split(line) == words)
    }

    @Test(arguments: ["'", "a \"b", "a\\", "\"a\\"])
    func unfinished(line: String) {
        #expect(CommandWords.split(line) == nil)
    }
}
