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
        sender.media[index].transcoding = nil
        receiver.media[index].transcoding = nil
        guard intake.kind.isRTP else { return [] }
        switch mode {
        case .offer:
            receiver.media[index].wasOffered = true
            let formats = offeredFormats(intake, at: index)
            receiver.media[index].askedPtime = options.codecs.ptimeMilliseconds
            sender.media[index].askedPtime = options.codecs.reversePtimeMilliseconds
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
            offer: codecs.offer, transcode: codecs.transcode, adds: isAudio(intake),
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
        guard isAudio(intake), !codecs.saysNothing || (codecs.isStatic && formats != intake.formats) else { return nil }
        var feedback: [(payloadType: UInt8, text: String)] = []
        if !intake.feedback.isEmpty {
            for format in intake.formats {
                feedback += intake.feedback[String(format.payloadType)].map { (format.payloadType, $0) }
            }
        }
        return CodecTerms(
            offer: intake.formats, strip: codecs.strip, ignore: codecs.ignore, accept: codecs.accept + codecs.consume,
            convertsAll: codecs.forcesTranscoding,
            settings: codecs.set + codecs.transcode + codecs.accept + codecs.consume + codecs.mask, feedback: feedback)
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
        let isFitting = !answer.isFallback && answer.formats.count == intake.formats.count
        if !isFitting || terms?.convertsAll == true || isRepacketised(at: index), isAudio(intake) {
            let parties = AgreedFormats(
                offer: terms?.offer ?? receiver.media[index].formats, offered: offered, answer: intake.formats,
                accepted: formats, shown: shown, isAsymmetric: codecs.allowsAsymmetric)
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

    /// The coder knows codecs of audio alone.
    private func isAudio(_ intake: SectionIntake) -> Bool {
        intake.description.mediaType.utf8.elementsEqual("audio".utf8)
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
