/// `b=<bwtype>:<bandwidth>` (RFC 8866 §5.8).
public struct Bandwidth: Sendable, Hashable {
    /// `AS`, `CT`, `TIAS`, `RS`, `RR` …
    public var type: String
    /// As written.
    public var value: String

    /// A line from its parts.
    public init(type: String, value: String) {
        self.type = type
        self.value = value
    }

    /// Reads what stands behind `b=`; `nil` without colon.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        self.init(type: String(text[..<colon]), value: String(text[text.utf8.index(after: colon)...]))
    }

    /// What stands behind `b=`.
    public var text: String { "\(type):\(value)" }
}

extension DescriptionSection {
    /// All readable `b=` lines at this level, in order.
    public var bandwidths: [Bandwidth] {
        lines.compactMap { $0.type == UInt8(ascii: "b") ? Bandwidth($0.value) : nil }
    }
}
