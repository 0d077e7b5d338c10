import CallModel
import MediaFormats

extension Exchange {
    /// The formats the receiver is told, in order, by the codec options (sdp-behaviour §15).
    ///
    /// An offer that is left without formats is written as it came, or its section rejected with
    /// `allow-no-codec-media`. An answer shows formats that were offered under the same number; when none is left the
    /// offerer's first codec stands for it, so that the call is at least set up.
    mutating func decideFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        guard intake.kind.isRTP else { return [] }
        switch mode {
        case .offer:
            receiver.media[index].wasOffered = true
            let formats = offeredFormats(intake, at: index)
            receiver.media[index].offeredFormats = formats
            return formats
        case .answer:
            return answeredFormats(intake, at: index)
        }
    }

    private mutating func offeredFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        let codecs = options.codecs
        if codecs.isStatic, let earlier = receiver.media[index].offeredFormats { return earlier }
        let result = FormatManipulation(
            strip: codecs.strip, except: codecs.except, offer: codecs.offer, hide: codecs.mask + codecs.consume
        ).apply(to: intake.formats)
        var formats = result
        if formats.isEmpty, !intake.formats.isEmpty {
            if codecs.allowsEmptyMedia { receiver.media[index].isRejected = true }
            formats = intake.formats
        }
        if codecs.reuses, let earlier = receiver.media[index].offeredFormats {
            let known = earlier.filter { old in formats.contains { $0.payloadType == old.payloadType } }
            formats = known + formats.filter { new in !known.contains { $0.payloadType == new.payloadType } }
        }
        return formats
    }

    private func answeredFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        let offered = sender.media[index].offeredFormats ?? receiver.media[index].formats
        // A party that never saw an offer, answering one that never made any, has nothing to be measured by.
        guard !offered.isEmpty, !options.codecs.allowsAsymmetric else { return intake.formats }
        var formats = intake.formats.filter { format in
            offered.contains { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
        }
        if !options.codecs.strip.isEmpty || !options.codecs.except.isEmpty {
            let kept = FormatManipulation(
                strip: options.codecs.strip, except: options.codecs.except, offer: options.codecs.offer, hide: []
            ).apply(to: formats)
            if !kept.isEmpty { formats = kept }
        }
        if !formats.contains(where: { !$0.isSupplemental }) {
            formats = fallbackFormats(intake, offered: offered)
        }
        return options.codecs.isSingle ? formats.keepingSingleCodec() : formats
    }

    /// The first real codec offered and, when the answerer took some telephone-event, the one of that clock rate.
    private func fallbackFormats(_ intake: SectionIntake, offered: [PayloadFormat]) -> [PayloadFormat] {
        guard let first = offered.first(where: { !$0.isSupplemental }) else { return offered }
        guard intake.formats.contains(where: \.isTelephoneEvent),
            let events = offered.first(where: { $0.isTelephoneEvent && $0.clockRate == first.clockRate })
        else { return [first] }
        return [first, events]
    }
}
