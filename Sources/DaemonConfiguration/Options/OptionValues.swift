/// The values of all options: the command line's, else the file's, else the declared default.
struct OptionValues {
    /// Where a value stands, for messages.
    enum Origin: Equatable {
        case commandLine
        case file(line: Int)
    }

    private var values: [String: (texts: [String], origin: Origin)] = [:]
    /// Name of the file, for messages.
    private let fileName: String

    /// Merges the command line with a section of a file. Unknown keys of the section are added to `warnings`.
    init(
        _ arguments: CommandLineArguments, section: [KeyFile.Entry], fileName: String, warnings: inout [String]
    ) throws(ConfigurationError) {
        self.fileName = fileName
        for entry in section {
            guard let option = OptionTable.option(named: entry.key), !Self.commandLineOnly.contains(entry.key) else {
                warnings.append("\(fileName):\(entry.line): unknown option \"\(entry.key)\" ignored")
                continue
            }
            try read(entry, of: option)
        }
        for (name, texts) in arguments.values { values[name] = (texts, .commandLine) }
    }

    private static let commandLineOnly: Set = ["help", "version", "codecs", "config-file", "config-section"]

    private mutating func read(_ entry: KeyFile.Entry, of option: OptionDeclaration) throws(ConfigurationError) {
        let texts: [String] =
            switch option.kind {
            case .list, .integerList, .wordList: entry.list
            case .text: [entry.text]
            // GLib reads a number up to the first blank, so that files have comments behind numbers.
            case .integer, .decimal: [entry.text.split(separator: " ").first.map(String.init) ?? ""]
            case .flag, .word: [entry.text]
            }
        for text in texts where !option.kind.accepts(text) {
            throw .usage("\(fileName):\(entry.line): \(option.name): \"\(text)\" is not \(option.kind.expectation)")
        }
        values[option.name] = (texts, .file(line: entry.line))
    }

    /// Names of the options that are given, in the order of the table.
    var given: [OptionDeclaration] { OptionTable.all.filter { values[$0.name] != nil } }

    /// Whether `option` is given a value that differs from its default.
    func isChanged(_ option: OptionDeclaration) -> Bool {
        guard let texts = values[option.name]?.texts else { return false }
        switch option.kind {
        case .flag: return texts == ["true"]
        case .text, .list: return !texts.allSatisfy(\.isEmpty)
        case .integer: return OptionKind.integer(texts.last ?? "") != OptionKind.integer(option.defaultValue ?? "")
        case .decimal: return OptionKind.decimal(texts.last ?? "") != OptionKind.decimal(option.defaultValue ?? "")
        case .word: return texts.last?.lowercased() != option.defaultValue?.lowercased()
        case .integerList, .wordList: return !texts.isEmpty && texts != [option.defaultValue ?? ""]
        }
    }

    /// How messages refer to the option: `--port-min`, or file, line and key.
    func place(of name: String) -> String {
        switch values[name]?.origin {
        case .file(let line): "\(fileName):\(line): \(name)"
        case .commandLine, nil: "--\(name)"
        }
    }

    func isSet(_ name: String) -> Bool { text(name) == "true" }

    /// The last value given, else the default; `nil` for neither, or for an empty text.
    func text(_ name: String) -> String? {
        let text = values[name]?.texts.last ?? OptionTable.option(named: name)?.defaultValue
        return text?.isEmpty == true ? nil : text
    }

    func list(_ name: String) -> [String] { values[name]?.texts ?? [] }

    func integer(_ name: String) -> Int? { text(name).flatMap(OptionKind.integer) }

    func decimal(_ name: String) -> Double? { text(name).flatMap(OptionKind.decimal) }

    /// The word as declared, whatever case it was written in.
    func word(_ name: String) -> String? {
        guard let text = text(name), case .word(let words) = OptionTable.option(named: name)?.kind else { return nil }
        return words.first { $0.lowercased() == text.lowercased() }
    }

    /// A positive number, with 0 meaning "not limited".
    func limit(_ name: String) -> Int? { integer(name).flatMap { $0 > 0 ? $0 : nil } }

    /// The seconds given.
    func duration(_ name: String) -> Duration { .seconds(integer(name) ?? 0) }

    /// The seconds given, or the declared default in place of 0.
    func positiveDuration(_ name: String) -> Duration {
        let standard = OptionTable.option(named: name)?.defaultValue.flatMap(OptionKind.integer) ?? 0
        return .seconds(limit(name) ?? standard)
    }
}
