/// What `--help` prints about the daemon's options.
public enum HelpText {
    /// Every option with its default, under the headings of the option table.
    public static var options: String {
        OptionTable.sections.map { section in
            ([section.title + ":"] + section.options.map(line)).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// Column at which the explanations start.
    private static let column = 44

    private static func line(_ option: OptionDeclaration) -> String {
        let letter = option.letter.map { "-\($0), " } ?? "    "
        let head = "  \(letter)--\(option.name)" + (option.kind.placeholder.map { "=\($0)" } ?? "")
        let gap =
            head.count < column
            ? String(repeating: " ", count: column - head.count)
            : "\n" + String(repeating: " ", count: column)
        return head + gap + option.help + note(option)
    }

    private static func note(_ option: OptionDeclaration) -> String {
        switch option.status {
        case .effective: option.defaultValue.map { " (\($0))" } ?? ""
        case .notYet(let need): " [no effect yet: needs \(need)]"
        case .harmless(let reason): " [accepted, no effect: \(reason)]"
        }
    }
}
