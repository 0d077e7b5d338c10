import Wire

/// Format parameters of opus (RFC 7587 §6.1): known ones with a number as value, in a fixed order. All else is dropped.
public struct OpusParameters: Sendable, Equatable {
    /// Values as digits; `nil` when absent. Indices are those of ``names``.
    private var values: [Substring?]

    private static let names: [Substring] = [
        "stereo", "sprop-stereo", "useinbandfec", "usedtx", "cbr", "maxplaybackrate", "maxaveragebitrate",
        "sprop-maxcapturerate", "minptime",
    ]

    /// Reads `name=value` pairs between semicolons; of several values for one name the last counts.
    public init(_ parameters: String) {
        values = Array(repeating: nil, count: OpusParameters.names.count)
        for pair in parameters.utf8.split(separator: UInt8(ascii: ";")) {
            let text = Substring(pair)
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = OpusParameters.trimmed(text[..<equals])
            let value = OpusParameters.trimmed(text[pair.index(after: equals)...])
            guard !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let index = OpusParameters.names.firstIndex(where: { $0.equalsIgnoringASCIICase(name) })
            else { continue }
            values[index] = value
        }
    }

    /// The parameters, separated by `; `; `nil` when there are none.
    public var text: String? {
        let pairs = zip(OpusParameters.names, values).compactMap { name, value in value.map { "\(name)=\($0)" } }
        return pairs.isEmpty ? nil : pairs.joined(separator: "; ")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let start = text.utf8.firstIndex { !isSpace($0) } ?? text.endIndex
        guard let last = text.utf8.lastIndex(where: { !isSpace($0) }) else { return text[start...] }
        return text[start...last]
    }
}
