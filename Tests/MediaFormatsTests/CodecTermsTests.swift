import MediaFormats
import Testing

/// Answers to offers with codec options: the recorded scenarios of area `codec`, and what follows from their rules.
@Suite struct CodecTermsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the offerer said and the answerer was offered.
        var offer: [PayloadFormat]
        var offered: [PayloadFormat]
        var terms: CodecTerms
        var answer: [PayloadFormat]
        var expected: [UInt8]
        var isFallback: Bool
        var testDescription: String { name }

        init(
            _ name: String, offer: [PayloadFormat] = mixedOffer, offered: [PayloadFormat]? = nil, strip: [String] = [],
            ignore: [String] = [], accept: [String] = [], answer: [PayloadFormat], _ expected: [UInt8],
            isFallback: Bool = true
        ) {
            self.name = name
            self.offer = offer
            self.offered = offered ?? offer
            terms = CodecTerms(offer: offer, strip: strip, ignore: ignore, accept: accept)
            self.answer = answer
            self.expected = expected
            self.isFallback = isFallback
        }
    }

    static let event = "101 telephone-event/8000"
    static let g711 = formats("8", "0", event)
    static let withOpus = formats("8", "0", "96 opus/48000/2", "97 telephone-event/48000", event)

    static let cases: [Case] = [
        Case(
            "005 mask, common", offered: formats("9", "8", "0", event), answer: formats("0", event), [0, 101],
            isFallback: false),
        Case("006 added is taken", offered: mixedOffer + formats("3"), answer: formats("3", event), [96, 97]),
        Case(
            "006 offered is taken", offered: mixedOffer + formats("3"), answer: formats("8", event), [8, 101],
            isFallback: false),
        Case("007 opus", offer: g711, offered: withOpus, answer: formats("96 opus/48000/2"), [8]),
        Case("007 G.722", offer: g711, offered: formats("8", "0", "9", event), answer: formats("9", event), [8, 101]),
        Case(
            "009 consume", offered: formats("9", "8", "0", event), accept: ["opus"], answer: formats("8", event),
            [96, 101, 97]),
        Case("009 accept", accept: ["opus"], answer: formats("8", event), [96, 101, 97]),
        Case("009 accept all", accept: ["all"], answer: formats("0", event), [96, 97]),
        Case("010 ignore", ignore: ["PCMA"], answer: formats("8", event), [96, 97]),
        Case("010 ignore another", ignore: ["PCMA"], answer: formats("0", event), [0, 101], isFallback: false),
        Case(
            "022 one of each", offer: g711, offered: withOpus, answer: formats("96 opus/48000/2", "8"), [8],
            isFallback: false),
        Case(
            "022 mask", offer: formats("8", event), offered: formats("9", event), answer: formats("9", event), [8, 101]),
        Case(
            "webrtc-036", offer: formats("111 opus/48000/2", "110 telephone-event/48000", "126 telephone-event/8000"),
            offered: formats("8", "0", "126 telephone-event/8000"), answer: formats("8", event), [111]),
        Case("webrtc-036 back", offer: formats("8", event), offered: withOpus, answer: formats("96 opus/48000/2"), [8]),
        // As rtpengine 10.5.3 has it.
        Case(
            "accept, both taken", offer: formats("8", "9", event), accept: ["G722"], answer: formats("8", "9", event),
            [9, 101]),
        Case(
            "accept all, both taken", offer: formats("0", "8", event), accept: ["all"],
            answer: formats("8", "0", event), [0, 101]),
        Case(
            "accept all, the first is taken", offer: formats("0", "8", event), accept: ["all"],
            answer: formats("0", event), [0, 101]),
        Case(
            "masked is the first", offer: formats("96 opus/48000/2", "9", "8", "97 telephone-event/48000", event),
            offered: formats("9", "8", "3", event), answer: formats("3", event), [96, 97]),
        // What the coder does not know is no help.
        Case(
            "accept what cannot be coded", accept: ["G729"], answer: formats("8", event), [8, 101], isFallback: false),
        Case(
            "the answer cannot be coded", accept: ["opus"], answer: formats("18", event), [18, 101], isFallback: false),
        Case(
            "first that can be coded", offer: formats("18", "4", "8"), offered: formats("18", "4", "8", "3"),
            answer: formats("3"), [8]),
        Case("neither can be coded", offer: formats("18", "4"), answer: formats("15"), [18]),
        Case(
            "a stripped one is better than none", offer: g711, offered: withOpus, strip: ["PCMA", "PCMU"],
            answer: formats("96 opus/48000/2"), [8]),
        Case(
            "another one is better than a stripped", offer: formats("8", "9"), offered: formats("3"), strip: ["PCMA"],
            answer: formats("3"), [9]),
        Case(
            "all are ignored", offer: formats("8", "0"), ignore: ["PCMA", "PCMU"], answer: formats("8"), [8]),
    ]

    @Test(arguments: cases)
    func answers(_ scenario: Case) {
        let result = AnswerFormats(answer: scenario.answer, offered: scenario.offered, terms: scenario.terms)
        #expect(result.formats.payloadTypes == scenario.expected)
        #expect(result.isFallback == scenario.isFallback)
    }

    @Test func settings() throws {
        let opus = formats("96 opus/48000/2", "97 opus/48000")
        let terms = CodecTerms(
            offer: opus, settings: ["PCMA", "opus/48000/2/32000", "opus/16000/1/16000/40/stereo=0", "opus/48000/2/9"])
        #expect(terms.settings(for: opus[0])?.bitrate == 32_000)
        let mono = try #require(terms.settings(for: opus[1]))
        #expect(mono.bitrate == 16_000 && mono.packetTimeMilliseconds == 40)
        #expect(terms.settings(for: formats("8")[0]) == nil)
    }
}
