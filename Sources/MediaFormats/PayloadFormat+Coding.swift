import Wire

/// What the relay's own coder knows.
extension PayloadFormat {
    /// A codec that the relay can decode and encode, at a clock rate and with the channels that the codec has: PCMU, PCMA,
    /// GSM and G.722 (RFC 3551), opus (RFC 7587), L16 in whole kilohertz from 8 to 48.
    public var isCodable: Bool {
        guard let encodingName, let codec = CodableCodec(encodingName) else { return false }
        switch codec {
        case .pcmu, .pcma, .gsm, .g722: return clockRate == 8000 && channels == 1
        case .opus: return clockRate == 48_000 && (1...2).contains(channels)
        case .l16:
            return (8000...48_000).contains(clockRate) && clockRate % 1000 == 0 && (1...2).contains(channels)
        }
    }

    /// The relay can decode and encode it, and packets can have its number.
    public var isConvertible: Bool { isCodable && payloadType < 128 }

    /// The names of the codecs that the relay knows at all, and of what it converts along with them.
    public static var convertibleNames: [String] { CodableCodec.allCases.map(\.usual.name) + ["telephone-event"] }

    /// What `transcode` adds to an offer for `spec`, without a number of its own yet (``PayloadNumbers``): clock rate,
    /// channels and parameters that are not named are the usual ones. L16 has no usual clock rate that fits.
    ///
    /// `nil` for what the relay cannot code.
    init?(transcoding spec: CodecSpec) {
        guard let codec = CodableCodec(spec.name) else { return nil }
        let usual = codec.usual
        self.init(
            payloadType: PayloadFormat.unnumbered, encodingName: usual.name,
            clockRate: spec.clockRate ?? usual.clockRate, channels: spec.channels ?? 1, parameters: spec.parameters)
        if codec == .opus {
            // It has one clock rate, whatever it is to carry, and two channels unless it is said otherwise.
            clockRate = usual.clockRate
            if spec.clockRate == nil, spec.channels == nil { channels = 2 }
            if parameters == nil { parameters = "useinbandfec=1" }
        }
        guard isCodable else { return nil }
    }

    /// In place of a payload type that is still to be chosen.
    static let unnumbered: UInt8 = 255

    /// The static number (RFC 3551 §6) of a codec that can be added; `nil` for those that have none.
    var assignedNumber: UInt8? {
        guard let encodingName, isCodable else { return nil }
        switch CodableCodec(encodingName) {
        case .pcmu: return 0
        case .gsm: return 3
        case .pcma: return 8
        case .g722: return 9
        case .opus, .l16, nil: return nil
        }
    }

    /// All events of RFC 4733 §3.2 that keys of a telephone have, at `clockRate`.
    static func events(clockRate: UInt32) -> PayloadFormat {
        PayloadFormat(
            payloadType: unnumbered, encodingName: "telephone-event", clockRate: clockRate, parameters: "0-15")
    }
}

extension CodecSpec {
    /// The spec with the clock rate that the codec has in `rtpmap`, where that is always the same (RFC 7587 §4.1).
    var normalized: CodecSpec {
        guard clockRate != nil, CodableCodec(name) == .opus else { return self }
        var spec = self
        spec.clockRate = 48_000
        return spec
    }

    /// The relay knows the codec, or what goes along with one: it can be asked for with `transcode`.
    public var isCodable: Bool {
        PayloadFormat(transcoding: self) != nil || CodecSpec.supplemental.contains { $0.equalsIgnoringASCIICase(name) }
    }

    private static let supplemental = ["telephone-event", "CN"]
}

private enum CodableCodec: CaseIterable {
    case pcmu
    case pcma
    case g722
    case opus
    case gsm
    case l16

    init?(_ name: String) {
        guard let codec = CodableCodec.allCases.first(where: { $0.usual.name.equalsIgnoringASCIICase(name) }) else {
            return nil
        }
        self = codec
    }

    /// The name in `rtpmap`, and the clock rate where none is given; 0 for none.
    var usual: (name: String, clockRate: UInt32) {
        switch self {
        case .pcmu: ("PCMU", 8000)
        case .pcma: ("PCMA", 8000)
        case .g722: ("G722", 8000)
        case .opus: ("opus", 48_000)
        case .gsm: ("GSM", 8000)
        case .l16: ("L16", 0)
        }
    }
}
