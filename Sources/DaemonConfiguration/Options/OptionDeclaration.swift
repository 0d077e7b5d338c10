/// One option of the daemon: everything that the command line, the configuration file, `--help` and the manual page
/// need to know about it, said once.
public struct OptionDeclaration: Sendable {
    /// Long name without dashes; also the key in the configuration file.
    public let name: String
    /// Single letter, as in `-i`.
    public let letter: Character?
    /// What values look like.
    public let kind: OptionKind
    /// Value used when the option is not given, in the spelling of the command line; `nil` when there is none.
    public let defaultValue: String?
    /// One line for `--help` and the manual page, without a full stop.
    public let help: String
    /// What giving it does today.
    public let status: OptionStatus

    init(
        _ name: String, _ letter: Character, _ kind: OptionKind, default defaultValue: String? = nil, _ help: String,
        _ status: OptionStatus = .effective
    ) {
        self.init(name: name, letter: letter, kind: kind, defaultValue: defaultValue, help: help, status: status)
    }

    init(
        _ name: String, _ kind: OptionKind, default defaultValue: String? = nil, _ help: String,
        _ status: OptionStatus = .effective
    ) {
        self.init(name: name, letter: nil, kind: kind, defaultValue: defaultValue, help: help, status: status)
    }

    private init(
        name: String, letter: Character?, kind: OptionKind, defaultValue: String?, help: String, status: OptionStatus
    ) {
        self.name = name
        self.letter = letter
        self.kind = kind
        self.defaultValue = defaultValue
        self.help = help
        self.status = status
    }
}

/// What the values of an option look like.
public enum OptionKind: Sendable, Equatable {
    /// Present or not; `true` or `false` in a file.
    case flag
    /// A whole number of this range.
    case integer(ClosedRange<Int>)
    /// A number of this range.
    case decimal(ClosedRange<Double>)
    /// Any text; the word names it in the help.
    case text(String)
    /// May be repeated; the word names one element in the help.
    case list(String)
    /// May be repeated; every element is a whole number of this range.
    case integerList(ClosedRange<Int>)
    /// One of these words, without regard to case.
    case word([String])
    /// May be repeated; every element is one of these words, without regard to case.
    case wordList([String])

    /// Whether the option may be given more than once, each time adding a value.
    public var isList: Bool {
        switch self {
        case .list, .integerList, .wordList: true
        case .flag, .integer, .decimal, .text, .word: false
        }
    }

    /// What stands for the value in `--help` and the manual page; `nil` for a flag.
    public var placeholder: String? {
        switch self {
        case .flag: nil
        case .integer, .integerList: "INT"
        case .decimal: "NUMBER"
        case .text(let name), .list(let name): name
        case .word(let words), .wordList(let words): words.joined(separator: "|")
        }
    }

    /// The values that are accepted, for messages: `an integer from 1 to 65535`.
    var expectation: String {
        switch self {
        case .flag: "true or false"
        case .integer(let range), .integerList(let range): OptionKind.describe(range)
        case .decimal(let range):
            "a number from \(OptionKind.text(range.lowerBound)) to \(OptionKind.text(range.upperBound))"
        case .text(let name), .list(let name): name
        case .word(let words), .wordList(let words): "one of " + words.joined(separator: ", ")
        }
    }

    /// Whether `text` is a value of this kind.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .flag: text == "true" || text == "false"
        case .integer(let range), .integerList(let range): OptionKind.integer(text).map(range.contains) ?? false
        case .decimal(let range): OptionKind.decimal(text).map(range.contains) ?? false
        case .text, .list: true
        case .word(let words), .wordList(let words): words.contains { $0.lowercased() == text.lowercased() }
        }
    }

    /// A decimal or `0x` number with an optional sign.
    static func integer(_ text: String) -> Int? {
        let isNegative = text.first == "-"
        let digits = isNegative ? text.dropFirst() : text[...]
        guard digits.lowercased().hasPrefix("0x") else { return Int(text) }
        let hex = digits.dropFirst(2)
        guard hex.first?.isHexDigit == true, let value = Int(hex, radix: 16) else { return nil }
        return isNegative ? -value : value
    }

    /// A finite number in decimal notation.
    static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    private static func describe(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (Int.min, Int.max): "an integer"
        case (let low, Int.max): "an integer of at least \(low)"
        case (let low, let high): "an integer from \(low) to \(high)"
        }
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}

/// What giving an option does today.
public enum OptionStatus: Sendable, Equatable {
    /// It changes what the daemon does.
    case effective
    /// It asks for something that does not exist yet; start-up warns. The text completes "needs …".
    case notYet(String)
    /// It tunes something of rtpengine's that has no counterpart, so that leaving it out changes nothing a client or
    /// peer can see. Accepted silently.
    case harmless(String)
}
