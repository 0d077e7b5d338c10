/// `a=rtpmap:<payload type> <encoding name>/<clock rate>[/<channels>]` (RFC 8866 §6.6).
public struct RTPMap: Sendable, Hashable {
    /// 0…127
    public var payloadType: UInt8
    /// As written; compared without case.
    public var encodingName: String
    /// In Hz; 0 when missing or unreadable.
    public var clockRate: UInt32
    /// Audio channels; 1 when not written.
    public var channels: Int

    /// An attribute from its parts.
    public init(payloadType: UInt8, encodingName: String, clockRate: UInt32, channels: Int = 1) {
        self.payloadType = payloadType
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.channels = channels
    }

    /// Reads the value; `nil` without payload type or name.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let payloadType = reader.next().flatMap({ PayloadTypeText.value($0) }), let encoding = reader.next()
        else {
            return nil
        }
        let parts = encoding.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { return nil }
        let channels = parts.count > 2 ? DecimalText.value(Substring(parts[2]), as: UInt8.self) : nil
        self.init(
            payloadType: payloadType, encodingName: String(Substring(name)),
            clockRate: parts.count > 1 ? DecimalText.value(Substring(parts[1]), as: UInt32.self) ?? 0 : 0,
            channels: max(channels.map { Int($0) } ?? 1, 1))
    }

    /// What stands behind `a=rtpmap:`; one channel is not written.
    public var text: String {
        channels == 1
            ? "\(payloadType) \(encodingName)/\(clockRate)" : "\(payloadType) \(encodingName)/\(clockRate)/\(channels)"
    }
}
