/// A bencode dictionary as it stood on the wire: insertion order and duplicate keys are kept.
///
/// The ng protocol needs both: replies end with `result`, and of duplicate keys in a request some readers take the
/// first and others let the later one win.
public struct BencodeDictionary: Sendable, Equatable {
    /// One key with its value.
    public struct Entry: Sendable, Equatable {
        /// Octet text (see `String(octets:)`).
        public var key: String
        /// What stands under the key.
        public var value: BencodeValue

        /// An entry of `key` and `value`.
        public init(key: String, value: BencodeValue) {
            self.key = key
            self.value = value
        }
    }

    /// The entries in order.
    public var entries: [Entry]

    /// A dictionary of `entries`, in this order.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// Whether there are no entries.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of the first entry with exactly this key. Linear in the number of entries.
    public func first(_ key: String) -> BencodeValue? {
        for entry in entries where entry.key == key { return entry.value }
        return nil
    }

    /// Adds an entry at the end, also when the key exists already.
    public mutating func append(_ key: String, _ value: BencodeValue) {
        entries.append(Entry(key: key, value: value))
    }

    /// Adds the entries of `other` at the end.
    public mutating func append(contentsOf other: BencodeDictionary) {
        entries.append(contentsOf: other.entries)
    }
}

extension BencodeDictionary: ExpressibleByDictionaryLiteral {
    /// The entries of a literal, in its order.
    public init(dictionaryLiteral elements: (String, BencodeValue)...) {
        self.init(elements)
    }

    init(_ elements: [(String, BencodeValue)]) {
        entries = []
        guard !elements.isEmpty else { return }
        // One more for the `result` of a reply.
        entries.reserveCapacity(elements.count + 1)
        for (key, value) in elements { entries.append(Entry(key: key, value: value)) }
    }
}
