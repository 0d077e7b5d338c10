import MediaFormats
import Testing

@Suite struct AnswerFormatsTests {
    @Test(arguments: [
        // codec-001: the order of the answer counts.
        (formats("8", "101 telephone-event/8000"), [UInt8(8), 101]),
        (formats("0", "8", "9", "101 telephone-event/8000"), [0, 8, 9, 101]),
        (formats("18", "8"), [18, 8]),
        (formats("96 opus/48000/2", "97 telephone-event/48000"), [96, 97]),
        // codec-015, plain-020: what was not offered vanishes.
        (formats("3", "8"), [8]),
        (formats("8", "127 telephone-event/8000"), [8]),
        (formats("8", "97 telephone-event/8000"), [8]),
        // codec-021: names in another case are the same.
        (formats("96 OPUS/48000/2"), [96]),
        // A dynamic number without name is what was offered under it.
        (formats("8", "101"), [8, 101]),
    ])
    func accepted(_ answer: [PayloadFormat], _ expected: [UInt8]) {
        let result = AnswerFormats(answer: answer, offered: mixedOffer)
        #expect(result.formats.payloadTypes == expected)
        #expect(!result.isFallback)
    }

    @Test func parametersAreThoseOfTheAnswer() {
        var answer = formats("102 opus/48000/2")
        answer[0].parameters = "stereo=1"
        var offer = formats("102 OPUS/48000/2")
        offer[0].parameters = "useinbandfec=1"
        #expect(AnswerFormats(answer: answer, offered: offer).formats == answer)
    }

    @Test func namesFromTheOffer() {
        let result = AnswerFormats(answer: formats("8", "101"), offered: mixedOffer)
        #expect(result.formats.last?.encoding == "101 telephone-event/8000")
    }

    @Test func noCommonCodec() {
        // codec-015
        let plain = AnswerFormats(answer: formats("3"), offered: mixedOffer)
        #expect(plain.isFallback)
        #expect(plain.formats.payloadTypes == [96])
        #expect(plain.formats.first?.writtenParameters == "stereo=0; useinbandfec=1")
        // codec-006
        let events = AnswerFormats(answer: formats("3", "101 telephone-event/8000"), offered: mixedOffer)
        #expect(events.isFallback)
        #expect(events.formats.payloadTypes == [96, 97])
        // codec-016
        let renumbered = AnswerFormats(
            answer: formats("111 opus/48000/2", "100 telephone-event/48000"), offered: mixedOffer)
        #expect(renumbered.isFallback)
        #expect(renumbered.formats.payloadTypes == [96, 97])
        #expect(renumbered.formats.first?.writtenParameters == "stereo=1; useinbandfec=1")
        // Nothing to fall back to.
        let none = AnswerFormats(answer: formats("3"), offered: [])
        #expect(none == AnswerFormats(answer: [], offered: []))
        #expect(none.formats.isEmpty && !none.isFallback)
        let onlyEvents = formats("101 telephone-event/8000")
        #expect(AnswerFormats(answer: onlyEvents, offered: onlyEvents).formats == onlyEvents)
    }

    /// codec-016
    @Test func asymmetricNumbers() {
        let answer = formats("111 opus/48000/2", "100 telephone-event/48000", "105 GSM/8000")
        let result = AnswerFormats(answer: answer, offered: mixedOffer, numbering: .asymmetric)
        #expect(result.formats == Array(answer.prefix(2)))
        #expect(!result.isFallback)
    }

    /// codec-014
    @Test(arguments: [
        (formats("9", "8", "0", "101 telephone-event/8000"), [UInt8(9), 101]),
        (formats("101 telephone-event/8000", "8", "0"), [101, 8]),
        (formats("96 opus/48000/2", "8", "101 telephone-event/8000", "97 telephone-event/48000"), [96, 97]),
        (formats("8"), [8]),
    ])
    func singleCodec(_ answer: [PayloadFormat], _ expected: [UInt8]) {
        let result = AnswerFormats(answer: answer, offered: mixedOffer)
        #expect(result.reducedToSingleCodec.payloadTypes == expected)
    }

    /// codec-018
    @Test func reuse() {
        let previous = formats("8", "0", "101 telephone-event/8000")
        let offer = formats("0", "8", "9", "101 telephone-event/8000")
        #expect(PayloadFormat.reordered(offer, reusing: previous).payloadTypes == [8, 0, 101, 9])
        #expect(PayloadFormat.reordered(previous, reusing: offer).payloadTypes == [0, 8, 101])
        #expect(PayloadFormat.reordered(offer, reusing: []) == offer)
        #expect(PayloadFormat.reordered([], reusing: offer).isEmpty)
        #expect(PayloadFormat.reordered(formats("8", "8"), reusing: previous).payloadTypes == [8, 8])
    }
}
