/// What an offer's options say about its answer, for offers whose list of formats was not just passed on. It is kept
/// until the next offer: several answers may come to one, and forks answer it by themselves.
public final class CodecTerms: Sendable {
    /// The offerer's own list. What the answerer was offered may hold codecs that are not in it, and lack some that are.
    public let offer: [PayloadFormat]
    /// `strip`, by name: not used towards the offerer while there is something else.
    public let stripped: CodecSelection
    /// `ignore`: treated as if the offerer had not offered it.
    public let ignored: CodecSelection
    /// `accept` and `consume`: the first of them is what the offerer gets, whatever the answer says.
    public let accepted: CodecSelection
    /// `force-transcoding`: equal codecs are decoded and encoded, too.
    public let convertsAll: Bool
    /// Specs with settings for the encoder: bit rate, packet time.
    public let settings: [CodecSpec]
    /// `a=rtcp-fb` of the offerer's formats, by payload type: what stands behind the number.
    public let feedback: [(payloadType: UInt8, text: String)]

    /// More settings than there are codecs; the rest of a flood is not kept.
    private static let settingLimit = 32
    /// More codecs than a list can name; likewise.
    private static let specLimit = 256

    /// Terms from the lists of an ng request.
    public init(
        offer: [PayloadFormat], strip: [String] = [], ignore: [String] = [], accept: [String] = [],
        convertsAll: Bool = false, settings: [String] = [], feedback: [(payloadType: UInt8, text: String)] = []
    ) {
        self.offer = offer
        // What `all` takes away is what the answerer is not to choose; only a name says that a codec is not wanted.
        stripped = CodecSelection(strip).prefix(CodecTerms.specLimit)
        ignored = CodecSelection(ignore).prefix(CodecTerms.specLimit)
        accepted = CodecSelection(accept).prefix(CodecTerms.specLimit)
        self.convertsAll = convertsAll
        let specs = CodecSelection(settings).specs.map(\.normalized)
            .filter { $0.bitrate != nil || $0.packetTimeMilliseconds != nil }
        self.settings = Array(specs.prefix(CodecTerms.settingLimit))
        self.feedback = feedback
    }

    /// The settings for an encoder of `format`.
    public func settings(for format: PayloadFormat) -> CodecSpec? {
        settings.first { spec in
            var codec = spec
            codec.parameters = nil
            return codec.matches(format)
        }
    }

    /// Whether answerers that were `offered` this list may well make a conversion necessary.
    public func foreseesConversion(to offered: [PayloadFormat]) -> Bool {
        convertsAll || !accepted.isEmpty || !ignored.isEmpty
            || offered.contains { format in
                !offer.contains { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
            }
    }

    /// Whether the offerer can be answered with `format` under its number, as far as the options go.
    func allows(_ format: PayloadFormat, _ numbering: AnswerFormats.Numbering) -> Bool {
        offer.contains { offer in
            (numbering == .asymmetric || offer.payloadType == format.payloadType) && offer.isSameCodec(as: format)
                && !ignored.names(offer)
        }
    }

    /// The codecs of the offer that may be converted to, best first. Those that were stripped are better than none, and
    /// so are those that are to be ignored.
    public var usable: [PayloadFormat] {
        let codecs = offer.filter { !$0.isSupplemental }
        let heeded = codecs.filter { !ignored.names($0) }
        guard !heeded.isEmpty else { return codecs }
        return heeded.filter { !stripped.names($0) } + heeded.filter(stripped.names)
    }

    /// The first codec that `accept` or `consume` names, as long as the answer has it or it can be converted to.
    func imposed(_ accepted: [PayloadFormat], isConvertible: Bool) -> PayloadFormat? {
        guard !self.accepted.isEmpty else { return nil }
        return offer.first { format in
            guard !format.isSupplemental, !ignored.names(format),
                self.accepted.selectsAll || self.accepted.names(format)
            else { return false }
            return (isConvertible && format.isConvertible)
                || accepted.contains { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
        }
    }
}
