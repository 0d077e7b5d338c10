import Bencode
import TestSupport
import Testing

/// Documents made to hurt: answered or refused, without a trap, and bounded in what they cost.
@Suite struct HostileInputTests {
    private func offer(_ text: String, on relay: TestRelay = TestRelay(), _ options: BencodeDictionary = [:]) -> Reply {
        var request: BencodeDictionary = ["command": "offer", "call-id": "call", "from-tag": "A"]
        request.append("sdp", .text(text))
        request.append(contentsOf: options)
        return Reply(relay.send(request))
    }

    @Test(arguments: [(64, "ok"), (65, "error")])
    func manySections(_ count: Int, _ result: String) {
        let relay = TestRelay()
        let body = (0..<count).reduce(Body(at: "10.0.0.1")) { body, index in
            body.section("audio \(4000 + 2 * index) RTP/AVP 0")
        }
        #expect(offer(body.text, on: relay).result == result)
        #expect(relay.plane.openPorts == (result == "ok" ? 4 * count : 0))
        relay.delete()
        #expect(relay.plane.openPorts == 0)
    }

    /// The sections of one document are bounded, so must be those of a call whose documents are different each time.
    @Test func sectionsDoNotPileUp() {
        let relay = TestRelay()
        for round in 0..<20 {
            let body = (0..<60).reduce(Body(at: "10.0.0.1")) { body, index in
                body.section("audio \(index == round ? 4000 : 0) RTP/AVP 0")
            }
            #expect(relay.offer(body).result == "ok")
        }
        #expect(relay.query().value("tags", "A", "medias")?.list?.count == 60)
        #expect(relay.plane.openPorts <= 4 * 60)
    }

    @Test(arguments: [
        "m=audio 4000 RTP/AVP 0 0 0 0", "m=audio 4000 RTP/AVP 127 0 8", "m=audio 65535 RTP/AVP 0",
        "m=audio 1 RTP/AVP 0",
        "m=audio 4000/65535 RTP/AVP 0", "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/0", "m=video 9 RTP/SAVPF 96",
        "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 x/99999999999999999999", "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96",
        "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/99999999999", "m=audio 4000 RTP/AVP 0\r\na=fmtp:0",
        "m=audio 4000 RTP/AVP 0\r\na=ptime:-1", "m=audio 4000 RTP/AVP 0\r\na=ptime:99999999999999999999",
        "m=audio 4000 RTP/AVP 0\r\na=rtcp:70000", "m=audio 4000 RTP/AVP 0\r\na=rtcp:0 IN IP4 256.0.0.1",
        "m=audio 4000 RTP/AVP 0\r\na=extmap:99999999999999999999 x", "m=audio 4000 RTP/AVP 0\r\na=extmap:-1 x",
        "m=audio 4000 RTP/SAVP 0\r\na=crypto:99999999999999999999 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
        "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\na=fingerprint:sha-256 AB:CD\r\na=setup:nonsense",
        "m=audio 4000 RTP/AVP 0\r\na=ice-ufrag:\r\na=ice-pwd:\r\na=candidate:",
        "m=audio 4000 RTP/AVP 0\r\na=mid:\r\na=label:", "m=audio 4000 RTP/AVP 0\r\nb=AS:\r\nb=:5\r\nb=AS",
    ])
    func oddSections(_ section: String) {
        for options in [[:], ["ICE": "force", "bundle": ["require"], "flags": ["WebRTC"]]] as [BencodeDictionary] {
            let relay = TestRelay()
            let text = Body(at: "10.0.0.1").session(["a=group:BUNDLE 1 1 2 x"]).text + section + "\r\n"
            let reply = offer(text, on: relay, options)
            #expect(reply.result == "ok" || reply.errorReason != nil)
            let answer = relay.answer(.audio(at: "10.0.0.2"))
            #expect(answer.result == reply.result)
            relay.delete()
            #expect(relay.plane.openPorts == 0)
            #expect(relay.plane.violations == [])
        }
    }

    @Test(arguments: [
        Array(repeating: "a=candidate:1 1 UDP 1 10.0.0.1 9 typ host", count: 1_000),
        Array(
            repeating: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", count: 700),
        Array(repeating: "a=fmtp:0 a=b", count: 1_000), Array(repeating: "a=rtcp-fb:* nack", count: 1_000),
        (1...1_000).map { "a=extmap:\($0 % 255) urn:x:\($0)" }, (1...1_000).map { "a=mid:\($0)" },
        (1...1_000).map { "a=rtpmap:\($0 % 128) x\($0)/8000" }, ["a=x:" + String(repeating: "y", count: 16_000)],
        ["a=group:BUNDLE" + String(repeating: " 1", count: 4_000)],
    ])
    func manyLines(_ lines: [String]) {
        let relay = TestRelay()
        let session = lines.count == 1 ? lines : []
        let reply = relay.offer(
            .audio(["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"] + lines).session(session))
        #expect(reply.result == "ok")
        #expect(relay.answer(.audio(at: "10.0.0.2", lines)).result == "ok")
    }

    /// Cut anywhere, a document is refused or taken, and leaves ports only when it is taken.
    @Test func truncatedDocument() {
        let text = Body(at: "10.0.0.1").session(["a=group:BUNDLE 0 1", "a=ice-lite"])
            .section(
                "audio 4000 UDP/TLS/RTP/SAVPF 111 0",
                [
                    "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtcp-mux",
                    "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:actpass",
                    "a=candidate:1 1 UDP 2130706431 10.0.0.1 4000 typ host", "a=extmap:1 urn:x",
                ]
            ).section("video 4002 RTP/AVP 96").text
        for length in stride(from: 0, to: text.utf8.count, by: 3) {
            let relay = TestRelay()
            let reply = offer(String(text.utf8.prefix(length)) ?? "", on: relay)
            #expect(reply.result != nil)
            #expect((relay.plane.openPorts > 0) == (reply.result == "ok"))
        }
    }

    /// Random damage to a document, offered and answered in one call.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func mutatedDocument(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let relay = TestRelay(interfaces: ["192.0.2.10", "2001:db8::10"])
        let original = Array(
            Body(at: "10.0.0.1").session(["a=group:BUNDLE 0 1", "a=ice-options:trickle"])
                .section(
                    "audio 4000 RTP/SAVPF 8 101",
                    [
                        "a=mid:0", "a=rtpmap:101 telephone-event/8000", "a=rtcp-mux", "a=rtcp:4001", "a=ice-ufrag:abcd",
                        "a=ice-pwd:0123456789012345678901", "a=sendrecv",
                        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
                    ]
                ).section("image 4002 udptl t38", ["c=IN IP4 10.0.0.3"]).text.utf8)
        for _ in 0..<150 {
            var octets = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: octets.insert(UInt8.random(in: 32...126, using: &generator), at: place)
                default: octets.remove(at: place)
                }
            }
            let isAnswer = Bool.random(using: &generator)
            let reply = Reply(
                relay.send([
                    "command": isAnswer ? "answer" : "offer", "call-id": "call", "from-tag": "A", "to-tag": "B",
                    "sdp": .string(octets), "ICE": "force",
                ]))
            #expect(reply.result == "ok" || reply.errorReason != nil)
        }
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    /// Tags without end: each costs its party's ports, and all go with the call.
    @Test func manyTagsAndBranches() {
        let relay = TestRelay()
        for number in 0..<100 {
            relay.offer(.audio(), Tags("A", branch: "b\(number)"))
            relay.answer(.audio(at: "10.0.0.2"), Tags("A", "t\(number)", branch: "b\(number)"))
        }
        #expect(relay.list() == ["call"])
        relay.delete(Tags("A"))
        #expect(relay.plane.openPorts == 0)
        #expect(relay.list() == [])
    }
}
