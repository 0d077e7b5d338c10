import Bencode
import Forwarding
import TestSupport
import Testing

/// Conversions in the course of a call.
@Suite struct TranscodedCallTests {
    static let opus = ["96 opus/48000/2", "97 telephone-event/48000"]
    static let g711 = ["8", "101 telephone-event/8000"]
    static let addsOpus: BencodeDictionary = ["codec": ["transcode": ["opus"]]]
    static let addsG711: BencodeDictionary = ["codec": ["transcode": ["PCMA"], "mask": ["opus"]]]
    static let toOpus = ["101 telephoneEvent/8000 > 97 telephoneEvent/48000 20", "8 pcma/8000 > 96 opus/48000/2 20"]
    static let toG711 = ["96 opus/48000/2 > 8 pcma/8000 20", "97 telephoneEvent/48000 > 101 telephoneEvent/8000 20"]

    /// A phone that knows G.711 alone, and one that knows opus alone.
    private struct Bridge {
        let relay = TestRelay()
        var a: UInt16 = 0
        var b: UInt16 = 0

        init() {
            b = relay.offer(CodecParty.body(g711), Tags("A"), addsOpus).section.port
            a = relay.answer(CodecParty.body(opus, at: "10.0.0.2"), Tags("A", "B")).section.port
        }

        var ofA: [String] { relay.conversions(into: a) }
        var ofB: [String] { relay.conversions(into: b) }
        var isConverting: Bool { ofA == toOpus && ofB == toG711 }
    }

    @Test func heldAndResumed() {
        let bridge = Bridge()
        #expect(bridge.isConverting)
        for direction in ["sendonly", "inactive", "sendrecv"] {
            let toB = bridge.relay.offer(
                CodecParty.body(Self.g711, ["a=\(direction)"]), Tags("A", "B"), Self.addsOpus)
            // What goes on is what was agreed, until the answer; and numbers keep their meaning.
            #expect(bridge.isConverting)
            #expect(toB.section.formats == ["8", "96", "97", "101"])
            bridge.relay.answer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("A", "B"))
            #expect(bridge.isConverting)
        }
        #expect(bridge.relay.plane.violations == [])
    }

    @Test func theOtherSideHolds() {
        let bridge = Bridge()
        for direction in ["sendonly", "sendrecv"] {
            let toA = bridge.relay.offer(
                CodecParty.body(Self.opus, at: "10.0.0.2", ["a=\(direction)"]), Tags("B", "A"), Self.addsG711)
            #expect(toA.section.formats == ["8", "101"])
            #expect(toA.section.values(of: "rtpmap") == ["8 PCMA/8000", "101 telephone-event/8000"])
            #expect(bridge.isConverting)
            let toB = bridge.relay.answer(CodecParty.body(Self.g711), Tags("B", "A"))
            #expect(toB.section.formats == ["96", "97"])
            #expect(bridge.isConverting)
        }
    }

    /// A refused offer changes nothing; one that is answered in a common codec ends the conversion.
    @Test func endsAndBeginsAgain() {
        let bridge = Bridge()
        bridge.relay.offer(CodecParty.body(["0"]), Tags("A", "B"))
        #expect(bridge.isConverting)
        bridge.relay.offer(CodecParty.body(Self.g711), Tags("A", "B"), Self.addsOpus)
        bridge.relay.answer(CodecParty.body(Self.g711, at: "10.0.0.2"), Tags("A", "B"))
        #expect(bridge.ofA == [] && bridge.ofB == [])
        bridge.relay.offer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("B", "A"))
        let toB = bridge.relay.answer(CodecParty.body(["8"]), Tags("B", "A"))
        #expect(toB.section.formats == ["96"])
        #expect(bridge.ofA == ["8 pcma/8000 > 96 opus/48000/2 20"])
        #expect(bridge.ofB == ["96 opus/48000/2 > 8 pcma/8000 20"])
    }

    /// Two answers to one offer: early media in one codec, the call in another.
    @Test func answersTwice() {
        let relay = TestRelay()
        let b = relay.offer(CodecParty.body(Self.g711), Tags("A"), Self.addsOpus).section.port
        let a = relay.answer(CodecParty.body(Self.g711, at: "10.0.0.2"), Tags("A", "B")).section.port
        #expect(relay.conversions(into: a) == [] && relay.conversions(into: b) == [])
        relay.answer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("A", "B"))
        #expect(relay.conversions(into: a) == Self.toOpus && relay.conversions(into: b) == Self.toG711)
        relay.answer(CodecParty.body(Self.g711, at: "10.0.0.2"), Tags("A", "B"))
        #expect(relay.conversions(into: a) == [] && relay.conversions(into: b) == [])
    }

    /// Who was offered more than the offerer has may send it before it has answered.
    @Test func beforeTheAnswer() {
        let relay = TestRelay()
        let b = relay.offer(CodecParty.body(Self.g711), Tags("A"), Self.addsOpus).section.port
        #expect(relay.conversions(into: b) == Self.toG711)
        let plain = relay.offer(CodecParty.body(Self.g711), Tags("C"), call: "plain").section.port
        #expect(relay.conversions(into: plain) == [])
    }

    /// Each branch of a forked call has its own conversions, and the offerer those of the one that it talks to.
    @Test func forks() {
        let relay = TestRelay()
        let toB = relay.offer(CodecParty.body(Self.g711), Tags("A", branch: "b"), Self.addsOpus).section.port
        let toC = relay.offer(CodecParty.body(Self.g711), Tags("A", branch: "c"), Self.addsOpus).section.port
        let a = relay.answer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("A", "B", branch: "b")).section.port
        #expect(relay.conversions(into: a) == Self.toOpus && relay.conversions(into: toB) == Self.toG711)
        relay.answer(CodecParty.body(Self.g711, at: "10.0.0.3"), Tags("A", "C", branch: "c"))
        #expect(relay.conversions(into: a) == [] && relay.conversions(into: toC) == [])
        // The other branch after all.
        relay.answer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("A", "B", branch: "b"))
        #expect(relay.conversions(into: a) == Self.toOpus && relay.conversions(into: toB) == Self.toG711)
        relay.answer(CodecParty.body(Self.g711, at: "10.0.0.3"), Tags("A", "C", branch: "c"))
        relay.delete(Tags("A", "C", branch: "c"), ["flags": ["to-tag"]])
        #expect(relay.conversions(into: a) == Self.toOpus && relay.conversions(into: toB) == Self.toG711)
        #expect(relay.plane.violations == [])
    }

    /// A consultation: A, who has answered B, calls C for a while. What A and B had agreed holds when C is gone, as far as
    /// A still has what it had.
    @Test(arguments: [(["8"], true), (["0"], false)])
    func consultation(_ formats: [String], _ isAsBefore: Bool) {
        let relay = TestRelay()
        let toOpus = ["8 pcma/8000 > 96 opus/48000/2 20"]
        let toG711 = ["96 opus/48000/2 > 8 pcma/8000 20"]
        let toA = relay.offer(CodecParty.body(["96 opus/48000/2"], at: "10.0.0.2"), Tags("B"), Self.addsG711).section
        let toB = relay.answer(CodecParty.body(["8"]), Tags("B", "A")).section
        #expect(relay.conversions(into: toA.port) == toOpus && relay.conversions(into: toB.port) == toG711)
        relay.offer(CodecParty.body(formats), Tags("A", "C"))
        #expect(relay.conversions(into: toA.port) == toOpus && relay.conversions(into: toB.port) == toG711)
        relay.answer(CodecParty.body(formats, at: "10.0.0.3"), Tags("A", "C"))
        #expect(relay.conversions(into: toA.port) == [] && relay.conversions(into: toB.port) == [])
        relay.delete(Tags("A", "C"), ["flags": ["to-tag"]])
        #expect(relay.conversions(into: toB.port) == (isAsBefore ? toG711 : []))
        if isAsBefore { #expect(relay.conversions(into: toA.port) == toOpus) }
        #expect(relay.plane.violations == [])
    }

    /// A party that answers for another one saw the same offer.
    @Test func answeredBySomebodyElse() {
        let relay = TestRelay()
        let port = relay.offer(CodecParty.body(Self.g711), Tags("A"), Self.addsOpus).section.port
        relay.answer(CodecParty.body(Self.opus, at: "10.0.0.2"), Tags("A", "B"))
        let a = relay.answer(
            CodecParty.body(Self.opus, at: "10.0.0.3"), Tags("A", "C"), ["flags": ["new-branch"]]
        ).section.port
        #expect(relay.conversions(into: a) == Self.toOpus)
        #expect(relay.conversions(into: port) == Self.toG711)
    }

    /// `static-codecs`: the list stays, although the other side has gone over to other codecs.
    @Test func staticCodecs() {
        let bridge = Bridge()
        let toB = bridge.relay.offer(CodecParty.body(["9"]), Tags("A", "B"), ["flags": ["static-codecs"]])
        #expect(toB.section.formats == ["8", "96", "97", "101"])
        let toA = bridge.relay.answer(CodecParty.body(Self.g711, at: "10.0.0.2"), Tags("A", "B"))
        #expect(toA.section.formats == ["9"])
        #expect(bridge.ofA == ["9 g722/8000 > 8 pcma/8000 20"])
        #expect(bridge.ofB == ["8 pcma/8000 > 9 g722/8000 20"])
    }

    /// `reuse-codecs`: what was known stands first, what is added keeps its number.
    @Test func reusedCodecs() {
        let bridge = Bridge()
        let toB = bridge.relay.offer(
            CodecParty.body(["0", "8", "101 telephone-event/8000"]), Tags("A", "B"),
            ["codec": ["transcode": ["opus"]], "flags": ["reuse-codecs"]])
        #expect(toB.section.formats == ["8", "96", "97", "101", "0"])
    }

    /// Sections are converted by themselves, also where they share a port.
    @Test func sections() {
        let relay = TestRelay()
        let lines = ["a=rtpmap:96 opus/48000/2"]
        func body(_ address: String, _ formats: String, _ lines: [String]) -> Body {
            Body(at: address).section("audio 4000 RTP/AVP \(formats)", lines)
                .section("video 4002 RTP/AVP 99", ["a=rtpmap:99 VP8/90000"])
                .section("audio 4004 RTP/AVP \(formats)", lines)
        }
        let toB = relay.offer(body("10.0.0.1", "8", []), Tags("A"), Self.addsOpus).sections
        #expect(toB.map { $0.formats.joined(separator: " ") } == ["8 96", "99", "8 96"])
        let toA = relay.answer(body("10.0.0.2", "96", lines), Tags("A", "B")).sections
        #expect(toA.map { $0.formats.joined(separator: " ") } == ["8", "99", "8"])
        #expect(
            toA.map { relay.conversions(into: $0.port) } == [
                ["8 pcma/8000 > 96 opus/48000/2 20"], [], ["8 pcma/8000 > 96 opus/48000/2 20"],
            ])
        #expect(toB.map { relay.conversions(into: $0.port).count } == [1, 0, 1])
    }

    @Test func bundle() throws {
        let relay = TestRelay()
        let browser = Body(at: "10.0.0.1").session(["a=group:BUNDLE 0 1"])
            .section("audio 4000 RTP/AVP 96", ["a=mid:0", "a=rtcp-mux", "a=rtpmap:96 opus/48000/2"])
            .section("video 4000 RTP/AVP 99", ["a=mid:1", "a=rtcp-mux", "a=rtpmap:99 VP8/90000"])
        relay.offer(browser, Tags("A"), ["codec": ["transcode": ["PCMA"], "mask": ["opus"]], "bundle": ["accept"]])
        let phone = Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 8")
            .section("video 5002 RTP/AVP 99", ["a=rtpmap:99 VP8/90000"])
        let toA = relay.answer(phone, Tags("A", "B"), ["bundle": ["accept"]])
        #expect(toA.sections.map(\.port)[0] == toA.sections.map(\.port)[1])
        #expect(relay.conversions(into: toA.section.port) == ["96 opus/48000/2 > 8 pcma/8000 20"])
        let out = try #require(relay.rtpFlow(into: toA.section.port).first?.out)
        #expect(relay.conversions(into: out) == ["8 pcma/8000 > 96 opus/48000/2 20"])
        #expect(relay.plane.violations == [])
    }

    /// A rejected section converts nothing.
    @Test func rejected() {
        let bridge = Bridge()
        bridge.relay.offer(.audio(port: 0).section("audio 4002 RTP/AVP 8"), Tags("A", "B"), Self.addsOpus)
        bridge.relay.answer(
            Body(at: "10.0.0.2").section("audio 0 RTP/AVP 8").section("audio 4002 RTP/AVP 8"), Tags("A", "B"))
        #expect(bridge.ofA == [] && bridge.ofB == [])
    }

    /// What is converted is another text than what came, and needs another key (RFC 3711 §9.1). Keys that are in use stay.
    @Test func keys() throws {
        let keyA = "AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        let keyB = "AES_CM_128_HMAC_SHA1_80 inline:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
        func body(_ formats: [String], _ address: String, _ key: String) -> Body {
            var body = CodecParty.body(formats, at: address, ["a=crypto:1 \(key)"])
            body.sections[0][0] = body.sections[0][0].replacing("RTP/AVP", with: "RTP/SAVP")
            return body
        }
        func exchange(_ relay: TestRelay, _ options: BencodeDictionary, _ answer: [String]) -> (b: String?, a: String?)
        {
            let isFirst = relay.list().isEmpty
            let toB = relay.offer(
                body(Self.g711, "10.0.0.1", keyA), isFirst ? Tags("A") : Tags("A", "B"), options)
            let toA = relay.answer(body(answer, "10.0.0.2", keyB), Tags("A", "B"))
            return (toB.section.values(of: "crypto").first, toA.section.values(of: "crypto").first)
        }
        let relay = TestRelay()
        let plain = exchange(relay, [:], Self.g711)
        #expect(plain.b == "1 " + keyA && plain.a == "1 " + keyB)
        // Where the answer decides, only its own direction can be told apart.
        let unforeseen = exchange(relay, [:], Self.opus)
        #expect(unforeseen.b == plain.b && unforeseen.a != plain.a)
        // By the next offer it is known.
        let known = exchange(relay, [:], Self.opus)
        #expect(known.b != plain.b && known.a == unforeseen.a)
        let converted = exchange(relay, Self.addsOpus, Self.opus)
        #expect(converted == known)
        #expect(converted.b?.hasPrefix("1 AES_CM_128_HMAC_SHA1_80 inline:") == true)
        let again = exchange(relay, Self.addsOpus, Self.opus)
        #expect(again == converted)
        // What B was told is not A's key before there is nothing left to be converted.
        let ending = exchange(relay, [:], Self.g711)
        #expect(ending.b == converted.b && ending.a == plain.a)
        #expect(exchange(relay, [:], Self.g711) == plain)
        // A codec that nobody has offered makes no difference.
        #expect(exchange(TestRelay(), [:], Self.g711 + ["9"]) == plain)
    }

    /// Two sections of sound in one bundle: each number means one thing.
    @Test func soundTwiceInABundle() {
        let relay = TestRelay()
        func section(_ body: Body, _ port: Int, _ mid: Int) -> Body {
            body.section(
                "audio \(port) RTP/AVP \(96 + mid)",
                ["a=mid:\(mid)", "a=rtcp-mux", "a=rtpmap:\(96 + mid) opus/48000/2"])
        }
        let browser = section(
            section(Body(at: "10.0.0.1").session(["a=group:BUNDLE 0 1"]), 4000, 0), 4000, 1)
        relay.offer(browser, Tags("A"), ["codec": ["transcode": ["PCMA"], "mask": ["opus"]], "bundle": ["accept"]])
        let phone = Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 8").section("audio 5002 RTP/AVP 8")
        let toA = relay.answer(phone, Tags("A", "B"), ["bundle": ["accept"]])
        #expect(
            relay.conversions(into: toA.section.port) == [
                "96 opus/48000/2 > 8 pcma/8000 20", "97 opus/48000/2 > 8 pcma/8000 20",
            ])
    }
}
