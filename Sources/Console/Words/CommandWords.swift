internal import CallControl
internal import Telemetry

/// Answers lines in the words of rtpengine's command line interface (ng-protocol §9).
public struct CommandWords: Sendable {
    private let context: OperatorContext
    private let root: CommandWord
    /// The settings at the start, for `params`.
    private let initial: [String: String]

    /// Words about the relay of `context`.
    public init(_ context: OperatorContext) {
        self.context = context
        let initial = Dictionary(
            RuntimeSetting.all.map { ($0.name, $0.read(context)) }, uniquingKeysWith: { first, _ in first })
        self.initial = initial
        root = CommandWord(
            "", "",
            next: ListWords.words + SetWords.words + CallWords.words + SetWords.parameters(initial)
                + UnsupportedWords.words)
    }

    /// Carries out a line and says what to tell the operator; every answer ends its last line.
    public func answer(_ line: some StringProtocol) -> String {
        let words = line.split(whereSeparator: \.isWhitespace).map { Substring($0) }
        guard let first = words.first else { return Self.tooShort }
        if first == "usage" { return "\n" + root.tree() + "\n" }
        return answer(words[...], at: root)
    }

    private static let tooShort = "More parameters required.\n\n"

    private func answer(_ words: ArraySlice<Substring>, at place: CommandWord) -> String {
        guard let word = words.first else {
            return place.action.map { place.leastArguments == 0 ? $0([], context) : Self.tooShort } ?? Self.tooShort
        }
        if word == "help", !place.next.isEmpty { return "\n" + place.list + "\n" }
        if let child = place.next.first(where: { $0.word == word }) { return answer(words.dropFirst(), at: child) }
        guard let action = place.action else { return "Unknown command: \(word)\n" }
        guard words.count >= place.leastArguments else { return Self.tooShort }
        return action(Array(words), context)
    }
}

/// Words for what this relay does not have.
enum UnsupportedWords {
    static let words: [CommandWord] =
        ["ksadd", "ksrm", "kslist"].map { word in
            CommandWord(word, "Redis keyspaces") { _, _ in "Keyspace notification feature has not been configured.\n" }
        } + [
            CommandWord("active", "Take the calls of other relays over") { _, _ in ownership },
            CommandWord("standby", "Leave the calls to other relays") { _, _ in ownership },
            CommandWord("media", "Media files of the player") { _, _ in "This relay plays no media.\n" },
        ]

    private static let ownership = "Calls are not kept in Redis: each one belongs to the relay that has it.\n"
}
