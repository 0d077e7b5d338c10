import Wire

extension TemplateMatcher {
    /// Whether a line fits, where the order of `fmtp` parameters and the case of a candidate's transport are free.
    mutating func matchLine(_ template: String, _ actual: String) -> Bool {
        if match(template, actual) { return true }
        if template.hasPrefix("a=fmtp:"), let expected = TemplateMatcher.canonicalParameters(template) {
            return expected == TemplateMatcher.canonicalParameters(actual)
        }
        guard template.hasPrefix("a=candidate:") else { return false }
        var expected = template.split(separator: " ", omittingEmptySubsequences: false)
        var found = actual.split(separator: " ", omittingEmptySubsequences: false)
        guard expected.count == found.count, expected.count > 2, expected[2].lowercased() == found[2].lowercased()
        else { return false }
        expected.remove(at: 2)
        found.remove(at: 2)
        return match(expected.joined(separator: " "), found.joined(separator: " "))
    }

    /// The format and its parameters in alphabetical order; `nil` for parameters without names.
    private static func canonicalParameters(_ line: String) -> String? {
        guard let space = line.firstIndex(of: " "), line.hasPrefix("a=fmtp:") else { return nil }
        let parameters = line[line.index(after: space)...]
        guard parameters.contains("=") else { return nil }
        let sorted = parameters.split(separator: ";").map { text in
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }.sorted()
        return line[..<space] + " " + sorted.joined(separator: ";")
    }

    /// Pairs lines regardless of their order. Returns what found no partner.
    mutating func matchUnordered(
        _ expected: [String], _ actual: [String]
    ) -> (missing: [String], unexpected: [String]) {
        if expected.count == actual.count {
            let mark = mark
            if zip(expected, actual).allSatisfy({ matchLine($0, $1) }) { return ([], []) }
            undo(to: mark)
        }
        // Lines without placeholders have one partner at most; only the others need a search.
        var (templates, lines) = (expected, actual)
        for template in expected where !template.utf8.contains(UInt8(ascii: "{")) {
            guard let line = lines.firstIndex(where: { matchLine(template, $0) }) else { continue }
            lines.remove(at: line)
            if let index = templates.firstIndex(of: template) { templates.remove(at: index) }
        }
        var search = UnorderedSearch(expected: templates.filter { $0.contains("{") }, actual: lines)
        let literals = templates.filter { !$0.contains("{") }
        if search.run(&self) { return (literals, []) }
        for (template, line) in search.best.sorted(by: { $0.key < $1.key }) {
            _ = matchLine(search.expected[template], lines[line])
        }
        let used = Set(search.best.values)
        return (
            literals + search.expected.indices.filter { search.best[$0] == nil }.map { search.expected[$0] },
            lines.indices.filter { !used.contains($0) }.map { lines[$0] }
        )
    }
}

/// A search with backtracking for the assignment of lines to templates that leaves the fewest over.
private struct UnorderedSearch {
    let expected: [String]
    let actual: [String]
    private(set) var best: [Int: Int] = [:]
    private var pairs: [Int: Int] = [:]
    private var used: Set<Int> = []
    private var budget = 500

    init(expected: [String], actual: [String]) {
        self.expected = expected
        self.actual = actual
    }

    /// Whether every template and every line found its partner.
    mutating func run(_ matcher: inout TemplateMatcher, at template: Int = 0) -> Bool {
        guard template < expected.count else {
            budget -= 1
            if pairs.count > best.count { best = pairs }
            return pairs.count == expected.count && pairs.count == actual.count
        }
        for line in actual.indices where !used.contains(line) {
            let mark = matcher.mark
            guard matcher.matchLine(expected[template], actual[line]) else { continue }
            pairs[template] = line
            used.insert(line)
            if run(&matcher, at: template + 1) { return true }
            pairs[template] = nil
            used.remove(line)
            matcher.undo(to: mark)
            if budget < 0 { return false }
        }
        return budget < 0 ? false : run(&matcher, at: template + 1)
    }
}
