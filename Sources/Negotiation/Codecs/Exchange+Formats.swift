import CallModel
import MediaFormats
import SDP

extension Exchange {
    /// The formats the receiver is told, in order, by the codec options (sdp-behaviour §15).
    ///
    /// An offer that is left without formats is written as it came, or its section rejected with
    /// `allow-no-codec-media`. An answer shows formats that were offered under the same number; when none is left the
    /// offerer's first codec stands for it, and what the answerer sends is converted.
    mutating func decideFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        endConversions(at: index)
        guard intake.kind.isRTP else { return [] }
        switch mode {
        case .offer:
            receiver.media[index].wasOffered = true
            let formats = offeredFormats(intake, at: index)
            let canConvert = canConvert(intake, at: index)
            receiver.media[index].askedPtime = canConvert ? possible(options.codecs.ptimeMilliseconds) : nil
            sender.media[index].askedPtime = canConvert ? possible(options.codecs.reversePtimeMilliseconds) : nil
            receiver.media[index].codecTerms = terms(intake, formats, at: index)
            receiver.media[index].offeredFormats = formats
            if receiver.media[index].codecTerms != nil { convertEarlyMedia(at: index) }
            return formats
        case .answer:
            return answeredFormats(intake, at: index)
        }
    }

    private mutating func offeredFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        let codecs = options.codecs
        let earlier = receiver.media[index].offeredFormats
        if codecs.isStatic, let earlier { return earlier }
        if codecs.changesNothing {
            return codecs.reuses ? PayloadFormat.reordered(intake.formats, reusing: earlier ?? []) : intake.formats
        }
        let policy = CodecPolicy(
            strip: codecs.strip, mask: codecs.mask, consume: codecs.consume, except: codecs.except,
            offer: codecs.offer, transcode: codecs.transcode, adds: canConvert(intake, at: index),
            allowsEmpty: codecs.allowsEmptyMedia)
        var formats = policy.apply(
            to: intake.formats, numbers: PayloadNumbers(known: receiver.media[index].formats + (earlier ?? [])))
        if formats.isEmpty, !intake.formats.isEmpty {
            receiver.media[index].isRejected = true
            formats = intake.formats
        }
        return codecs.reuses ? PayloadFormat.reordered(formats, reusing: earlier ?? []) : formats
    }

    /// What the options say about the answer, where they say something.
    private func terms(_ intake: SectionIntake, _ formats: [PayloadFormat], at index: Int) -> CodecTerms? {
        let codecs = options.codecs
        guard !codecs.saysNothing || (codecs.isStatic && formats != intake.formats), canConvert(intake, at: index)
        else {
            return nil
        }
        return CodecTerms(
            offer: intake.formats, strip: codecs.strip, ignore: codecs.ignore, accept: codecs.accept + codecs.consume,
            convertsAll: codecs.forcesTranscoding,
            settings: codecs.set + codecs.transcode + codecs.accept + codecs.consume + codecs.mask,
            feedback: intake.codecFeedback)
    }

    private mutating func answeredFormats(_ intake: SectionIntake, at index: Int) -> [PayloadFormat] {
        let offered = sender.media[index].offeredFormats ?? receiver.media[index].formats
        // A party that never saw an offer, answering one that never made any, has nothing to be measured by.
        guard !offered.isEmpty else { return intake.formats }
        let codecs = options.codecs
        let formats = codecs.strip.isEmpty ? intake.formats : stripped(intake.formats)
        let terms = sender.media[index].codecTerms
        let answer = AnswerFormats(
            answer: formats, offered: offered, terms: terms,
            numbering: codecs.allowsAsymmetric ? .asymmetric : .symmetric)
        let shown = codecs.isSingle ? answer.reducedToSingleCodec : answer.formats
        // Without a word about codecs an answer with a common one is just passed on, whatever it names beside that.
        let hasMore = answer.formats.count != intake.formats.count && (terms != nil || !codecs.strip.isEmpty)
        let isFitting = !answer.isFallback && !hasMore
        if !isFitting || terms?.convertsAll == true || isRepacketised(at: index), canConvert(intake, at: index) {
            var parties = AgreedFormats(
                offer: terms?.offer ?? receiver.media[index].formats, offered: offered, answer: intake.formats,
                accepted: formats, shown: shown, isAsymmetric: codecs.allowsAsymmetric)
            parties.addOffer(
                terms?.offer ?? receiver.media[index].formats, except: terms?.ignored ?? .none,
                isImposed: answer.isFallback)
            convert(parties, terms, at: index)
        }
        return shown
    }

    /// What is left of an answer.
    private func stripped(_ formats: [PayloadFormat]) -> [PayloadFormat] {
        let codecs = options.codecs
        let policy = CodecPolicy(
            strip: codecs.strip, except: codecs.except, offer: codecs.offer, allowsEmpty: codecs.allowsEmptyMedia)
        return policy.apply(to: formats)
    }

    /// The coder knows codecs of audio alone, and what passes the relay by does not come to it.
    private func canConvert(_ intake: SectionIntake, at index: Int) -> Bool {
        guard intake.description.mediaType.utf8.elementsEqual("audio".utf8), !bypassesRelay(intake, at: index) else {
            return false
        }
        return mode == .offer || !sender.media[index].bypassesRelay
    }

    /// Milliseconds of speech that packets can have.
    private func possible(_ milliseconds: Int?) -> Int? {
        milliseconds.map { FormatConversions.possible($0) }
    }
}

extension SectionIntake {
    /// More lines of feedback than codecs have; the rest of a flood is not kept.
    private static let feedbackLimit = 64

    /// `a=rtcp-fb` of the codecs, which an answer may have to name without having them from the answerer.
    fileprivate var codecFeedback: [(payloadType: UInt8, text: String)] {
        guard !feedback.isEmpty else { return [] }
        var lines: [(payloadType: UInt8, text: String)] = []
        for format in formats.unrepeated where !format.isSupplemental {
            lines += feedback[String(format.payloadType)].prefix(SectionIntake.feedbackLimit - lines.count)
                .map { (format.payloadType, $0) }
            if lines.count == SectionIntake.feedbackLimit { break }
        }
        return lines
    }
}

extension CodecOptions {
    /// The formats of an offer stay as they are.
    fileprivate var changesNothing: Bool {
        strip.isEmpty && mask.isEmpty && consume.isEmpty && transcode.isEmpty
    }

    /// Nothing but the formats written decides on the answer.
    fileprivate var saysNothing: Bool {
        mask.isEmpty && consume.isEmpty && transcode.isEmpty && accept.isEmpty && ignore.isEmpty && set.isEmpty
            && !forcesTranscoding
    }
}
