/// Splits a command line into words as a shell does without expanding anything: spaces separate, single and double quotes
/// and backslashes protect.
package enum CommandWords {
    /// The words of `line`; `nil` when a quote is not closed or the line ends in a backslash.
    package static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = line.makeIterator()
        while let character = characters.next() {
            switch (character, quote) {
            case ("\\", .none), ("\\", "\""):
                guard let next = characters.next() else { return nil }
                word = (word ?? "") + (quote == "\"" && next != "\"" && next != "\\" ? "\\" : "") + String(next)
            case (_, .some(character)): quote = nil
            case ("'", .none), ("\"", .none):
                quote = character
                word = word ?? ""
            case (_, .none) where character == " " || character == "\t" || character.isNewline:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        if let finished = word { words.append(finished) }
        return words
    }
}
