import Wire

/// The codecs that one entry of the ng `codec` dictionary selects: `all` (or `full`), or a list of codecs.
public struct CodecSelection: Sendable, Hashable {
    /// `all` or `full` was among the entries.
    public var selectsAll: Bool
    /// All others, in order.
    public var specs: [CodecSpec]

    /// No codec.
    public static let none = CodecSelection([])

    /// Reads entries as ng requests hold them; what cannot be read is left out, as it names no codec.
    public init(_ entries: some Sequence<String>) {
        selectsAll = false
        specs = []
        for entry in entries {
            if entry.equalsIgnoringASCIICase("all") || entry.equalsIgnoringASCIICase("full") {
                selectsAll = true
            } else if let spec = CodecSpec(entry) {
                specs.append(spec)
            }
        }
    }

    /// Whether `format` is one of ``specs``; ``selectsAll`` is left out of account.
    public func names(_ format: PayloadFormat) -> Bool {
        specs.contains { $0.matches(format) }
    }

    /// Whether nothing is selected.
    public var isEmpty: Bool { !selectsAll && specs.isEmpty }

    /// The first `count` of ``specs``.
    public func prefix(_ count: Int) -> CodecSelection {
        guard specs.count > count else { return self }
        var result = self
        result.specs.removeLast(specs.count - count)
        return result
    }

    /// Both selections together.
    public func union(_ other: CodecSelection) -> CodecSelection {
        var result = self
        result.selectsAll = selectsAll || other.selectsAll
        result.specs += other.specs
        return result
    }
}
