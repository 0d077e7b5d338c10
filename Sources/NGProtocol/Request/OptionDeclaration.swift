internal import Bencode

/// A key of a request and what its value does to it. Setters say whether they knew the value.
struct OptionKey: Sendable {
    /// What the value has to be. Another type is as if the key were absent (ng-protocol §1.2).
    enum Kind: Sendable {
        /// A string taken as it is.
        case text(@Sendable (inout NGRequest, String) -> Bool)
        /// An integer or a decimal string.
        case integer(@Sendable (inout NGRequest, Int) -> Bool)
        /// A list of words, or one string of words separated by commas.
        case words(@Sendable (inout NGRequest, OptionWord) -> Bool)
        /// Anything; the setter reports mistakes itself.
        case value(@Sendable (inout OptionReader, String, BencodeValue) throws(NGErrorText) -> Void)
    }

    /// Folded.
    let name: String
    let kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = OptionName.fold(name)
        self.kind = kind
    }
}

/// A word of `flags` that stands for itself.
struct OptionFlag: Sendable {
    /// Folded.
    let name: String
    let apply: @Sendable (inout NGRequest) -> Void

    init(_ name: String, _ apply: @escaping @Sendable (inout NGRequest) -> Void) {
        self.name = OptionName.fold(name)
        self.apply = apply
    }
}

/// A word among the values of a key.
struct OptionWord: Sendable {
    /// As the client spelled it.
    let text: String
    /// As names are compared.
    let folded: String

    init(_ text: String) {
        self.text = text
        folded = OptionName.fold(text)
    }

    /// What stands behind `prefix`, as the client spelled it. The prefix is given folded.
    func remainder(after prefix: String) -> String? {
        guard folded.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

/// The keys and flags of one concern.
struct OptionGroup: Sendable {
    var keys: [OptionKey] = []
    var flags: [OptionFlag] = []
}
