/// A word of the command language with what may follow it.
struct CommandWord: Sendable {
    /// Carries the command out; `rest` is what follows the words.
    typealias Action = @Sendable (_ rest: [Substring], OperatorContext) -> String

    let word: String
    let help: String
    /// Words that may follow.
    let next: [CommandWord]
    /// What to do when no word of `next` follows; `nil` when one must.
    let action: Action?
    /// Things that must follow the words, at least.
    let leastArguments: Int

    init(
        _ word: String, _ help: String, leastArguments: Int = 0, next: [CommandWord] = [], action: Action? = nil
    ) {
        self.word = word
        self.help = help
        self.leastArguments = leastArguments
        self.next = next
        self.action = action
    }

    /// The words below this one with their meanings, for `help`.
    var list: String {
        next.map { "  \($0.word)" + String(repeating: " ", count: max(1, 24 - $0.word.count)) + "\($0.help)\n" }
            .joined()
    }

    /// All commands from here, one a line, for `usage`.
    func tree(_ prefix: String = "") -> String {
        next.map { child in
            let path = prefix + child.word
            let line = "  \(path)" + String(repeating: " ", count: max(1, 36 - path.count)) + ": \(child.help)\n"
            return (child.action == nil ? "" : line) + child.tree(path + " ")
        }.joined()
    }
}
