/// The formats of an answer as the offerer may see them.
public struct AnswerFormats: Sendable, Equatable {
    /// In the order to be written.
    public var formats: [PayloadFormat]
    /// The answer held no codec of the offer. ``formats`` then are the offerer's own first choice, and only a
    /// transcoder could make both sides understand each other.
    public var isFallback: Bool

    /// How payload type numbers of offer and answer belong together.
    public enum Numbering: Sendable, Hashable {
        /// Offerer and answerer use the same number for a codec.
        case symmetric
        /// Each side has its own number (RFC 3264 §5.1); flag `allow-asymmetric-codecs`.
        case asymmetric
    }

    /// Compares an answer with what the answerer was offered.
    ///
    /// The formats of the answer that were offered remain, in the order of the answer and with its parameters. A format
    /// without name, which some answerers write for dynamic numbers, is taken as what was offered under its number.
    /// When no codec remains, the result is the first codec of the offer and, when the answer had telephone-events,
    /// that of the codec's clock rate.
    public init(answer: [PayloadFormat], offered: [PayloadFormat], numbering: Numbering = .symmetric) {
        var accepted: [PayloadFormat] = []
        for format in answer {
            var named = format
            if format.encodingName == nil, let match = offered.first(where: { $0.payloadType == format.payloadType }) {
                named.encodingName = match.encodingName
                named.clockRate = match.clockRate
                named.channels = match.channels
            }
            let isOffered = offered.contains { offer in
                (numbering == .asymmetric || offer.payloadType == named.payloadType) && offer.isSameCodec(as: named)
            }
            if isOffered { accepted.append(named) }
        }
        let hasCodec = accepted.contains { !$0.isSupplemental }
        if !hasCodec, let fallback = AnswerFormats.fallback(answer: answer, offered: offered) {
            formats = fallback
            isFallback = true
        } else {
            formats = accepted
            isFallback = false
        }
    }

    /// `single-codec`: the first codec and the supplemental formats of its clock rate, order kept.
    public var reducedToSingleCodec: [PayloadFormat] {
        guard let first = formats.firstIndex(where: { !$0.isSupplemental }) else { return formats }
        let clockRate = formats[first].clockRate
        return formats.indices.filter { index in
            index == first || (formats[index].isSupplemental && formats[index].clockRate == clockRate)
        }.map { formats[$0] }
    }

    private static func fallback(answer: [PayloadFormat], offered: [PayloadFormat]) -> [PayloadFormat]? {
        guard var codec = offered.first(where: { !$0.isSupplemental }) else { return nil }
        if codec.isOpus {
            // The parameters are those of the relay as encoder: two channels when the answerer sends two.
            let isStereo = (answer.first { !$0.isSupplemental }?.channels ?? 1) > 1
            codec.parameters = "stereo=\(isStereo ? 1 : 0); useinbandfec=1"
        }
        guard answer.contains(where: \.isTelephoneEvent),
            let event = offered.first(where: { $0.isTelephoneEvent && $0.clockRate == codec.clockRate })
        else { return [codec] }
        return [codec, event]
    }
}
