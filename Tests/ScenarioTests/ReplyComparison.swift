import Bencode
import TestSupport
import Wire

/// Compares an answer with the recorded one and collects the differences.
struct ReplyComparison {
    var matcher: TemplateMatcher
    private(set) var differences: [String] = []

    init(_ matcher: TemplateMatcher) {
        self.matcher = matcher
    }

    mutating func compare(_ expected: BencodeValue, _ actual: BencodeValue, at path: String = "") {
        if path.hasSuffix("/sdp"), case .string(let body) = actual {
            compareDescription(expected, String(octets: body))
            return
        }
        switch expected {
        case .dictionary(let entries):
            if let shape = entries.first("{LIST}"), entries.entries.count == 1 {
                compareShape(shape, actual, at: path)
            } else {
                compare(entries, actual, at: path)
            }
        case .list(let members): compare(members, actual, at: path)
        case .string(let octets): compare(String(octets: octets), actual, at: path)
        case .integer: if expected != actual { note(path, expected, actual) }
        }
    }

    private mutating func note(_ path: String, _ expected: BencodeValue, _ actual: BencodeValue) {
        differences.append("\(path): recorded \(expected.shown), got \(actual.shown)")
    }

    private mutating func compareShape(_ shape: BencodeValue, _ actual: BencodeValue, at path: String) {
        guard let members = actual.list else {
            differences.append("\(path): a list was recorded, got \(actual.shown)")
            return
        }
        guard shape.text != "{ANY}" else { return }
        for (index, member) in members.enumerated() { compare(shape, member, at: "\(path)/\(index)") }
    }

    private mutating func compare(_ expected: BencodeDictionary, _ actual: BencodeValue, at path: String) {
        guard let actual = actual.dictionary else {
            differences.append("\(path): a dictionary was recorded, got \(actual.shown)")
            return
        }
        var left = actual.entries
        let (templates, names) = (
            expected.entries.filter { $0.key.contains("{") }, expected.entries.filter { !$0.key.contains("{") }
        )
        for entry in names + templates {
            var match: Int?
            for index in left.indices where match == nil && matcher.match(entry.key, left[index].key) { match = index }
            guard let match else {
                differences.append("\(path): missing key - \(entry.key) = \(entry.value.shown)")
                continue
            }
            compare(entry.value, left.remove(at: match).value, at: path + "/" + entry.key)
        }
        for entry in left { differences.append("\(path): unexpected key + \(entry.key) = \(entry.value.shown)") }
    }

    private mutating func compare(_ expected: [BencodeValue], _ actual: BencodeValue, at path: String) {
        guard let members = actual.list, members.count == expected.count else {
            differences.append("\(path): recorded \(BencodeValue.list(expected).shown), got \(actual.shown)")
            return
        }
        let (texts, actualTexts) = (expected.compactMap(\.text), members.compactMap(\.text))
        if texts.count == expected.count, actualTexts.count == members.count {
            let (missing, unexpected) = matcher.matchUnordered(texts, actualTexts)
            if !missing.isEmpty || !unexpected.isEmpty {
                differences.append("\(path): missing \(missing), unexpected \(unexpected)")
            }
            return
        }
        for (index, (first, second)) in zip(expected, members).enumerated() {
            compare(first, second, at: "\(path)/\(index)")
        }
    }

    /// A text, or a placeholder that stands for a text or a number.
    private mutating func compare(_ expected: String, _ actual: BencodeValue, at path: String) {
        let isWhole = expected.first == "{" && expected.last == "}"
        let field = isWhole ? TemplateMatcher.field(expected.dropFirst().dropLast()) : nil
        let isNumber = field.map { ["PORT", "SSRC", "INT"].contains($0.kind) } ?? false
        let text = isNumber ? actual.integer.map { String($0) } : actual.text
        if let text, matcher.match(expected, text) { return }
        let bound = field.flatMap { matcher.bindings[$0.name] }.map { " (bound to \($0))" } ?? ""
        differences.append("\(path): recorded \(expected)\(bound), got \(actual.shown)")
    }
}

extension ReplyComparison {
    /// Descriptions: equal sections in equal order, with equal lines in equal order but for attributes, which may come
    /// in any.
    private mutating func compareDescription(_ expected: BencodeValue, _ body: String) {
        guard let templates = expected.list?.compactMap(\.text) else {
            if let raw = expected.text, matcher.match(raw, body) { return }
            differences.append("sdp: recorded \(expected.shown), got \(body)")
            return
        }
        guard body.octets.suffix(2) == [13, 10] else {
            differences.append("sdp: does not end with CRLF: \(body)")
            return
        }
        let lines = body.octets.dropLast(2).split(separator: 10, omittingEmptySubsequences: false).enumerated()
            .map { String(octets: $0.element.last == 13 ? $0.element.dropLast() : $0.element) }
        let (expectedSections, sections) = (
            ReplyComparison.sections(templates), ReplyComparison.sections(lines)
        )
        guard expectedSections.count == sections.count else {
            differences.append(
                "sdp: recorded \(expectedSections.count - 1) sections, got \(sections.count - 1): \(lines)")
            return
        }
        for index in sections.indices { compareSection(index, expectedSections[index], sections[index]) }
    }

    private mutating func compareSection(_ index: Int, _ templates: [String], _ lines: [String]) {
        let place = index == 0 ? "sdp session" : "sdp section \(index)"
        let (fixed, actualFixed) = (
            templates.filter { !$0.hasPrefix("a=") }, lines.filter { !$0.hasPrefix("a=") }
        )
        let mark = matcher.mark
        if fixed.count != actualFixed.count || !zip(fixed, actualFixed).allSatisfy({ matcher.match($0, $1) }) {
            matcher.undo(to: mark)
            let rest = matcher.matchUnordered(fixed, actualFixed)
            note(rest, place)
            if rest.missing.isEmpty, rest.unexpected.isEmpty { differences.append("\(place): other order of lines") }
        }
        note(
            matcher.matchUnordered(
                templates.filter { $0.hasPrefix("a=") }, lines.filter { $0.hasPrefix("a=") }), place)
    }

    private mutating func note(_ rest: (missing: [String], unexpected: [String]), _ place: String) {
        for line in rest.missing { differences.append("\(place): missing    - \(line)") }
        for line in rest.unexpected { differences.append("\(place): unexpected + \(line)") }
    }

    private static func sections(_ lines: [String]) -> [[String]] {
        var sections: [[String]] = [[]]
        for line in lines {
            if line.hasPrefix("m=") { sections.append([]) }
            sections[sections.count - 1].append(line)
        }
        return sections
    }
}

extension BencodeValue {
    /// A short text for messages.
    fileprivate var shown: String { String(json.prefix(160)) }
}
