/// A relay to be measured.
public struct RelayUnderTest: Equatable, Sendable {
    /// How it is started.
    public enum Kind: Equatable, Sendable {
        /// A command line; the options of ``RelayEnvironment`` are added to it.
        case command(String)
        /// One receive and one send a packet inside the generator's process: the floor. It has no signalling.
        case nullBound
    }

    /// What it is called in reports.
    public var name: String
    /// How it is started.
    public var kind: Kind

    /// A relay of this name and kind.
    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Reads `NAME=COMMAND`, or a command alone, which is then called by the last part of its program's path; the word
    /// `null` stands for the floor. `nil` when the command has no words or an open quote.
    public init?(_ text: String) {
        if text == "null" {
            self.init(name: "null bound", kind: .nullBound)
            return
        }
        var name: Substring = ""
        var command = text[...]
        if let sign = text.firstIndex(of: "="), !text[..<sign].isEmpty, text[..<sign].allSatisfy(Self.isNameCharacter) {
            name = text[..<sign]
            command = text[text.index(after: sign)...]
        }
        guard let program = CommandWords.split(String(command))?.first else { return nil }
        if name.isEmpty { name = program.split(separator: "/").last ?? program[...] }
        self.init(name: String(name), kind: .command(String(command)))
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._+-@".contains(character))
    }
}
