import Bencode
import TestSupport
import Testing

/// A message is not to cost, or to make the relay write, a multiple of itself.
@Suite struct AmplificationTests {
    /// Lines of a payload type stand once, however often the list has the type.
    @Test func repeatedPayloadType() {
        let types = Array(repeating: "96", count: 100).joined(separator: " ")
        let lines = ["a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1", "a=rtcp-fb:96 nack"]
        let section = TestRelay().offer(Body(at: "10.0.0.1").section("audio 4000 RTP/AVPF \(types)", lines)).section
        for line in lines { #expect(section.lines.filter { $0 == line }.count == 1) }
    }

    @Test func repeatedSuiteInOrder() {
        let suite = "AES_CM_128_HMAC_SHA1_32"
        let order = "order:" + Array(repeating: suite, count: 50).joined(separator: ";")
        let section = TestRelay().offer(
            .audio(), Tags("A"), ["transport-protocol": "RTP/SAVP", "DTLS": "off", "SDES": [.text(order)]]
        ).section
        #expect(section.values(of: "crypto").filter { $0.contains(suite) }.count == 1)
        #expect(section.values(of: "crypto").first?.contains(suite) == true)
    }

    @Test(arguments: [(256, "ok"), (257, "error")])
    func manyPatterns(_ count: Int, _ result: String) {
        let patterns = BencodeValue.list((0..<count).map { .text("x-\($0)") })
        let manipulation: BencodeDictionary = ["sdp-attr": ["audio": ["remove": patterns]]]
        let reply = TestRelay().offer(.audio(["a=x-7:1", "a=x-none"]), Tags("A"), manipulation)
        #expect(reply.result == result)
        #expect(!reply.section.has("a=x-7:1"))
        #expect(reply.section.has("a=x-none") == (result == "ok"))
    }

    /// Of several substitutions for one line the first counts, by whichever of its names it was meant.
    @Test func firstSubstitutionCounts() {
        func written(_ patterns: [String]) -> [String] {
            let pairs = patterns.map { BencodeValue.list([.text($0), .text("new:\($0)")]) }
            let manipulation: BencodeDictionary = ["sdp-attr": ["audio": ["substitute": .list(pairs)]]]
            return TestRelay().offer(.audio(["a=x-one:1 a b"]), Tags("A"), manipulation).section.values(of: "new")
        }
        #expect(written(["x-one:1 a b", "x-one:1", "x-one"]) == ["x-one:1 a b"])
        #expect(written(["x-one:1", "x-one", "x-one:1 a b"]) == ["x-one:1"])
        #expect(written(["X-One", "x-one:1", "x-one"]) == ["X-One"])
        #expect(written(["x-on", "x-one:", "x-one:2"]) == [])
    }

    /// A call remembers only so many words, whatever its messages say.
    @Test func unknownWordsOfACall() {
        let relay = TestRelay()
        for round in 0..<20 {
            let words = BencodeValue.list((0..<50).map { .text("nonsense-\(round)-\($0)") })
            #expect(relay.offer(.audio(), Tags("A"), ["flags": words]).result == "ok")
        }
        let told = relay.log.entries.filter { $0.message == "option is unknown" }.count
        #expect(told > 0)
        #expect(told <= 256)
    }
}
