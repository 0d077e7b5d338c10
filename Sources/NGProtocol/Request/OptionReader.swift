internal import Bencode
internal import Negotiation
internal import Wire

/// Applies keys, flags and flag strings to a request, one after the other, so that later ones win.
struct OptionReader {
    var request: NGRequest
    /// Inside `rtpp-flags` leading digits make a number.
    private var isInFlagString = false
    /// Words left before a message is taken for an attack; it bounds what later stages must look through.
    private var words = OptionReader.greatestWordCount

    static let greatestWordCount = 4096
    /// Notes kept of each kind, and the bytes of one note.
    static let greatestNoteCount = 64
    static let greatestNoteLength = 128

    init(request: consuming NGRequest) {
        self.request = request
    }

    /// The request with all that was applied to it.
    consuming func finish() -> NGRequest { request }

    // MARK: Keys

    /// Applies one key of the request, as the client spelled it.
    mutating func key(_ spelled: String, _ value: BencodeValue) throws(NGErrorText) {
        try key(OptionTable.keys[spelled], spelled: spelled, value)
    }

    /// Applies one key of the request, of which `entry` is all that is known.
    mutating func key(_ entry: KeyEntry?, spelled: String, _ value: BencodeValue) throws(NGErrorText) {
        switch entry?.role {
        case .flags: eachWord(of: value) { reader, word in reader.flag(word) }
        // Read beforehand, and flag strings by whoever walks the request.
        case .command, .template, .flagString: return
        case .option, nil:
            guard let entry, try apply(entry, spelled: spelled, value) else { return noteOther(entry, spelled, value) }
        }
    }

    /// Applies a declared key; `false` when it is none.
    private mutating func apply(
        _ entry: KeyEntry, spelled: String, _ value: BencodeValue
    ) throws(NGErrorText) -> Bool {
        switch entry.kind {
        case nil: return false
        case .text(let set):
            guard let text = value.text else { break }
            if !set(&request, text) { noteUnknown("\(spelled)=\(text)") }
            if entry.isUnsupported { noteUnsupported("\(spelled)=\(text)") }
        case .integer(let set):
            guard let number = integer(value) else {
                if let text = value.text { noteUnknown("\(spelled)=\(text)") }
                break
            }
            if !set(&request, number) { noteUnknown("\(spelled)=\(number)") }
            if entry.isUnsupported { noteUnsupported("\(spelled)=\(number)") }
        case .words:
            eachWord(of: value) { reader, word in reader.word(word, entry, noted: "\(spelled)=\(word)") }
        case .value(let set):
            try set(&self, spelled, value)
        }
        return true
    }

    /// Applies one word to a key of the kind ``OptionKey/Kind/words(_:)``; `note` is how the client said it.
    mutating func word(_ text: String, key name: String, noted note: @autoclosure () -> String) {
        word(text, OptionTable.keys[name], noted: note())
    }

    private mutating func word(_ text: String, _ entry: KeyEntry?, noted note: @autoclosure () -> String) {
        guard takeWord() else { return }
        let word = OptionWord(text)
        if case .words(let set) = entry?.kind {
            guard set(&request, word) else { return noteUnknown(note()) }
        }
        guard let entry, entry.hasUnsupportedWords else { return }
        if UnsupportedOptions.contains(key: entry.name, word: word.folded) { noteUnsupported(note()) }
    }

    private mutating func noteOther(_ entry: KeyEntry?, _ spelled: String, _ value: BencodeValue) {
        if let entry, entry.isHarmless, !entry.isUnsupported { return }
        // A value that is longer than any word is a file or the like.
        let text = value.octets.flatMap { $0.count <= OptionReader.greatestNoteLength ? String(octets: $0) : nil }
        let note = text.map { "\(spelled)=\($0)" } ?? spelled
        guard let entry, entry.isUnsupported else { return noteUnknown(note) }
        let word = text.map(OptionName.fold) ?? ""
        if UnsupportedOptions.contains(key: entry.name, word: word) { noteUnsupported(note) }
    }

    // MARK: Flags

    /// Applies one word of `flags`: a flag, `key=value`, or the beginning of a key with a word behind it.
    mutating func flag(_ spelled: String) {
        guard takeWord() else { return }
        let entry = OptionTable.flags[spelled]
        if let apply = entry?.apply { apply(&request) }
        if entry?.isUnsupported == true { return noteUnsupported(spelled) }
        if let entry, entry.apply != nil || entry.isHarmless { return }
        if !applyPair(spelled), !applyPrefix(spelled) { noteUnknown(spelled) }
    }

    /// `key=value` as one word. A mistake in its structure, like any mistake in a flag, is only noted.
    private mutating func applyPair(_ spelled: String) -> Bool {
        guard let sign = spelled.utf8.firstIndex(of: UInt8(ascii: "=")), sign > spelled.startIndex else { return false }
        let key = String(spelled[..<sign])
        let value = String(spelled[spelled.utf8.index(after: sign)...])
        guard let entry = OptionTable.keys[key] else { return false }
        return (try? apply(entry, spelled: key, .text(value))) ?? false
    }

    private mutating func applyPrefix(_ spelled: String) -> Bool {
        let word = OptionWord(spelled)
        for (prefix, key) in OptionTable.flagPrefixes {
            guard let remainder = word.remainder(after: prefix), !remainder.isEmpty else { continue }
            self.word(remainder, key: key, noted: spelled)
            return true
        }
        return false
    }

    // MARK: Flag strings

    /// Applies an `rtpp-flags` string or a template.
    mutating func flagString(_ items: [FlagItem]) throws(NGErrorText) {
        isInFlagString = true
        defer { isInFlagString = false }
        var special = FlagStringWords()
        for item in items {
            switch item {
            case .word(let word):
                if !special.apply(word: word, to: &self) { flag(word) }
            case .pair(let name, let value):
                switch special.apply(key: OptionName.key(name), value, to: &self) {
                case .notSpecial: try key(name, value)
                case .refused: noteUnknown("\(name)=\(value.text ?? "")")
                case .applied: break
                }
            case .container:
                break
            }
        }
    }

    // MARK: Values

    /// The words of a list or of a comma string; `nil` for any other value.
    func list(_ value: BencodeValue) -> [String]? {
        switch value {
        case .list(let members): return members.compactMap(\.text)
        case .string(let octets):
            return octets.split(separator: UInt8(ascii: ",")).map { String(octets: $0.trimmed) }.filter { !$0.isEmpty }
        case .integer, .dictionary: return nil
        }
    }

    /// Hands on the words of a list or of a comma string one by one.
    private mutating func eachWord(of value: BencodeValue, _ body: (inout OptionReader, String) -> Void) {
        switch value {
        case .list(let members):
            for case .string(let octets) in members { body(&self, String(octets: octets)) }
        case .string(let octets) where !octets.contains(UInt8(ascii: ",")):
            let word = octets[...].trimmed
            if !word.isEmpty { body(&self, String(octets: word)) }
        default:
            for word in list(value) ?? [] { body(&self, word) }
        }
    }

    private func integer(_ value: BencodeValue) -> Int? {
        switch value {
        case .integer(let number): return Int(clamping: number)
        case .string(let octets):
            guard isInFlagString else { return Int(String(octets: octets)) }
            let sign = octets.prefix { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }.count
            let digits = octets.dropFirst(sign).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            return Int(String(octets: octets.prefix(sign + digits)))
        case .list, .dictionary: return nil
        }
    }

    /// Whether one more word may be looked at.
    mutating func takeWord() -> Bool {
        guard words > 0 else { return false }
        words -= 1
        if words == 0 { request.options.unknown.append("(more words than a message may have)") }
        return words > 0
    }

    // MARK: Notes

    mutating func noteUnknown(_ note: String) {
        OptionReader.add(note, to: &request.options.unknown)
    }

    mutating func noteUnsupported(_ note: String) {
        OptionReader.add(note, to: &request.options.unsupported)
    }

    private static func add(_ text: String, to notes: inout [String]) {
        guard notes.count < greatestNoteCount else { return }
        let note = text.utf8.count <= greatestNoteLength ? text : String(octets: text.octets.prefix(greatestNoteLength))
        if !notes.contains(note) { notes.append(note) }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces at either end.
    fileprivate var trimmed: ArraySlice<UInt8> {
        let front = drop { $0 == UInt8(ascii: " ") }
        guard let last = front.lastIndex(where: { $0 != UInt8(ascii: " ") }) else { return [] }
        return front[...last]
    }
}
