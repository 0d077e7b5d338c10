import CallModel
import MediaFormats
import SDP

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
        let earlier = receiver.media[index].offeredFormats
        if codecs.isStatic, let earlier { return earlier }
        if codecs.removesNothing {
            return codecs.reuses ? PayloadFormat.reordered(intake.formats, reusing: earlier ?? []) : intake.formats
        }
        let policy = CodecPolicy(
            strip: codecs.strip, mask: codecs.mask, consume: codecs.consume, except: codecs.except,
            offer: codecs.offer, transcode: codecs.transcode, allowsEmpty: codecs.allowsEmptyMedia)
        var formats = policy.apply(to: intake.formats)
        if formats.isEmpty, !intake.formats.isEmpty {
            receiver.media[index].isRejected = true
            formats = intake.formats
        }
        return codecs.reuses ? PayloadFormat.reordered(formats, reusing: earlier ?? []) : formats
    }

    private func answeredFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        let offered = sender.media[index].offeredFormats ?? receiver.media[index].formats
        // A party that never saw an offer, answering one that never made any, has nothing to be measured by.
        guard !offered.isEmpty else { return intake.formats }
        let codecs = options.codecs
        let formats = codecs.strip.isEmpty ? intake.formats : stripped(intake.formats)
        let answer = AnswerFormats(
            answer: formats, offered: offered, numbering: codecs.allowsAsymmetric ? .asymmetric : .symmetric)
        return codecs.isSingle ? answer.reducedToSingleCodec : answer.formats
    }

    /// What is left of an answer.
    private func stripped(_ formats: [PayloadFormat]) -> [PayloadFormat] {
        let codecs = options.codecs
        let policy = CodecPolicy(
            strip: codecs.strip, except: codecs.except, offer: codecs.offer, allowsEmpty: codecs.allowsEmptyMedia)
        return policy.apply(to: formats)
    }
}

extension CodecOptions {
    /// The formats of an offer stay as they are.
    fileprivate var removesNothing: Bool { strip.isEmpty && mask.isEmpty && consume.isEmpty }
}
