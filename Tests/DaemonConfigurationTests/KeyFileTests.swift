import Testing

@testable import DaemonConfiguration

@Suite struct KeyFileTests {
    private func entries(_ text: String, _ section: String = "a") throws -> [String: String] {
        let entries = try KeyFile(Array(text.utf8)).sections[section] ?? []
        return Dictionary(entries.map { ($0.key, $0.text) }, uniquingKeysWith: { _, last in last })
    }

    @Test(
        arguments: [
            ("", [:]),
            ("[a]", [:]),
            ("[a]\nk=v", ["k": "v"]),
            ("[a]\r\nk = v\r\n\r\nl=w\r\n", ["k": "v", "l": "w"]),
            ("\u{FEFF}[a]\nk=v", ["k": "v"]),
            ("# comment\n\n  # indented\n[a]\n\tk\t=\tv w \n#k = x\n", ["k": "v w"]),
            ("[a]\nk = v # not a comment", ["k": "v # not a comment"]),
            ("[a]\nk = \n", ["k": ""]),
            ("[a]\nk = a=b", ["k": "a=b"]),
            ("[a]\nk = 1\nk = 2", ["k": "2"]),
            ("[a]\nk = 1\n[b]\nk = 3\n[a]\nl = 2", ["k": "1", "l": "2"]),
            ("[a]\nadvertised address = 192.0.2.1", ["advertised address": "192.0.2.1"]),
            (#"[a]\#nk = \sx\\y\tz\q"#, ["k": " x\\y\tz\\q"]),
            ("[a]\nk = naïve", ["k": "naïve"]),
        ] as [(String, [String: String])])
    func readsSections(_ text: String, _ expected: [String: String]) throws {
        #expect(try entries(text) == expected)
    }

    @Test(
        arguments: [
            ("a;b", ["a", "b"]), ("a; b ;", ["a", "b"]), (" a ", ["a"]), ("", []), (";;", []),
            (#"a\;b;c"#, ["a;b", "c"]), (#"a\\;b"#, ["a\\", "b"]), (#"a\"#, ["a\\"]),
        ] as [(String, [String])])
    func splitsLists(_ value: String, _ elements: [String]) throws {
        let file = try KeyFile(Array("[a]\nk = \(value)".utf8))
        #expect(file.sections["a"]?.first?.list == elements)
    }

    @Test(
        arguments: [
            ("k = v", "line 1: a key before the first [section]"),
            ("[a]\nnonsense", "line 2: neither [section] nor key = value nor # comment"),
            ("[a]\n= v", "line 2: neither [section] nor key = value nor # comment"),
            ("[a]\n; v", "line 2: neither [section] nor key = value nor # comment"),
            ("[a\nk = v", "line 1: \"[a\" is no section name"),
            ("[]", "line 1: \"[]\" is no section name"),
            ("[", "line 1: \"[\" is no section name"),
            ("[a]]", "line 1: \"[a]]\" is no section name"),
        ])
    func refuses(_ text: String, _ message: String) {
        #expect(throws: ConfigurationError.usage(message)) { try KeyFile(Array(text.utf8)) }
    }

    @Test func octetsThatAreNotUTF8AreAllowedInCommentsOnly() throws {
        #expect(throws: ConfigurationError.usage("line 2: not UTF-8")) {
            try KeyFile([UInt8]("[a]\nk = ".utf8) + [0xE9])
        }
        #expect(try KeyFile([UInt8]("# caf".utf8) + [0xE9, 0x0A] + "[a]\nk = v".utf8).sectionNames == ["a"])
    }

    @Test func anyOctetsEndInAFileOrOneLine() {
        var random = SplitMix(seed: 3)
        let alphabet = Array("[]=;#\\ \n\r\tab".utf8) + [0xC3, 0xA9, 0xFF, 0]
        for _ in 0..<5000 {
            let bytes = (0..<random.next(below: 60)).map { _ in alphabet[random.next(below: alphabet.count)] }
            guard let file = try? KeyFile(bytes) else { continue }
            for entry in file.sections.values.joined() {
                #expect(!entry.key.isEmpty)
                #expect(entry.list.allSatisfy { !$0.isEmpty })
            }
        }
    }
}
