import MediaFormats
import Testing

/// The recorded scenarios of area `codec` that change a list, and what follows from their rules.
@Suite struct CodecPolicyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: CodecPolicy
        var offer: [PayloadFormat]
        var expected: [UInt8]
        var testDescription: String { name }

        init(_ name: String, _ policy: CodecPolicy, _ expected: [UInt8], of offer: [PayloadFormat] = mixedOffer) {
            self.name = name
            self.policy = policy
            self.offer = offer
            self.expected = expected
        }
    }

    static let all: [UInt8] = [96, 9, 8, 0, 18, 101, 97]
    static let event = "101 telephone-event/8000"
    static let g711 = formats("8", "0", event)
    static let video = formats("98 VP8/90000", "99 H264/90000", "34")

    static let cases: [Case] = [
        Case("no option", CodecPolicy(), all),
        Case("002 strip name", CodecPolicy(strip: ["opus"]), [9, 8, 0, 18, 101]),
        Case("002 strip full name", CodecPolicy(strip: ["opus/48000/2"]), [9, 8, 0, 18, 101]),
        Case("002 strip mono", CodecPolicy(strip: ["opus/48000"]), all),
        Case("002 strip unknown", CodecPolicy(strip: ["FOO"]), all),
        Case("002 strip two", CodecPolicy(strip: ["G729", "G722"]), [96, 8, 0, 101, 97]),
        Case("002 strip telephone-event", CodecPolicy(strip: ["telephone-event"]), [96, 9, 8, 0, 18]),
        Case("003 strip all, offer one", CodecPolicy(strip: ["all"], offer: ["PCMA"]), [8]),
        Case("003 strip all, offer two", CodecPolicy(strip: ["all"], offer: ["PCMU", "PCMA"]), [0, 8]),
        Case("003 strip all, except", CodecPolicy(strip: ["all"], except: ["PCMU", "PCMA"]), [8, 0]),
        Case("003 strip all", CodecPolicy(strip: ["all"]), all),
        Case("004 offer alone", CodecPolicy(offer: ["PCMU"]), all),
        Case("004 except alone", CodecPolicy(except: ["PCMU"]), all),
        Case("004 offer two alone", CodecPolicy(offer: ["PCMU", "G722"]), all),
        Case("005 mask", CodecPolicy(mask: ["opus"], transcode: ["PCMU"]), [9, 8, 0, 18, 101]),
        Case("005 mask all", CodecPolicy(mask: ["all"], transcode: ["PCMA"]), [8]),
        Case("005 mask all, event", CodecPolicy(mask: ["all"], transcode: ["PCMA", "telephone-event"]), [8, 101]),
        Case("005 mask full", CodecPolicy(mask: ["full"], transcode: ["PCMA"]), [8]),
        Case("006 transcode of an offered one", CodecPolicy(transcode: ["G729"]), all),
        Case("008 strip and restore", CodecPolicy(strip: ["PCMU"], transcode: ["PCMU"]), [96, 9, 8, 18, 0, 101, 97]),
        Case(
            "008 strip and restore event", CodecPolicy(strip: ["telephone-event"], transcode: ["telephone-event"]),
            [96, 9, 8, 0, 18, 97, 101]),
        Case("008 strip all, restore", CodecPolicy(strip: ["all"], transcode: ["PCMU"]), [0]),
        Case("009 consume", CodecPolicy(consume: ["opus"]), [9, 8, 0, 18, 101]),
        Case("010 strip and ignore", CodecPolicy(strip: ["PCMA"]), [96, 9, 0, 18, 101, 97]),
        Case("017 strip all, may be empty", CodecPolicy(strip: ["all"], allowsEmpty: true), []),
        Case(
            "017 strip the only one, may be empty", CodecPolicy(strip: ["VP8"], allowsEmpty: true),
            [], of: formats("98 VP8/90000")),
        Case("strip the only one", CodecPolicy(strip: ["VP8"]), [98], of: formats("98 VP8/90000")),
        Case("019 strip video", CodecPolicy(strip: ["VP8"]), [99, 34], of: video),
        Case("019 strip all, except video", CodecPolicy(strip: ["all"], except: ["PCMA", "H264"]), [99], of: video),
        Case(
            "022 strip all, offer, restore event",
            CodecPolicy(strip: ["all"], offer: ["PCMA"], transcode: ["opus", "telephone-event"]), [8, 96, 97, 101],
            of: g711),
        Case("022 mask, add", CodecPolicy(mask: ["PCMA"], transcode: ["G722"]), [9, 101], of: formats("8", event)),
        Case("006 add", CodecPolicy(transcode: ["GSM"]), [96, 9, 8, 0, 18, 3, 101, 97]),
        Case("006 add mono", CodecPolicy(transcode: ["opus/16000/1/16000"]), [96, 9, 8, 0, 18, 98, 101, 97]),
        Case("007 add with events", CodecPolicy(transcode: ["opus"]), [8, 0, 96, 97, 101], of: g711),
        Case("007 add two", CodecPolicy(transcode: ["opus", "G722"]), [8, 0, 96, 9, 97, 101], of: g711),
        Case(
            "024 before comfort noise", CodecPolicy(transcode: ["PCMU"]), [8, 0, 13, 9, 101],
            of: formats("8", "13", "9", event)),
        Case("024 first of all", CodecPolicy(transcode: ["PCMU"]), [0, 101, 8, 9], of: formats(event, "8", "9")),
        Case(
            "024 without redundancy of its own", CodecPolicy(transcode: ["PCMU"]), [111, 0, 63, 9],
            of: formats("111 opus/48000/2", "63 red/48000/2", "9")),
        Case(
            "webrtc-036", CodecPolicy(mask: ["opus"], transcode: ["PCMA", "PCMU"]), [8, 0, 126],
            of: formats("111 opus/48000/2", "110 telephone-event/48000", "126 telephone-event/8000")),
        // Not recorded: what the rules say together.
        Case("names ignore case", CodecPolicy(strip: ["OPUS", "g722"]), [8, 0, 18, 101]),
        Case("strip beats except", CodecPolicy(strip: ["all", "PCMA"], except: ["PCMA", "PCMU"]), [0]),
        Case(
            "except keeps its event", CodecPolicy(strip: ["all"], except: ["PCMA", "telephone-event"]), [8, 101]),
        Case("offer before except", CodecPolicy(strip: ["all"], except: ["G722"], offer: ["PCMU"]), [0, 9]),
        Case("only events left", CodecPolicy(strip: ["all"], except: ["telephone-event"]), all),
        Case(
            "only events left, may be empty",
            CodecPolicy(strip: ["opus", "G722", "PCMA", "PCMU", "G729"], allowsEmpty: true), []),
        Case(
            "noise and redundancy of the clock rate", CodecPolicy(strip: ["opus"]),
            [9, 13, 110], of: formats("111 opus/48000/2", "63 red/48000/2", "9", "13", "110 telephone-event/16000")),
        Case(
            "restored in order, before events",
            CodecPolicy(strip: ["all"], except: ["telephone-event"], transcode: ["PCMU", "PCMA"]), [0, 8, 101], of: g711
        ),
        Case("duplicates stay", CodecPolicy(strip: ["PCMU"]), [8, 8], of: formats("8", "0", "8", "0")),
        Case("empty list", CodecPolicy(strip: ["all"], transcode: ["PCMA"]), [], of: []),
        Case("nameless formats", CodecPolicy(strip: ["PCMA"]), [96], of: formats("8", "96")),
        // As rtpengine 10.5.3 has it.
        Case(
            "named ones go, their events too", CodecPolicy(mask: ["PCMA", "PCMU"], transcode: ["opus"]), [96, 97],
            of: g711),
        Case("all go, events too", CodecPolicy(strip: ["all"], transcode: ["opus"]), [96], of: g711),
        Case(
            "all go, events are asked for", CodecPolicy(mask: ["all"], transcode: ["opus", "telephone-event"]),
            [96, 97],
            of: g711),
        Case(
            "added once", CodecPolicy(transcode: ["PCMU", "pcmu", "opus/48000/2", "opus"]), [8, 0, 96, 97, 101],
            of: formats("8", event)),
        Case(
            "the number is taken", CodecPolicy(transcode: ["PCMU"]), [0, 96, 101], of: formats("0 opus/48000/2", event)),
        // What the relay cannot code is passed over, and so is everything where there is nothing to convert from.
        Case(
            "unknown to the coder", CodecPolicy(transcode: ["speex", "AMR/8000", "PCMA/16000", "PCMU/8000/2", "L16"]),
            [8, 101], of: formats("8", event)),
        Case("nothing to convert from", CodecPolicy(transcode: ["PCMA"]), [18, 101], of: formats("18", event)),
        Case(
            "no events out of nothing", CodecPolicy(transcode: ["telephone-event", "opus"]), [8, 96], of: formats("8")),
        Case("video", CodecPolicy(transcode: ["PCMA"], adds: false), [98, 99, 34], of: video),
    ]

    @Test(arguments: cases)
    func lists(_ scenario: Case) {
        #expect(scenario.policy.apply(to: scenario.offer).payloadTypes == scenario.expected)
    }

    @Test func whatIsAdded() throws {
        let added = CodecPolicy(transcode: ["OPUS", "L16/16000", "opus/48000/1/24000/20/stereo=1", "gsm"])
            .apply(to: CodecPolicyTests.g711)
        #expect(
            added.map(\.encoding) == [
                "8 PCMA/8000", "0 PCMU/8000", "96 opus/48000/2", "97 L16/16000", "98 opus/48000", "3 GSM/8000",
                "99 telephone-event/48000", "100 telephone-event/16000", "101 telephone-event/8000",
            ])
        #expect(
            added.map(\.parameters) == [
                nil, nil, "useinbandfec=1", nil, "stereo=1", nil, "0-15", "0-15", nil,
            ])
    }

    /// RFC 3264 §8.3.2: numbers keep their meaning.
    @Test func numbersStay() {
        let policy = CodecPolicy(transcode: ["opus", "GSM"])
        let known = formats("111 opus/48000/2", "96 VP8/90000", "3 X/8000", "110 telephone-event/48000")
        let numbers = PayloadNumbers(known: known)
        #expect(
            policy.apply(to: CodecPolicyTests.g711, numbers: numbers).payloadTypes == [8, 0, 111, 3, 110, 101])
        // Taken by the sender of this list.
        let offer = formats("8", "111 iLBC/8000", "101 telephone-event/8000")
        #expect(policy.apply(to: offer, numbers: numbers).payloadTypes == [8, 111, 97, 3, 110, 101])
    }

    /// Packets have numbers of seven bits, whatever a list says.
    @Test func numbersBeyondPackets() {
        let numbers = PayloadNumbers(known: formats("200 opus/48000/2"))
        let policy = CodecPolicy(transcode: ["opus"])
        #expect(policy.apply(to: formats("8"), numbers: numbers).payloadTypes == [8, 96])
        // What no packet can carry cannot be converted to.
        #expect(policy.apply(to: formats("200 PCMA/8000")).payloadTypes == [200])
    }

    /// Telephone-events of one clock rate are unwanted, those of another one are there.
    @Test func eventsOfAClockRate() {
        let offer = formats("96 opus/48000/2", "8", "101 telephone-event/8000", "97 telephone-event/48000")
        let policy = CodecPolicy(strip: ["telephone-event/8000"], transcode: ["GSM"])
        #expect(policy.apply(to: offer).payloadTypes == [96, 8, 3, 97])
    }

    /// When no number is left nothing is added.
    @Test func numbersRunOut() {
        let full =
            [PayloadFormat(payloadType: 8, encoding: nil, parameters: nil)]
            + (UInt8(96)...127).map { PayloadFormat(payloadType: $0, encodingName: "X", clockRate: 8000) }
        #expect(CodecPolicy(transcode: ["opus", "PCMU"]).apply(to: full).payloadTypes == full.payloadTypes + [0])
    }

    /// Whatever the options are, no codec appears that was not asked for, no number twice that was there once, and none is
    /// lost without being named.
    @Test(arguments: 0..<4)
    func anyPolicyOnAnyList(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let entries = ["all", "opus", "PCMA", "PCMU/8000", "telephone-event", "CN", "red", "X", "", "a/b", "GSM"]
        let pool = mixedOffer + formats("13", "63 red/48000/2", "96", "120 X/8000")
        func pick() -> [String] {
            (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                entries[Int.random(in: entries.indices, using: &generator)]
            }
        }
        for _ in 0..<500 {
            let offer = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pool[Int.random(in: pool.indices, using: &generator)]
            }
            let transcode = pick()
            let policy = CodecPolicy(
                strip: pick(), mask: pick(), except: pick(), offer: pick(), transcode: transcode,
                allowsEmpty: Bool.random(using: &generator))
            let result = policy.apply(to: offer)
            let added = result.filter { !offer.contains($0) }
            #expect(
                added.allSatisfy { format in
                    format.isTelephoneEvent || policy.transcoded.names(format)
                })
            #expect(added.allSatisfy { format in result.count { $0.payloadType == format.payloadType } == 1 })
            #expect(added.allSatisfy { format in !offer.contains { $0.payloadType == format.payloadType } })
            #expect(added.isEmpty || offer.contains(where: \.isCodable))
            #expect(!result.isEmpty || offer.isEmpty || policy.allowsEmpty)
            if policy.removed.isEmpty { #expect(result.filter(offer.contains) == offer) }
        }
    }
}
