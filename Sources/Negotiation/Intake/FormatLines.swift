/// Attribute texts by the format that they are about, in the order of the document.
struct FormatLines {
    private var lines: [(format: String, text: String)] = []
    /// Where the lines of a format stand. Only for sections with many: for others a search costs less than the table.
    private var places: [String: [Int]] = [:]

    /// More lines than are searched one by one.
    private static let searchLimit = 16

    var isEmpty: Bool { lines.isEmpty }

    mutating func add(_ text: String, of format: String) {
        lines.append((format, text))
        if lines.count == Self.searchLimit + 1 {
            for place in lines.indices { places[lines[place].format, default: []].append(place) }
        } else if lines.count > Self.searchLimit {
            places[format, default: []].append(lines.count - 1)
        }
    }

    /// All texts about a format.
    subscript(format: String) -> [String] {
        if lines.count > Self.searchLimit { return (places[format] ?? []).map { lines[$0].text } }
        var texts: [String] = []
        for line in lines where line.format == format { texts.append(line.text) }
        return texts
    }

    /// The first text about a format; `nil` for none.
    func first(of format: String) -> String? {
        if lines.count > Self.searchLimit { return places[format]?.first.map { lines[$0].text } }
        for line in lines where line.format == format { return line.text }
        return nil
    }
}
