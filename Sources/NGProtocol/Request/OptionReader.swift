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

    init(request: NGRequest) {
        self.request = request
    }

    // MARK: Keys

    /// Applies one key of the request, as the client spelled it.
    mutating func key(_ spelled: String, _ value: BencodeValue) throws(NGErrorText) {
        try key(OptionName.key(spelled), spelled: spelled, value)
    }

    /// Applies one key of the request; `name` is what ``OptionName/key(_:)`` makes of `spelled`.
    mutating func key(_ name: String, spelled: String, _ value: BencodeValue) throws(NGErrorText) {
        switch name {
        case "flags":
            for word in list(value) ?? [] { flag(word) }
        case "command", "template", "rtpp-flags":
            // Read beforehand, and `rtpp-flags` by whoever walks the request.
            return
        default:
            guard try apply(key: name, spelled: spelled, value) else { return noteOther(key: name, spelled, value) }
        }
    }

    /// Applies a declared key; `false` when there is none of this name.
    private mutating func apply(key name: String, spelled: String, _ value: BencodeValue) throws(NGErrorText) -> Bool {
        guard let declaration = OptionTable.keys[name] else { return false }
        switch declaration.kind {
        case .text(let set):
            guard let text = value.text else { break }
            if !set(&request, text) { noteUnknown("\(spelled)=\(text)") }
            if UnsupportedOptions.contains(key: name) { noteUnsupported("\(spelled)=\(text)") }
        case .integer(let set):
            guard let number = integer(value) else {
                if let text = value.text { noteUnknown("\(spelled)=\(text)") }
                break
            }
            if !set(&request, number) { noteUnknown("\(spelled)=\(number)") }
            if UnsupportedOptions.contains(key: name) { noteUnsupported("\(spelled)=\(number)") }
        case .words:
            for word in list(value) ?? [] { self.word(word, key: name, noted: "\(spelled)=\(word)") }
        case .value(let set):
            try set(&self, spelled, value)
        }
        return true
    }

    /// Applies one word to a key of the kind ``OptionKey/Kind/words(_:)``; `note` is how the client said it.
    mutating func word(_ text: String, key name: String, noted note: @autoclosure () -> String) {
        guard takeWord() else { return }
        let word = OptionWord(text)
        if let declaration = OptionTable.keys[name], case .words(let set) = declaration.kind {
            guard set(&request, word) else { return noteUnknown(note()) }
        }
        if UnsupportedOptions.contains(key: name, word: word.folded) { noteUnsupported(note()) }
    }

    private mutating func noteOther(key name: String, _ spelled: String, _ value: BencodeValue) {
        // A value that is longer than any word is a file or the like.
        let text = value.octets.flatMap { $0.count <= OptionReader.greatestNoteLength ? String(octets: $0) : nil }
        let note = text.map { "\(spelled)=\($0)" } ?? spelled
        if UnsupportedOptions.contains(key: name) {
            let word = text.map(OptionName.fold) ?? ""
            if UnsupportedOptions.contains(key: name, word: word) { noteUnsupported(note) }
        } else if !UnsupportedOptions.harmless.contains(name) {
            noteUnknown(note)
        }
    }

    // MARK: Flags

    /// Applies one word of `flags`: a flag, `key=value`, or the beginning of a key with a word behind it.
    mutating func flag(_ spelled: String) {
        guard takeWord() else { return }
        let name = OptionName.flag(spelled)
        if let flag = OptionTable.flags[name] {
            flag.apply(&request)
            if UnsupportedOptions.contains(flag: name) { noteUnsupported(spelled) }
        } else if UnsupportedOptions.contains(flag: name) {
            noteUnsupported(spelled)
        } else if !UnsupportedOptions.harmless.contains(name), !applyPair(spelled), !applyPrefix(spelled) {
            noteUnknown(spelled)
        }
    }

    /// `key=value` as one word. A mistake in its structure, like any mistake in a flag, is only noted.
    private mutating func applyPair(_ spelled: String) -> Bool {
        guard let sign = spelled.utf8.firstIndex(of: UInt8(ascii: "=")), sign > spelled.startIndex else { return false }
        let key = String(spelled[..<sign])
        let value = String(spelled[spelled.utf8.index(after: sign)...])
        return (try? apply(key: OptionName.key(key), spelled: key, .text(value))) ?? false
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
