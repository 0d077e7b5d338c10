/// RTP of one payload type that arrives on a port and goes on as another format: decoded, and encoded anew.
///
/// A plan names one for each payload type that has to change. Packets of other types go on with their payload as it is,
/// in the same outgoing stream.
public struct Conversion: Sendable, Hashable {
    /// What arrives.
    public var source: CodedFormat
    /// What is sent instead.
    public var target: CodedFormat
    /// Speech in each packet sent, in milliseconds; 20 unless the SDP or an option says otherwise.
    public var packetMilliseconds: Int

    /// From `source` to `target`.
    public init(source: CodedFormat, target: CodedFormat, packetMilliseconds: Int = 20) {
        self.source = source
        self.target = target
        self.packetMilliseconds = packetMilliseconds
    }
}

/// A payload format that the relay itself can decode and encode.
public struct CodedFormat: Sendable, Hashable {
    /// 0…127.
    public var payloadType: UInt8
    /// Which codec.
    public var encoding: Encoding
    /// Of the RTP timestamps, in Hz; for G.722 8000, although it samples at 16,000 Hz (RFC 3551 §4.5.2).
    public var clockRate: UInt32
    /// 1 or 2.
    public var channels: Int
    /// Of the encoder in bit/s; `nil` for its own choice.
    public var bitrate: UInt32?
    /// What stands behind `a=fmtp:PT ` of the side that decodes.
    public var parameters: String?

    /// A format from its parts.
    public init(
        payloadType: UInt8, encoding: Encoding, clockRate: UInt32, channels: Int = 1, bitrate: UInt32? = nil,
        parameters: String? = nil
    ) {
        self.payloadType = payloadType
        self.encoding = encoding
        self.clockRate = clockRate
        self.channels = channels
        self.bitrate = bitrate
        self.parameters = parameters
    }

    /// The relay can decode and encode it, with these numbers: it is sound, and the clock rate and the number of channels
    /// are ones that the codec has. L16 has whole kilohertz from 8 to 48.
    public var isSound: Bool {
        switch encoding {
        case .pcmu, .pcma, .gsm, .g722: clockRate == 8000 && channels == 1
        case .opus: clockRate == 48_000 && (1...2).contains(channels)
        case .l16: (8000...48_000).contains(clockRate) && clockRate % 1000 == 0 && (1...2).contains(channels)
        case .telephoneEvent, .comfortNoise: false
        }
    }

    /// The codecs that can be decoded and encoded, and the formats that go along with them.
    public enum Encoding: UInt8, Sendable, CaseIterable {
        /// G.711 µ-law.
        case pcmu
        /// G.711 A-law.
        case pcma
        /// G.722 at 64 kbit/s.
        case g722
        /// RFC 7587.
        case opus
        /// GSM 06.10 full rate (RFC 3551 §4.5.8).
        case gsm
        /// Linear, 16 bits, network byte order (RFC 3551 §4.5.11).
        case l16
        /// Events (RFC 4733): nothing is decoded, durations and timestamps are converted between clock rates.
        case telephoneEvent
        /// Comfort noise (RFC 3389).
        case comfortNoise

        /// The codec that `a=rtpmap` calls `name`, whatever its case; `nil` for others.
        public init?(encodingName name: String) {
            switch name.uppercased() {
            case "PCMU": self = .pcmu
            case "PCMA": self = .pcma
            case "G722": self = .g722
            case "OPUS": self = .opus
            case "GSM": self = .gsm
            case "L16": self = .l16
            case "TELEPHONE-EVENT": self = .telephoneEvent
            case "CN": self = .comfortNoise
            default: return nil
            }
        }

        /// What `a=rtpmap` calls it.
        public var name: String {
            switch self {
            case .pcmu: "PCMU"
            case .pcma: "PCMA"
            case .g722: "G722"
            case .opus: "opus"
            case .gsm: "GSM"
            case .l16: "L16"
            case .telephoneEvent: "telephone-event"
            case .comfortNoise: "CN"
            }
        }
    }
}
