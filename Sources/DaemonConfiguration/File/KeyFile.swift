/// A configuration file in the dialect of GLib's key files, which rtpengine reads: `[section]`, `key = value`,
/// comments on lines of their own that start with `#`, UTF-8, no continuation lines.
public struct KeyFile: Sendable, Equatable {
    /// A key with its value.
    public struct Entry: Sendable, Equatable {
        /// The key; may contain blanks.
        public let key: String
        /// The value as written, without surrounding blanks; see ``text`` and ``list``.
        public let value: String
        /// Line of the file, from 1.
        public let line: Int

        /// The value with its escapes undone.
        public var text: String { KeyFile.unescape(value[...]) }

        /// The elements between semicolons, without surrounding blanks and empty ones; `\;` is a semicolon.
        public var list: [String] {
            KeyFile.splitList(value).map { KeyFile.unescape(KeyFile.trim($0)) }.filter { !$0.isEmpty }
        }
    }

    /// Entries by section, each in the order of the file. A section that occurs twice continues, and of a key that
    /// occurs twice the last counts.
    public private(set) var sections: [String: [Entry]] = [:]
    /// Names of the sections in the order of the file.
    public private(set) var sectionNames: [String] = []

    /// Reads a whole file. Throws a line of explanation that starts with the line number.
    public init(_ bytes: some Collection<UInt8>) throws(ConfigurationError) {
        var section: String?
        for (index, rawLine) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let number = index + 1
            let lineBytes = KeyFile.trim(rawLine, isFirst: index == 0)
            guard let first = lineBytes.first, first != UInt8(ascii: "#") else { continue }
            guard let line = String(validating: lineBytes, as: UTF8.self) else {
                throw .usage("line \(number): not UTF-8")
            }
            if first == UInt8(ascii: "[") {
                let name = try KeyFile.sectionName(line, number)
                if sections[name] == nil {
                    sections[name] = []
                    sectionNames.append(name)
                }
                section = name
                continue
            }
            guard let equals = line.firstIndex(of: "="), !KeyFile.trim(line[..<equals]).isEmpty else {
                throw .usage("line \(number): neither [section] nor key = value nor # comment")
            }
            guard let section else { throw .usage("line \(number): a key before the first [section]") }
            let key = String(KeyFile.trim(line[..<equals]))
            let value = String(KeyFile.trim(line[line.index(after: equals)...]))
            add(Entry(key: key, value: value, line: number), to: section)
        }
    }

    /// A file without anything.
    public init() {}

    private mutating func add(_ entry: Entry, to section: String) {
        if let earlier = sections[section]?.firstIndex(where: { $0.key == entry.key }) {
            sections[section]?[earlier] = entry
        } else {
            sections[section, default: []].append(entry)
        }
    }

    private static func sectionName(_ line: String, _ number: Int) throws(ConfigurationError) -> String {
        let name = line.dropFirst().dropLast()
        guard line.last == "]", !name.isEmpty, !name.contains("["), !name.contains("]") else {
            throw .usage("line \(number): \"\(line)\" is no section name")
        }
        return String(name)
    }

    private static func trim<Bytes: Collection<UInt8>>(_ line: Bytes, isFirst: Bool) -> Bytes.SubSequence {
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0B, 0x0C, 0x0D].contains($0) }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = isFirst && line.starts(with: mark) ? line.dropFirst(mark.count) : line[...]
        var text = start.drop(while: isBlank)
        while let last = text.indices.reversed().first, isBlank(text[last]) { text = text[..<last] }
        return text
    }

    static func trim(_ text: Substring) -> Substring {
        var rest = text.drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return rest
    }

    private static func splitList(_ value: String) -> [Substring] {
        var parts: [Substring] = []
        var start = value.startIndex
        var isEscaped = false
        for index in value.indices {
            if isEscaped {
                isEscaped = false
            } else if value[index] == "\\" {
                isEscaped = true
            } else if value[index] == ";" {
                parts.append(value[start..<index])
                start = value.index(after: index)
            }
        }
        parts.append(value[start...])
        return parts
    }

    /// Undoes `\s`, `\n`, `\t`, `\r`, `\\` and `\;`; any other backslash stands for itself.
    private static func unescape(_ value: Substring) -> String {
        guard value.contains("\\") else { return String(value) }
        var result = ""
        var rest = value
        while let character = rest.popFirst() {
            guard character == "\\", let next = rest.first, let meaning = escapes[next] else {
                result.append(character)
                continue
            }
            result.append(meaning)
            rest.removeFirst()
        }
        return result
    }

    private static let escapes: [Character: Character] = [
        "s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\", ";": ";",
    ]
}
