/// One RTP payload format of a media section: a payload type number with its `rtpmap` and `fmtp`.
public struct PayloadFormat: Sendable, Equatable {
    /// 0…127.
    public var payloadType: UInt8
    /// The encoding name as written (`PCMA`, `opus`); `nil` for a dynamic type without `rtpmap`.
    public var encodingName: String?
    /// RTP clock rate in Hz; 0 when unknown.
    public var clockRate: UInt32
    /// Audio channels; 1 when not written.
    public var channels: Int
    /// What stands behind `a=fmtp:PT `.
    public var parameters: String?

    /// A format from its parts.
    public init(
        payloadType: UInt8, encodingName: String?, clockRate: UInt32, channels: Int = 1, parameters: String? = nil
    ) {
        self.payloadType = payloadType
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.channels = channels
        self.parameters = parameters
    }
}
