public import Bencode

/// Everything that the relay counts, read in one go.
public struct StatisticsSnapshot: Sendable {
    /// The sections of the ng protocol's `statistics` (ng-protocol §8.1).
    public var statistics: BencodeDictionary
    /// Sections that the ng protocol does not have.
    public var own: BencodeDictionary
    /// Distributions by name of the metric.
    public var histograms: [String: Histogram]

    /// A snapshot of these parts.
    public init(
        statistics: BencodeDictionary, own: BencodeDictionary = [:], histograms: [String: Histogram] = [:]
    ) {
        self.statistics = statistics
        self.own = own
        self.histograms = histograms
    }

    /// What stands under `path` in either kind of section.
    public func value(_ path: [String]) -> BencodeValue? {
        statistics.value(path[...]) ?? own.value(path[...])
    }
}

extension BencodeDictionary {
    /// What stands under the keys of `path`, one below the other.
    func value(_ path: ArraySlice<String>) -> BencodeValue? {
        guard let key = path.first, let value = first(key) else { return nil }
        return path.count == 1 ? value : value.dictionary?.value(path.dropFirst())
    }
}

extension BencodeValue {
    /// The number that this is, as text: an integer, or the decimal that clients of the ng protocol get as a string.
    var numberText: String? {
        switch self {
        case .integer(let value): String(value)
        case .string: text.flatMap { DecimalText.isNumber($0) ? $0 : nil }
        case .list, .dictionary: nil
        }
    }
}

/// Numbers as the statistics write them.
public enum DecimalText {
    /// Whether `text` is a plain decimal: digits, with a sign and a fraction perhaps.
    public static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
    }
}
