import Wire

extension PayloadFormat {
    /// A format as an RTP section lists it. Where the section has no `rtpmap` for the number, static assignments of
    /// RFC 3551 §6 fill in name and clock rate; a dynamic number stays without name.
    ///
    /// - Parameters:
    ///   - payloadType: 0…127.
    ///   - encoding: name, clock rate in Hz and channels of the `rtpmap`.
    ///   - parameters: what stands behind `a=fmtp:PT `.
    public init(
        payloadType: UInt8, encoding: (name: String, clockRate: UInt32, channels: Int)?, parameters: String?
    ) {
        if let encoding {
            self.init(
                payloadType: payloadType, encodingName: encoding.name, clockRate: encoding.clockRate,
                channels: encoding.channels, parameters: parameters)
        } else if let assigned = PayloadFormat.assigned(payloadType) {
            self = assigned
            self.parameters = parameters
        } else {
            self.init(payloadType: payloadType, encodingName: nil, clockRate: 0, parameters: parameters)
        }
    }

    /// The static assignment of a payload type number; `nil` for numbers without one that is in use.
    public static func assigned(_ payloadType: UInt8) -> PayloadFormat? {
        let encoding: (name: String, clockRate: UInt32)
        switch payloadType {
        case 0: encoding = ("PCMU", 8000)
        case 3: encoding = ("GSM", 8000)
        case 4: encoding = ("G723", 8000)
        case 5: encoding = ("DVI4", 8000)
        case 8: encoding = ("PCMA", 8000)
        case 9: encoding = ("G722", 8000)
        case 13: encoding = ("CN", 8000)
        case 15: encoding = ("G728", 8000)
        case 18: encoding = ("G729", 8000)
        case 26: encoding = ("JPEG", 90000)
        case 31: encoding = ("H261", 90000)
        case 34: encoding = ("H263", 90000)
        default: return nil
        }
        return PayloadFormat(payloadType: payloadType, encodingName: encoding.name, clockRate: encoding.clockRate)
    }

    /// The assigned numbers (RFC 3551 §6) of which ``silenceOctet`` knows the silence: PCMU, PCMA, G.722.
    public static let assignedSpeech: [UInt8] = [0, 8, 9]

    /// Parameters of the format as they are written: those of opus in their fixed form (``OpusParameters``); `nil` when
    /// there is nothing to write.
    public func written(_ parameters: String) -> String? {
        isOpus ? OpusParameters(parameters).text : parameters
    }

    /// Whether the encoding is opus (RFC 7587), in any case.
    public var isOpus: Bool { isEncoding("opus") }

    /// Whether the encoding is telephone-event (RFC 4733), in any case.
    public var isTelephoneEvent: Bool { isEncoding("telephone-event") }

    /// The octet that silence of the codec consists of; `nil` where silence is no such thing (ITU-T G.711, G.722).
    public var silenceOctet: UInt8? {
        if isEncoding("PCMU") { return 0xFF }
        if isEncoding("PCMA") { return 0xD5 }
        return isEncoding("G722") ? 0xFA : nil
    }

    /// Comfort noise (RFC 3389).
    public var isComfortNoise: Bool { isEncoding("CN") }

    /// Whether the format goes along with a codec instead of being one: `telephone-event` (RFC 4733), `CN` (RFC 3389),
    /// `red` (RFC 2198).
    public var isSupplemental: Bool { isTelephoneEvent || isEncoding("CN") || isEncoding("red") }

    /// Whether the encoding has that name, in any case.
    public func isEncoding(_ name: String) -> Bool {
        encodingName.map { $0.equalsIgnoringASCIICase(name) } ?? false
    }

    /// Whether both stand for the same codec: name without case, clock rate and channels. Formats without name are the
    /// same when their numbers are.
    public func isSameCodec(as other: PayloadFormat) -> Bool {
        guard let encodingName, let otherName = other.encodingName else {
            return encodingName == nil && other.encodingName == nil && payloadType == other.payloadType
        }
        return clockRate == other.clockRate && channels == other.channels
            && encodingName.equalsIgnoringASCIICase(otherName)
    }
}
