import Wire

/// Matches recorded texts, in which `{KINDn}` stands for what changes from run to run, against real ones, and remembers
/// what each placeholder stands for.
struct TemplateMatcher {
    /// What placeholders stand for, as text; ports without the `+1`.
    private(set) var bindings: [String: String] = [:]
    private let placeholders: [String: Scenario.Placeholder]
    private var trail: [String] = []
    /// Templates that were cut at their placeholders before.
    private var parts: [String: [Part]] = [:]

    /// A piece of a template.
    private enum Piece {
        case literal([UInt8])
        /// `{INT}` and `{STR}`, which are never bound.
        case wildcard(PlaceholderPattern)
        case bindable(name: String, kind: String, isNext: Bool, PlaceholderPattern)
    }

    /// Kinds of which two placeholders may have equal values.
    private static let mayCoincide: Set<String> = ["LOOP", "FOUND", "USER", "NAME", "SESS"]

    init(_ placeholders: [String: Scenario.Placeholder]) {
        self.placeholders = placeholders
    }

    /// A point to return to with ``undo(to:)``.
    var mark: Int { trail.count }

    /// Forgets everything bound since `mark`.
    mutating func undo(to mark: Int) {
        while trail.count > mark { bindings[trail.removeLast()] = nil }
    }

    /// The template with everything filled in that is known.
    func substitute(_ template: String) -> String {
        guard template.utf8.contains(UInt8(ascii: "{")) else { return template }
        return TemplateMatcher.split(template).map { part in
            guard let field = part.field, let value = bindings[field.name] else { return String(octets: part.octets) }
            return field.isNext ? String((Int(value) ?? 0) + 1) : value
        }.joined()
    }

    /// Whether `actual` fits `template`; binds the placeholders that had no value if it does.
    mutating func match(_ template: String, _ actual: String) -> Bool {
        guard template.utf8.contains(UInt8(ascii: "{")) else { return template == actual }
        let parts = parts[template] ?? TemplateMatcher.split(template)
        self.parts[template] = parts
        // Most pairs differ in their first letters.
        if let first = parts.first, first.field == nil, !actual.utf8.starts(with: first.octets) { return false }
        let pieces = parts.map(piece)
        var found: [(Int, ArraySlice<UInt8>)] = []
        guard TemplateMatcher.match(pieces[...], 0, actual.octets[...], &found) else { return false }
        let mark = mark
        for (index, octets) in found {
            guard case .bindable(let name, let kind, let isNext, _) = pieces[index] else { continue }
            guard bind(name, kind, String(octets: octets), isNext: isNext) else {
                undo(to: mark)
                return false
            }
        }
        return true
    }

    private mutating func bind(_ name: String, _ kind: String, _ text: String, isNext: Bool) -> Bool {
        var value = text
        if kind == "PORT" {
            guard let number = Int(text).map({ $0 - (isNext ? 1 : 0) }), (1...65_535).contains(number),
                number % 2 == 0 || placeholders[name]?.isEven != true
            else { return false }
            value = String(number)
        }
        if let known = bindings[name] { return known == value }
        if !TemplateMatcher.mayCoincide.contains(kind) {
            let isTaken = bindings.contains { other, taken in
                taken == value && other.hasPrefix(kind) && other.dropFirst(kind.count).allSatisfy(\.isNumber)
            }
            if isTaken { return false }
        }
        bindings[name] = value
        trail.append(name)
        return true
    }

    /// Greedy matching with backtracking; `found` gets the texts of the bindable pieces by their index.
    private static func match(
        _ pieces: ArraySlice<Piece>, _ index: Int, _ text: ArraySlice<UInt8>, _ found: inout [(Int, ArraySlice<UInt8>)]
    ) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        let pattern: PlaceholderPattern
        switch piece {
        case .literal(let octets):
            return text.starts(with: octets)
                && match(pieces.dropFirst(), index + 1, text.dropFirst(octets.count), &found)
        case .wildcard(let known), .bindable(_, _, _, let known): pattern = known
        }
        let run = text.prefix(while: pattern.allows)
        var length = min(run.count, pattern.lengths.upperBound)
        while length >= pattern.lengths.lowerBound {
            let part = text.prefix(length)
            if pattern.fits(part) {
                found.append((index, part))
                if match(pieces.dropFirst(), index + 1, text.dropFirst(length), &found) { return true }
                found.removeLast()
            }
            length -= 1
        }
        return false
    }
}

extension TemplateMatcher {
    /// `{KINDn}` or `{KINDn+1}`.
    struct Field {
        var name: String
        var kind: String
        var isNext: Bool
    }

    /// A literal, or a placeholder with its text.
    struct Part {
        var octets: [UInt8]
        var field: Field?
    }

    /// A template cut at its placeholders; texts in braces that are none stay text.
    private static func split(_ template: String) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var rest = template.octets[...]
        while let octet = rest.first {
            if octet == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")),
                let field = field(String(octets: rest[(rest.startIndex + 1)..<end])[...])
            {
                if !literal.isEmpty { parts.append(Part(octets: literal)) }
                literal = []
                parts.append(Part(octets: Array(rest[...end]), field: field))
                rest = rest[(end + 1)...]
            } else {
                literal.append(octet)
                rest.removeFirst()
            }
        }
        if !literal.isEmpty { parts.append(Part(octets: literal)) }
        return parts
    }

    /// Reads what stands between the braces.
    static func field(_ text: Substring) -> Field? {
        let isNext = text.hasSuffix("+1")
        let name = isNext ? text.dropLast(2) : text
        let kind = name.prefix { ("A"..."Z").contains($0) }
        let number = name.dropFirst(kind.count)
        let isWildcard = kind == "INT" || kind == "STR"
        guard !kind.isEmpty, number.allSatisfy({ ("0"..."9").contains($0) }), isWildcard == number.isEmpty else {
            return nil
        }
        return Field(name: String(name), kind: String(kind), isNext: isNext)
    }

    private func piece(_ part: Part) -> Piece {
        guard let field = part.field else { return .literal(part.octets) }
        if let value = bindings[field.name] {
            return .literal((field.isNext ? String((Int(value) ?? 0) + 1) : value).octets)
        }
        switch field.kind {
        case "INT": if let pattern = PlaceholderPattern("[0-9]{1,20}") { return .wildcard(pattern) }
        case "STR": if let pattern = PlaceholderPattern("[^\\r\\n]*") { return .wildcard(pattern) }
        default:
            if let pattern = PlaceholderPattern(placeholders[field.name]?.pattern ?? "") {
                return .bindable(name: field.name, kind: field.kind, isNext: field.isNext, pattern)
            }
        }
        return .literal(part.octets)
    }
}
