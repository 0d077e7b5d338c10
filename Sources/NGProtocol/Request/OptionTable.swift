/// All keys and flags that mean something to a request, by folded name.
enum OptionTable {
    private static let groups: [OptionGroup] = [
        .identification, .addressing, .transport, .ice, .dtls, .sdes, .osrtp, .rtcp, .bundle, .rewriting, .codecs,
        .media, .recording, .deletion,
    ]

    /// What is known of keys, by every name that they have.
    static let keys: NameTable<KeyEntry> = {
        let declared = Dictionary(groups.flatMap(\.keys).map { ($0.name, $0.kind) }) { first, _ in first }
        let names =
            Set(declared.keys).union(UnsupportedOptions.keys).union(UnsupportedOptions.keysOfWords)
            .union(UnsupportedOptions.harmless).union(OptionName.keyAliases.map(\.name))
            .union(KeyEntry.structural.keys)
        let entries = names.map { name in (name, KeyEntry(name: name, kind: declared[name])) }
        return aliased(entries, OptionName.keyAliases)
    }()

    /// What is known of flags, by every name that they have.
    static let flags: NameTable<FlagEntry> = {
        let declared = Dictionary(groups.flatMap(\.flags).map { ($0.name, $0.apply) }) { first, _ in first }
        let names =
            Set(declared.keys).union(UnsupportedOptions.flags).union(UnsupportedOptions.harmless)
            .union(OptionName.flagAliases.map(\.name))
        let entries = names.map { name in (name, FlagEntry(name: name, apply: declared[name])) }
        return aliased(entries, OptionName.flagAliases)
    }()

    /// A table where an alias stands before what may have the same name.
    private static func aliased<Entry>(
        _ entries: [(String, Entry)], _ aliases: [(alias: String, name: String)]
    ) -> NameTable<Entry> {
        let byName = Dictionary(uniqueKeysWithValues: entries)
        return NameTable(aliases.compactMap { pair in byName[pair.name].map { (pair.alias, $0) } } + entries)
    }

    /// Beginnings of flags that are a key with a word (ng-protocol §5.1), folded. A longer one stands before a shorter
    /// one that it begins with.
    static let flagPrefixes: [(prefix: String, key: String)] = [
        ("replace-", "replace"),
        ("rtcp-mux-", "rtcp-mux"),
        ("bundle-", "bundle"),
        ("sdes-", "sdes"),
        ("osrtp-", "osrtp"),
        ("t38-", "t.38"),
        ("t.38-", "t.38"),
        ("codec-strip-", "codec-strip"),
        ("codec-offer-", "codec-offer"),
        ("codec-except-", "codec-except"),
        ("codec-ignore-", "codec-ignore"),
        ("codec-transcode-", "codec-transcode"),
        ("transcode-", "codec-transcode"),
        ("codec-mask-", "codec-mask"),
        ("codec-accept-", "codec-accept"),
        ("codec-consume-", "codec-consume"),
        ("codec-set-", "codec-set"),
        ("sdp-attr-add-", "sdp-attr-add"),
        ("sdp-attr-remove-", "sdp-attr-remove"),
        ("sdp-attr-substitute-", "sdp-attr-substitute"),
        ("endpoint-learning-", "endpoint-learning"),
        ("from-tags-", "from-tags"),
    ]
}

/// What is known of a key.
final class KeyEntry: Sendable {
    /// What a key is to the parser.
    enum Role: Sendable {
        /// Its value says something about the request.
        case option
        /// The list of flags.
        case flags
        /// Options as one string.
        case flagString
        /// A configured string of options.
        case template
        /// Read beforehand.
        case command
    }

    /// The one name, folded.
    let name: String
    let role: Role
    /// `nil` when the key has no meaning here.
    let kind: OptionKey.Kind?
    /// It has no effect, whatever its value.
    let isUnsupported: Bool
    /// Some of its words have no effect.
    let hasUnsupportedWords: Bool
    /// Nobody needs to hear of it.
    let isHarmless: Bool

    static let structural: [String: Role] = [
        "flags": .flags, "rtpp-flags": .flagString, "template": .template, "command": .command,
    ]

    init(name: String, kind: OptionKey.Kind?) {
        self.name = name
        role = KeyEntry.structural[name] ?? .option
        self.kind = kind
        isUnsupported = UnsupportedOptions.contains(key: name)
        hasUnsupportedWords = isUnsupported || UnsupportedOptions.keysOfWords.contains(name)
        isHarmless = UnsupportedOptions.harmless.contains(name)
    }
}

/// What is known of a flag.
final class FlagEntry: Sendable {
    /// `nil` when the flag has no meaning here.
    let apply: (@Sendable (inout NGRequest) -> Void)?
    /// It has no effect.
    let isUnsupported: Bool
    /// Nobody needs to hear of it.
    let isHarmless: Bool

    init(name: String, apply: (@Sendable (inout NGRequest) -> Void)?) {
        self.apply = apply
        isUnsupported = UnsupportedOptions.contains(flag: name)
        isHarmless = UnsupportedOptions.harmless.contains(name)
    }
}
