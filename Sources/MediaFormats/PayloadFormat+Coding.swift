internal import Forwarding
import Wire

/// What the relay's own coder knows.
extension PayloadFormat {
    private var encoding: CodedFormat.Encoding? { encodingName.flatMap { CodedFormat.Encoding(encodingName: $0) } }

    /// A codec that the relay can decode and encode, at a clock rate and with the channels that the codec has.
    public var isCodable: Bool {
        guard let encoding else { return false }
        return CodedFormat(
            payloadType: payloadType, encoding: encoding, clockRate: clockRate, channels: channels
        ).isSound
    }

    /// The relay can decode and encode it, and packets can have its number.
    public var isConvertible: Bool { isCodable && payloadType < 128 }

    /// The names of the codecs that the relay knows at all, and of the events that it converts along with them.
    public static var convertibleNames: [String] {
        CodedFormat.Encoding.allCases.filter { $0 != .comfortNoise }.map(\.name)
    }

    /// What `transcode` adds to an offer for `spec`, without a number of its own yet (``PayloadNumbers``): clock rate,
    /// channels and parameters that are not named are the usual ones. L16 has no usual clock rate that fits.
    ///
    /// `nil` for what the relay cannot code.
    init?(transcoding spec: CodecSpec) {
        guard let encoding = CodedFormat.Encoding(encodingName: spec.name) else { return nil }
        let usual: UInt32 = encoding == .l16 ? 0 : 8000
        self.init(
            payloadType: PayloadFormat.unnumbered, encodingName: encoding.name, clockRate: spec.clockRate ?? usual,
            channels: spec.channels ?? 1, parameters: spec.parameters)
        if encoding == .opus {
            // It has one clock rate, whatever it is to carry, and two channels unless it is said otherwise.
            clockRate = 48_000
            if spec.clockRate == nil, spec.channels == nil { channels = 2 }
            if parameters == nil { parameters = "useinbandfec=1" }
        }
        guard isCodable else { return nil }
    }

    /// In place of a payload type that is still to be chosen.
    static let unnumbered: UInt8 = 255

    /// The static number (RFC 3551 §6) of a codec that can be added; `nil` for those that have none.
    var assignedNumber: UInt8? {
        guard isCodable else { return nil }
        switch encoding {
        case .pcmu: return 0
        case .gsm: return 3
        case .pcma: return 8
        case .g722: return 9
        case .opus, .l16, .telephoneEvent, .comfortNoise, nil: return nil
        }
    }

    /// All events of RFC 4733 §3.2 that keys of a telephone have, at `clockRate`.
    static func events(clockRate: UInt32) -> PayloadFormat {
        PayloadFormat(
            payloadType: unnumbered, encodingName: CodedFormat.Encoding.telephoneEvent.name, clockRate: clockRate,
            parameters: "0-15")
    }
}

extension CodecSpec {
    /// The spec with the clock rate that the codec has in `rtpmap`, where that is always the same (RFC 7587 §4.1).
    var normalized: CodecSpec {
        guard clockRate != nil, CodedFormat.Encoding(encodingName: name) == .opus else { return self }
        var spec = self
        spec.clockRate = 48_000
        return spec
    }

    /// The relay knows the codec, or converts it along with one: it can be asked for with `transcode`.
    public var isCodable: Bool {
        PayloadFormat(transcoding: self) != nil || CodedFormat.Encoding(encodingName: name) == .telephoneEvent
    }
}
