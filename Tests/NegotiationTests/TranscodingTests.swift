import Bencode
import Forwarding
import Negotiation
import TestSupport
import Testing

/// What is converted between two parties, and what they are told (sdp-behaviour §15).
@Suite struct TranscodingTests {
    static let event = "101 telephone-event/8000 0-15"
    static let event48 = "97 telephone-event/48000 0-15"
    static let opus = "96 opus/48000/2 useinbandfec=1"

    /// An offer of A and an answer of B.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var offer: [String]
        var codec: BencodeDictionary = [:]
        var options: BencodeDictionary = [:]
        var answerOptions: BencodeDictionary = [:]
        var answer: [String]
        /// The formats that B is offered and A is answered.
        var toB: String
        var toA: String
        /// What becomes of packets of A and of B.
        var ofA: [String]
        var ofB: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "G.711 and opus", offer: ["8", "0", event], codec: ["transcode": ["opus"]],
            answer: [opus, event48], toB: "8 0 96 97 101", toA: "8 101",
            ofA: ["101 telephoneEvent/8000 > 97 telephoneEvent/48000 20", "8 pcma/8000 > 96 opus/48000/2 20"],
            ofB: ["96 opus/48000/2 > 8 pcma/8000 20", "97 telephoneEvent/48000 > 101 telephoneEvent/8000 20"]),
        Case(
            name: "the answer has a common codec", offer: ["8", "0", event], codec: ["transcode": ["opus"]],
            answer: ["8", event], toB: "8 0 96 97 101", toA: "8 101", ofA: [], ofB: []),
        Case(
            name: "the answer has both", offer: ["8", "0", event], codec: ["transcode": ["opus"]],
            answer: [opus, "8", event], toB: "8 0 96 97 101", toA: "8 101", ofA: [],
            ofB: ["96 opus/48000/2 > 8 pcma/8000 20"]),
        Case(
            name: "masked", offer: ["111 opus/48000/2", "110 telephone-event/48000", "126 telephone-event/8000"],
            codec: ["transcode": ["PCMA", "PCMU"], "mask": ["opus"]], answer: ["8", "126 telephone-event/8000"],
            toB: "8 0 126", toA: "111 110",
            ofA: ["110 telephoneEvent/48000 > 126 telephoneEvent/8000 20", "111 opus/48000/2 > 8 pcma/8000 20"],
            ofB: ["126 telephoneEvent/8000 > 110 telephoneEvent/48000 20", "8 pcma/8000 > 111 opus/48000/2 20"]),
        // The phone sends its events as it calls them, or as the offer does.
        Case(
            name: "events of another number", offer: ["8", "126 telephone-event/8000"], codec: ["transcode": ["GSM"]],
            answer: ["3", event], toB: "8 3 126", toA: "8 126",
            ofA: ["126 telephoneEvent/8000 > 101 telephoneEvent/8000 20", "8 pcma/8000 > 3 gsm/8000 20"],
            ofB: ["101 telephoneEvent/8000 > 126 telephoneEvent/8000 20", "3 gsm/8000 > 8 pcma/8000 20"]),
        Case(
            name: "consume", offer: [opus, "8", event, event48], codec: ["consume": ["opus"]], answer: ["8", event],
            toB: "8 101", toA: "96 101 97",
            ofA: ["96 opus/48000/2 > 8 pcma/8000 20", "97 telephoneEvent/48000 > 101 telephoneEvent/8000 20"],
            ofB: ["101 telephoneEvent/8000 > 97 telephoneEvent/48000 20", "8 pcma/8000 > 96 opus/48000/2 20"]),
        Case(
            name: "always", offer: ["0", "8", event], options: ["flags": ["always-transcode"]], answer: ["8", event],
            toB: "0 8 101", toA: "0 101", ofA: ["0 pcmu/8000 > 8 pcma/8000 20"], ofB: ["8 pcma/8000 > 0 pcmu/8000 20"]),
        Case(
            name: "always, both take the first", offer: ["0", "8", event], options: ["flags": ["always-transcode"]],
            answer: ["0", event], toB: "0 8 101", toA: "0 101", ofA: [], ofB: []),
        Case(
            name: "ignored", offer: ["8", "0", event], codec: ["ignore": ["PCMA"]], answer: ["8", event],
            toB: "8 0 101", toA: "0 101", ofA: ["0 pcmu/8000 > 8 pcma/8000 20"], ofB: ["8 pcma/8000 > 0 pcmu/8000 20"]),
        Case(
            name: "forced", offer: ["8", event], options: ["flags": ["force-transcoding"]], answer: ["8", event],
            toB: "8 101", toA: "8 101", ofA: ["8 pcma/8000 > 8 pcma/8000 20"], ofB: ["8 pcma/8000 > 8 pcma/8000 20"]),
        Case(
            name: "nothing in common", offer: ["8", event], answer: ["0", event], toB: "8 101", toA: "8 101",
            ofA: ["8 pcma/8000 > 0 pcmu/8000 20"], ofB: ["0 pcmu/8000 > 8 pcma/8000 20"]),
        Case(
            name: "nothing that can be coded in common", offer: ["18", "4"], answer: ["15"], toB: "18 4", toA: "18",
            ofA: [], ofB: []),
        Case(
            name: "more than was offered", offer: ["8", "0"], answer: ["3", "8"], toB: "8 0", toA: "8", ofA: [],
            ofB: []),
        Case(
            name: "more than was offered, with options", offer: ["8", "0"], codec: ["transcode": ["opus"]],
            answer: ["3", "8"], toB: "8 0 96", toA: "8", ofA: [], ofB: ["3 gsm/8000 > 8 pcma/8000 20"]),
        // Who offers a codec is ready for it.
        Case(
            name: "one codec of many", offer: ["0", "8"], answerOptions: ["flags": ["single-codec"]],
            answer: ["8", "0", "9"], toB: "0 8", toA: "8", ofA: [], ofB: []),
        Case(
            name: "one codec of many, with options", offer: ["0", "8"], codec: ["transcode": ["opus"]],
            answerOptions: ["flags": ["single-codec"]], answer: ["8", "0", opus], toB: "0 8 96", toA: "8", ofA: [],
            ofB: ["96 opus/48000/2 > 8 pcma/8000 20"]),
        Case(
            name: "number without a name", offer: ["18", "8"], codec: ["transcode": ["opus"]], answer: ["96"],
            toB: "18 8 96", toA: "8", ofA: ["8 pcma/8000 > 96 opus/48000/2 20"],
            ofB: ["96 opus/48000/2 > 8 pcma/8000 20"]),
        Case(
            name: "events with channels", offer: ["8", event], answer: ["0", "100 telephone-event/8000/9"],
            toB: "8 101", toA: "8 101", ofA: ["8 pcma/8000 > 0 pcmu/8000 20"],
            ofB: ["0 pcmu/8000 > 8 pcma/8000 20"]),
        Case(
            name: "comfort noise of one side", offer: ["8"], codec: ["transcode": ["opus"]], answer: [opus, "13"],
            toB: "8 96", toA: "8", ofA: ["8 pcma/8000 > 96 opus/48000/2 20"],
            ofB: ["13 comfortNoise/8000 > 8 pcma/8000 20", "96 opus/48000/2 > 8 pcma/8000 20"]),
        Case(
            name: "comfort noise of both", offer: ["111 opus/48000/2", "98 CN/48000"],
            codec: ["transcode": ["PCMA"], "mask": ["opus"]], answer: ["8", "13"], toB: "8", toA: "111",
            ofA: ["111 opus/48000/2 > 8 pcma/8000 20"],
            ofB: ["13 comfortNoise/8000 > 98 comfortNoise/48000 20", "8 pcma/8000 > 111 opus/48000/2 20"]),
        Case(
            name: "comfort noise that fits", offer: ["8", "13"], answer: ["0", "13"], toB: "8 13", toA: "8",
            ofA: ["8 pcma/8000 > 0 pcmu/8000 20"], ofB: ["0 pcmu/8000 > 8 pcma/8000 20"]),
        Case(
            name: "other number", offer: [opus], answer: ["111 opus/48000/2"], toB: "96", toA: "96",
            ofA: ["96 opus/48000/2 > 111 opus/48000/2 20"], ofB: ["111 opus/48000/2 > 96 opus/48000/2 20"]),
        Case(
            name: "other number, allowed", offer: [opus], answerOptions: ["flags": ["allow-asymmetric-codecs"]],
            answer: ["111 opus/48000/2"], toB: "96", toA: "111", ofA: [], ofB: []),
        Case(
            name: "other number, allowed, and one more", offer: [opus],
            answerOptions: ["flags": ["allow-asymmetric-codecs"]], answer: ["111 opus/48000/2", "8"], toB: "96",
            toA: "111", ofA: [], ofB: []),
        Case(
            name: "packet time", offer: ["8", event], options: ["ptime": 30], answer: ["8", event], toB: "8 101",
            toA: "8 101", ofA: ["8 pcma/8000 > 8 pcma/8000 30"], ofB: ["8 pcma/8000 > 8 pcma/8000 20"]),
        Case(
            name: "packet time both ways", offer: ["8"], options: ["ptime": 30, "ptime-reverse": 40], answer: ["8"],
            toB: "8", toA: "8", ofA: ["8 pcma/8000 > 8 pcma/8000 30"], ofB: ["8 pcma/8000 > 8 pcma/8000 40"]),
        Case(
            name: "packet time that is there", offer: ["8"], options: ["ptime": 20], answer: ["8"], toB: "8", toA: "8",
            ofA: [], ofB: []),
        Case(
            name: "absurd packet time", offer: ["8"], options: ["ptime": 100_000, "ptime-reverse": 1], answer: ["8"],
            toB: "8", toA: "8", ofA: ["8 pcma/8000 > 8 pcma/8000 120"], ofB: ["8 pcma/8000 > 8 pcma/8000 5"]),
        Case(
            name: "bit rates", offer: ["96 opus/48000/2", "8"],
            codec: ["mask": ["opus"], "set": ["opus/48000/2/16000"], "transcode": ["G722", "opus/48000/1/24000"]],
            answer: ["97 opus/48000"], toB: "8 9 97", toA: "96",
            ofA: ["96 opus/48000/2 > 97 opus/48000@24000 20"], ofB: ["97 opus/48000 > 96 opus/48000/2@16000 20"]),
        Case(
            name: "comfort noise and redundancy are left", offer: ["8", "13", "63 red/8000"],
            codec: ["transcode": ["opus"]], answer: [opus], toB: "8 96 13 63", toA: "8",
            ofA: ["8 pcma/8000 > 96 opus/48000/2 20"], ofB: ["96 opus/48000/2 > 8 pcma/8000 20"]),
        Case(
            name: "taken out of the answer", offer: ["8", "0"], answerOptions: ["codec": ["strip": ["PCMU"]]],
            answer: ["8", "0"], toB: "8 0", toA: "8", ofA: [], ofB: ["0 pcmu/8000 > 8 pcma/8000 20"]),
        Case(
            name: "one codec", offer: ["9", "8", event], codec: ["transcode": ["GSM"]],
            answerOptions: ["flags": ["single-codec"]], answer: ["3", "8", event], toB: "9 8 3 101", toA: "8 101",
            ofA: [], ofB: ["3 gsm/8000 > 8 pcma/8000 20"]),
    ]

    @Test(arguments: cases)
    func answers(_ scenario: Case) {
        let relay = TestRelay()
        var options = scenario.options
        if !scenario.codec.entries.isEmpty { options.append("codec", .dictionary(scenario.codec)) }
        let toB = relay.offer(CodecParty.body(scenario.offer, ptime: 20), Tags("A"), options).section
        let toA = relay.answer(
            CodecParty.body(scenario.answer, at: "10.0.0.2"), Tags("A", "B"), scenario.answerOptions
        ).section
        #expect(toB.formats.joined(separator: " ") == scenario.toB)
        #expect(toA.formats.joined(separator: " ") == scenario.toA)
        #expect(relay.conversions(into: toA.port) == scenario.ofA)
        #expect(relay.conversions(into: toB.port) == scenario.ofB)
        // What arrives for RTCP is not of these formats.
        #expect(relay.conversions(into: toA.port + 1) == [] && relay.conversions(into: toB.port + 1) == [])
        #expect(relay.plane.violations == [])
    }

    /// Packets have the length that their sender was told, or are given the one that their receiver wants.
    @Test(arguments: [
        // The answerer asks for what the option wants for it: only its own packets are too long.
        (40, 20, 40, [], ["8 pcma/8000 > 8 pcma/8000 20"]),
        (40, 40, 20, ["8 pcma/8000 > 8 pcma/8000 40"], []),
        (40, 40, 40, [], []),
        (20, 20, 0, ["8 pcma/8000 > 8 pcma/8000 20"], []),
    ])
    func packetTimes(_ asked: Int, _ offer: Int, _ answer: Int, _ ofA: [String], _ ofB: [String]) {
        let relay = TestRelay()
        let toB = relay.offer(CodecParty.body(["8"], ptime: offer), Tags("A"), ["ptime": .integer(Int64(asked))])
        let toA = relay.answer(CodecParty.body(["8"], at: "10.0.0.2", ptime: answer), Tags("A", "B"))
        #expect(relay.conversions(into: toA.section.port) == ofA)
        #expect(relay.conversions(into: toB.section.port) == ofB)
    }

    /// `ptime` is about sound, and is written as it will be.
    @Test func packetTimesOfSections() {
        let relay = TestRelay()
        let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        let toB = relay.offer(
            Body(at: "10.0.0.1").section("audio 4000 RTP/SAVP 8", [key])
                .section("video 4002 RTP/SAVP 99", ["a=rtpmap:99 VP8/90000", key]),
            Tags("A"), ["ptime": 100_000]
        ).sections
        #expect(toB.map { $0.values(of: "ptime") } == [["120"], []])
        #expect(toB.map { $0.values(of: "crypto").first == String(key.dropFirst(9)) } == [false, true])
    }

    /// What passes the relay by is not converted, and nothing is promised.
    @Test func pastTheRelay() {
        let relay = TestRelay()
        let options: BencodeDictionary = [
            "codec": ["transcode": ["opus"]], "ICE": "force-relay", "ptime": 40, "flags": ["force-transcoding"],
        ]
        let toB = relay.offer(CodecParty.body(["8"]), Tags("A"), options).section
        #expect(toB.formats == ["8"])
        let toA = relay.answer(
            CodecParty.body(["0"], at: "10.0.0.2"), Tags("A", "B"), ["ICE": "force-relay"]
        ).section
        #expect(relay.plane.snapshot.plans.values.allSatisfy { $0.conversions.isEmpty })
        #expect(toA.formats == ["8"])
    }

    /// Lists may name a number many times, and feedback for it many times.
    @Test func floodOfFeedback() {
        let relay = TestRelay()
        let feedback = (0..<500).map { "a=rtcp-fb:8 x\($0)" }
        relay.offer(
            .audio(formats: Array(repeating: "8", count: 100).joined(separator: " "), feedback), Tags("A"),
            ["codec": ["transcode": ["opus"]]])
        let toA = relay.answer(CodecParty.body([Self.opus], at: "10.0.0.2"), Tags("A", "B")).section
        #expect(toA.values(of: "rtcp-fb") == (0..<64).map { "8 x\($0)" })
    }

    /// Signalling and the coder know the same codecs.
    @Test func codecs() {
        let known = CodecOptions.convertibleCodecs.map { CodedFormat.Encoding(encodingName: $0) }
        #expect(Set(known) == Set(CodedFormat.Encoding.allCases.filter { $0 != .comfortNoise }))
        #expect(
            CodecOptions.convertibleCodecs.allSatisfy { CodecOptions.canTranscode($0 + ($0 == "L16" ? "/16000" : "")) })
        #expect(
            ["G729", "AMR", "CN", "L16", "L16/11025", "PCMA/16000", "red", "", "/"].allSatisfy {
                !CodecOptions.canTranscode($0)
            })
    }

    /// The parameters are those of the side that decodes.
    @Test func parameters() throws {
        let relay = TestRelay()
        let toB = relay.offer(CodecParty.body(["8"]), Tags("A"), ["codec": ["transcode": ["opus"]]]).section
        let toA = relay.answer(
            CodecParty.body(["96 opus/48000/2 maxaveragebitrate=24000;stereo=1"], at: "10.0.0.2", ptime: 40),
            Tags("A", "B")
        ).section
        let ofA = try #require(relay.plane.plan(port: toA.port)?.conversions.first)
        #expect(ofA.target.parameters == "maxaveragebitrate=24000;stereo=1")
        #expect(ofA.packetMilliseconds == 40)
        let ofB = try #require(relay.plane.plan(port: toB.port)?.conversions.first)
        #expect(ofB.source.parameters == "maxaveragebitrate=24000;stereo=1")
        #expect(ofB.packetMilliseconds == 20)
        // An offerer's own parameters are not those it is answered with.
        relay.delete()
        relay.offer(
            CodecParty.body(["96 opus/48000/2 maxplaybackrate=16000"]), Tags("A"),
            ["codec": ["transcode": ["PCMA"], "mask": ["opus"]]])
        let answered = relay.answer(CodecParty.body(["8"], at: "10.0.0.2"), Tags("A", "B")).section
        #expect(answered.values(of: "fmtp") == ["96 stereo=0; useinbandfec=1"])
        let port = try #require(relay.rtpFlow(into: answered.port).first?.out)
        #expect(relay.plane.plan(port: port)?.conversions.first?.target.parameters == "maxplaybackrate=16000")
        #expect(
            relay.plane.plan(port: answered.port)?.conversions.first?.source.parameters == "stereo=0; useinbandfec=1")
    }

    /// The plan is about what arrives: what B names, and the same under the numbers that it was offered.
    @Test func whatArrives() throws {
        let relay = TestRelay()
        let toB = relay.offer(CodecParty.body([Self.opus, Self.event48]), Tags("A")).section
        let toA = relay.answer(
            CodecParty.body(["111 opus/48000/2", "100 telephone-event/48000"], at: "10.0.0.2")
        ).section
        let ofB = try #require(relay.plane.plan(port: toB.port))
        #expect(Set(ofB.conversions.map(\.source.payloadType)) == [111, 100])
        #expect(ofB.clockRates == [96: 48_000, 97: 48_000, 100: 48_000, 111: 48_000])
        #expect(ofB.eventPayloadTypes == [97, 100])
        #expect(ofB.codecImpairments[96] != nil && ofB.codecImpairments[96] == ofB.codecImpairments[111])
        #expect([96, 97, 100, 111].allSatisfy { ofB.negotiatedPayloadTypes.contains($0) })
        let ofA = try #require(relay.plane.plan(port: toA.port))
        #expect(Set(ofA.conversions.map(\.source.payloadType)) == [96, 97])
        #expect(ofA.clockRates[96] == 48_000 && ofA.clockRates[97] == 48_000)
    }
}
