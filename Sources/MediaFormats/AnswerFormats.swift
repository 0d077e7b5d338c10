/// The formats of an answer as the offerer may see them.
public struct AnswerFormats: Sendable, Equatable {
    /// In the order to be written.
    public var formats: [PayloadFormat]
    /// ``formats`` do not follow the answer: it held no codec of the offer, or another one was imposed. Only conversion
    /// makes both sides understand each other.
    public var isFallback: Bool

    /// How payload type numbers of offer and answer belong together.
    public enum Numbering: Sendable, Hashable {
        /// Offerer and answerer use the same number for a codec.
        case symmetric
        /// Each side has its own number (RFC 3264 §5.1); flag `allow-asymmetric-codecs`.
        case asymmetric
    }

    /// Compares an answer with what the answerer was offered, and with the `terms` of that offer where it has any.
    ///
    /// The formats of the answer that were offered remain, in the order of the answer and with its parameters. A format
    /// without name, which some answerers write for dynamic numbers, is taken as what was offered under its number.
    /// When no codec remains, or the terms impose one, the result is one codec of the offerer that the relay can convert
    /// to, with the telephone-events of its clock rate if the answerer took any.
    public init(
        answer: [PayloadFormat], offered: [PayloadFormat], terms: CodecTerms? = nil, numbering: Numbering = .symmetric
    ) {
        let answer = answer.named(by: offered)
        var accepted: [PayloadFormat] = []
        for named in answer {
            let isOffered = offered.contains { offer in
                (numbering == .asymmetric || offer.payloadType == named.payloadType) && offer.isSameCodec(as: named)
            }
            if isOffered, terms?.allows(named, numbering) ?? true { accepted.append(named) }
        }
        if let terms, let codec = terms.imposed(accepted, isConvertible: answer.contains(where: \.isConvertible)) {
            formats = AnswerFormats.formats(of: codec, accepted, terms: terms, answer: answer, offered: offered)
            isFallback = true
        } else if !accepted.contains(where: { !$0.isSupplemental }),
            let fallback = AnswerFormats.fallback(answer: answer, offered: offered, terms)
        {
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

    private static func fallback(
        answer: [PayloadFormat], offered: [PayloadFormat], _ terms: CodecTerms?
    ) -> [PayloadFormat]? {
        let codecs = terms?.usable ?? offered.filter { !$0.isSupplemental }
        let convertible = answer.contains(where: \.isConvertible) ? codecs.first(where: \.isConvertible) : nil
        guard let codec = convertible ?? codecs.first else { return nil }
        return [codec.encoded(for: answer)] + events(for: codec, of: terms?.offer ?? offered, answer, offered)
    }

    /// What the offerer gets when a codec is imposed. Telephone-events that both sides have in common are listed as well
    /// where the codec was named.
    private static func formats(
        of codec: PayloadFormat, _ accepted: [PayloadFormat], terms: CodecTerms, answer: [PayloadFormat],
        offered: [PayloadFormat]
    ) -> [PayloadFormat] {
        let common = accepted.first { $0.payloadType == codec.payloadType && $0.isSameCodec(as: codec) }
        var formats = [common ?? codec.encoded(for: answer)]
        if !terms.accepted.selectsAll { formats += accepted.filter(\.isTelephoneEvent) }
        for event in events(for: codec, of: terms.offer, answer, offered)
        where !formats.contains(where: { $0.payloadType == event.payloadType }) {
            formats.append(event)
        }
        return formats
    }

    /// The telephone-events of the codec's clock rate, when the answerer took any that it was offered, or has some of that
    /// clock rate.
    private static func events(
        for codec: PayloadFormat, of offer: [PayloadFormat], _ answer: [PayloadFormat], _ offered: [PayloadFormat]
    ) -> [PayloadFormat] {
        let isTaken = answer.contains { named in
            guard named.isTelephoneEvent else { return false }
            return named.clockRate == codec.clockRate
                || offered.contains { $0.payloadType == named.payloadType && $0.isSameCodec(as: named) }
        }
        guard isTaken, let events = offer.first(where: { $0.isTelephoneEvent && $0.clockRate == codec.clockRate })
        else { return [] }
        return [events]
    }
}

extension [PayloadFormat] {
    /// The formats with the names that were offered for their numbers, where they have none.
    public func named(by offered: [PayloadFormat]) -> [PayloadFormat] {
        contains { $0.encodingName == nil } ? map { $0.named(by: offered) } : self
    }
}

extension PayloadFormat {
    /// The format with the name that was offered for its number, where it has none.
    public func named(by offered: [PayloadFormat]) -> PayloadFormat {
        guard encodingName == nil, let match = offered.first(where: { $0.payloadType == payloadType }) else {
            return self
        }
        var named = self
        named.encodingName = match.encodingName
        named.clockRate = match.clockRate
        named.channels = match.channels
        return named
    }

    /// The codec with the parameters of the relay as encoder: opus has two channels when the answerer sends two.
    fileprivate func encoded(for answer: [PayloadFormat]) -> PayloadFormat {
        guard isOpus else { return self }
        let isStereo = (answer.first { !$0.isSupplemental }?.channels ?? 1) > 1
        var codec = self
        codec.parameters = "stereo=\(isStereo ? 1 : 0); useinbandfec=1"
        return codec
    }
}
