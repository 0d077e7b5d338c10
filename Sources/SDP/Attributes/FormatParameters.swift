/// `a=fmtp:<format> <parameters>` (RFC 8866 §6.15).
public struct FormatParameters: Sendable, Hashable {
    /// 0…127
    public var payloadType: UInt8
    /// As written; the codec gives it meaning.
    public var parameters: String

    /// An attribute from its parts.
    public init(payloadType: UInt8, parameters: String) {
        self.payloadType = payloadType
        self.parameters = parameters
    }

    /// Reads the value; `nil` without payload type or parameters.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let payloadType = reader.next().flatMap({ PayloadTypeText.value($0) }) else { return nil }
        let parameters = reader.remainder()
        guard !parameters.isEmpty else { return nil }
        self.init(payloadType: payloadType, parameters: String(parameters))
    }

    /// What stands behind `a=fmtp:`.
    public var text: String { "\(payloadType) \(parameters)" }
}
