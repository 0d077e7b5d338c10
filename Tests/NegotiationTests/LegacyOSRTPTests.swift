import Bencode
import Forwarding
import TestSupport
import Testing

/// Best-effort SRTP by doubled sections (sdp-behaviour §14).
@Suite struct LegacyOSRTPTests {
    private let relay = TestRelay()
    private static let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    private static let other = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
    private static let make: BencodeDictionary = [
        "OSRTP": ["offer-legacy"], "transport-protocol": "RTP/SAVP", "DTLS": "off",
        "SDES": ["only-AES_CM_128_HMAC_SHA1_80"],
    ]
    private static let take: BencodeDictionary = ["OSRTP": ["accept-legacy"], "transport-protocol": "RTP/AVP"]

    private static func doubled(_ address: String, _ plain: Int, _ secure: Int, _ key: String = key) -> Body {
        Body(at: address).section("audio \(plain) RTP/AVP 0").section("audio \(secure) RTP/SAVP 0", [key])
    }

    private func heads(_ reply: Reply) -> [String] { reply.sections.map { "\($0.transport) \($0.port != 0)" } }

    @Test(arguments: [(0, 5000, true), (5000, 0, false), (5000, 5000, true)])
    func answererChooses(_ plain: Int, _ secure: Int, _ isSecure: Bool) throws {
        let offer = relay.offer(.audio(formats: "0"), Tags("A"), Self.make)
        #expect(heads(offer) == ["RTP/AVP true", "RTP/SAVP true"])
        #expect(offer.sections[0].port == offer.sections[1].port)
        #expect(offer.sections.map { $0.values(of: "crypto").count } == [0, 1])
        let answer = relay.answer(Self.doubled("10.0.0.2", plain, secure))
        #expect(heads(answer) == ["RTP/AVP true"])
        #expect((relay.plane.plan(port: offer.section.port)?.security != nil) == isSecure)
        #expect(relay.rtpFlow(into: answer.section.port).map(\.to) == ["10.0.0.2:5000"])
        // Later offers of both sides keep the number of sections.
        let again = relay.offer(.audio(formats: "0"), Tags("A", "B"), Self.make)
        #expect(heads(again) == ["RTP/AVP true", "RTP/SAVP true"])
        relay.answer(Self.doubled("10.0.0.2", plain, secure))
        let back = relay.offer(Self.doubled("10.0.0.2", plain, secure), Tags("B", "A"), Self.take)
        #expect(heads(back) == ["RTP/AVP true"])
        let end = relay.answer(.audio(formats: "0"), Tags("B", "A"))
        #expect(heads(end) == ["RTP/AVP \(!isSecure)", "RTP/SAVP \(isSecure)"])
    }

    @Test(arguments: [true, false])
    func offererIsTakenAtItsBest(_ isPlainFirst: Bool) throws {
        var body = Self.doubled("10.0.0.1", 4000, 4000)
        if !isPlainFirst { body.sections.reverse() }
        let offer = relay.offer(body, Tags("A"), Self.take)
        #expect(heads(offer) == ["RTP/AVP true"])
        let answer = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0"))
        #expect(
            heads(answer) == (isPlainFirst ? ["RTP/AVP false", "RTP/SAVP true"] : ["RTP/SAVP true", "RTP/AVP false"]))
        let port = try #require(answer.sections.map(\.port).first { $0 != 0 })
        guard case .sdes = relay.plane.plan(port: port)?.security else {
            Issue.record("no keys")
            return
        }
    }

    @Test func keysThatCannotBeUsedLeaveThePlainSection() {
        relay.offer(Self.doubled("10.0.0.1", 4000, 4000, "a=crypto:1 UNKNOWN inline:x"), Tags("A"), Self.take)
        let answer = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0"))
        #expect(heads(answer) == ["RTP/AVP true", "RTP/SAVP false"])
    }

    @Test func withoutTheWordSectionsAreTwo() {
        let offer = relay.offer(Self.doubled("10.0.0.1", 4000, 4000), Tags("A"))
        #expect(offer.sections.count == 2)
        #expect(offer.sections[0].port != offer.sections[1].port)
    }

    @Test func rejectedSectionIsRejectedTwice() {
        let video = Self.doubled("10.0.0.1", 4000, 4000).section("video 4002 RTP/AVP 31")
        relay.offer(video, Tags("A"), Self.take)
        let answer = relay.answer(
            Body(at: "10.0.0.2").section("audio 0 RTP/AVP 0").section("video 5002 RTP/AVP 31"))
        #expect(heads(answer) == ["RTP/AVP false", "RTP/SAVP false", "RTP/AVP true"])
    }
}
