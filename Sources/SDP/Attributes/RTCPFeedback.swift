/// `a=rtcp-fb:<format or *> <value>` (RFC 4585 §4.2).
public struct RTCPFeedback: Sendable, Hashable {
    /// `nil` stands for `*`: all formats.
    public var payloadType: UInt8?
    /// As written: `nack pli`, `ccm fir`, `transport-cc` …
    public var value: String

    /// An attribute from its parts.
    public init(payloadType: UInt8?, value: String) {
        self.payloadType = payloadType
        self.value = value
    }

    /// Reads the value; `nil` without format or value.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let format = reader.next() else { return nil }
        let value = reader.remainder()
        guard !value.isEmpty else { return nil }
        if format == "*" {
            self.init(payloadType: nil, value: String(value))
        } else if let payloadType = PayloadTypeText.value(format) {
            self.init(payloadType: payloadType, value: String(value))
        } else {
            return nil
        }
    }

    /// What stands behind `a=rtcp-fb:`.
    public var text: String { "\(payloadType.map { String($0) } ?? "*") \(value)" }
}
