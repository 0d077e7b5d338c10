import Glibc
import Testing

@testable import DaemonConfiguration

/// The manual page and the option table say the same.
@Suite struct ManualPageTests {
    /// An `.It Fl Fl name …` of the page, with the lines until the next macro of its kind.
    private struct Item {
        var head: String
        var body: [String]

        var name: String { String(head.split(separator: " ")[0]) }
        var letter: String? {
            head.split(separator: ",").dropFirst().first?.split(separator: " ").dropFirst().first.map(String.init)
        }
        var placeholder: String? {
            let words = head.split(separator: ",")[0].split(separator: " ")
            return words.firstIndex(of: "Ar").map { String(words[$0 + 1]) }
        }
        var standard: String? {
            guard let line = body.firstIndex(of: "Default:"), line + 1 < body.count else { return nil }
            return body[line + 1].split(separator: " ").dropFirst().first.map(String.init)
        }
    }

    private static let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/man"

    private static let items: [Item] = {
        var items: [Item] = []
        for line in text(folder + "/millrace.8").split(separator: "\n") {
            if line.hasPrefix(".It Fl Fl ") {
                items.append(Item(head: String(line.dropFirst(".It Fl Fl ".count)), body: []))
            } else if !items.isEmpty {
                items[items.count - 1].body.append(String(line))
            }
        }
        return items
    }()

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// A list that ends without having begun makes `man` complain, one without an end indents what follows.
    @Test(arguments: ["millrace.8", "millrace-bench.1", "millrace-ctl.1", "millrace-replay.1"])
    func blocksBeginAndEnd(_ page: String) {
        let ends = ["El": "Bl", "Ed": "Bd"]
        var open: [Substring] = []
        for line in Self.text("\(Self.folder)/\(page)").split(separator: "\n") where line.hasPrefix(".") {
            let macro = line.dropFirst().prefix { $0 != " " }
            if ends.values.contains(String(macro)) { open.append(macro) }
            if let beginning = ends[String(macro)] { #expect(open.popLast() == beginning[...], "\(line)") }
            if macro == "Sh" { #expect(open.isEmpty, "before \(line)") }
        }
        #expect(open.isEmpty)
    }

    @Test func everyOptionIsDescribedOnceAndNothingElse() {
        #expect(Self.items.map(\.name).sorted() == OptionTable.all.map(\.name).sorted())
    }

    @Test(arguments: items.map(\.name))
    func descriptionsAgree(_ name: String) throws {
        let item = try #require(Self.items.first { $0.name == name })
        let option = try #require(OptionTable.option(named: name))
        #expect(item.letter == option.letter.map(String.init))
        #expect(item.placeholder == option.kind.placeholder)
        if option.status == .effective { #expect(item.standard == option.defaultValue) }
    }
}
