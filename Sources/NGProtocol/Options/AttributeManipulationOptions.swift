internal import Bencode
internal import Negotiation

/// `sdp-attr`: section → command → values (ng-protocol §5.4, SDP text), and the flags
/// `sdp-attr-COMMAND-SECTION-VALUE`. In the key a mistake in the structure fails the request; in a flag it is noted.
enum AttributeManipulationOptions {
    static let keys: [OptionKey] = [
        OptionKey("sdp-attr", .value(applyDictionary)),
        OptionKey("sdp-attr-add", .words { applyFlag("add", $1, to: &$0) }),
        OptionKey("sdp-attr-remove", .words { applyFlag("remove", $1, to: &$0) }),
        OptionKey("sdp-attr-substitute", .words { applyFlag("substitute", $1, to: &$0) }),
    ]

    @Sendable private static func applyDictionary(
        _ reader: inout OptionReader, _ spelled: String, _ value: BencodeValue
    ) throws(NGErrorText) {
        guard let sections = value.dictionary else { throw .wrongType }
        for section in sections.entries {
            guard let key = SDPSection.attributeKey(section.key) else { throw .unsupportedSDPSection }
            guard let commands = section.value.dictionary else { throw .wrongContent }
            for command in commands.entries {
                let values = try values(command.value)
                var manipulation = reader.request.options.rewriting.attributes[key] ?? AttributeManipulation()
                for value in values where reader.takeWord() {
                    try manipulation.apply(command.key, value)
                }
                reader.request.options.rewriting.attributes[key] = manipulation
            }
        }
    }

    /// One string counts as a list of one. Attributes contain commas, so commas separate nothing here.
    private static func values(_ value: BencodeValue) throws(NGErrorText) -> [BencodeValue] {
        switch value {
        case .list(let members): return members
        case .string: return [value]
        case .integer, .dictionary: throw .invalidToken
        }
    }

    /// `SECTION-VALUE`.
    @Sendable private static func applyFlag(
        _ command: String, _ word: OptionWord, to request: inout NGRequest
    ) -> Bool {
        guard let dash = word.text.utf8.firstIndex(of: UInt8(ascii: "-")),
            let key = SDPSection.attributeKey(String(word.text[..<dash]))
        else { return false }
        let value = String(word.text[word.text.utf8.index(after: dash)...])
        guard !value.isEmpty else { return false }
        var manipulation = request.options.rewriting.attributes[key] ?? AttributeManipulation()
        do { try manipulation.apply(command, .text(value)) } catch { return false }
        request.options.rewriting.attributes[key] = manipulation
        return true
    }
}

extension AttributeManipulation {
    /// More texts for one section than anybody has asked for.
    private static let textLimit = 256

    fileprivate mutating func apply(_ command: String, _ value: BencodeValue) throws(NGErrorText) {
        guard add.count + remove.count + substitute.count < AttributeManipulation.textLimit else {
            throw .wrongContent
        }
        switch OptionName.fold(command) {
        case "add": add.append(try AttributeManipulation.text(value))
        case "remove": remove.append(try AttributeManipulation.text(value))
        case "substitute": substitute.append(try AttributeManipulation.substitution(value))
        default: throw .unknownManipulation
        }
    }

    private static func text(_ value: BencodeValue) throws(NGErrorText) -> String {
        guard let text = value.text, !text.isEmpty else { throw .invalidToken }
        let decoded = EscapedText.decode(text)
        // An attribute is one line: a line end in it would smuggle others into the SDP.
        guard !decoded.utf8.contains(where: { [0, 10, 13].contains($0) }) else { throw .invalidToken }
        return decoded
    }

    /// `[from, to]` or `from>to`.
    private static func substitution(_ value: BencodeValue) throws(NGErrorText) -> Substitution {
        if let pair = value.list {
            guard pair.count == 2 else { throw .invalidToken }
            return Substitution(from: try text(pair[0]), to: try text(pair[1]))
        }
        let parts = try text(value).split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { throw .invalidToken }
        return Substitution(from: String(parts[0]), to: String(parts[1]))
    }
}
