import Bencode
import TestSupport
import Testing

/// Repeated messages: the same cookie has no second effect, the same content with another cookie changes nothing.
@Suite struct RepetitionTests {
    private let request: BencodeDictionary = [
        "command": "offer", "call-id": "call", "from-tag": "A", "sdp": .text(Body.audio().text),
    ]

    @Test func repeatedCookieIsAnsweredWithoutWork() {
        let relay = TestRelay()
        let first = relay.send(request, cookie: "c1")
        let state = relay.plane.snapshot
        #expect(relay.send(request, cookie: "c1") == first)
        #expect(relay.plane.snapshot.requests.count == state.requests.count)
        // The cookie alone counts.
        #expect(relay.send(["command": "delete", "call-id": "call", "delete-delay": 0], cookie: "c1") == first)
        #expect(relay.list() == ["call"])
        let count = relay.statistics().value("statistics", "controlstatistics", "totaloffercount")?.integer
        #expect(count == 1)
    }

    @Test func repeatedDeleteIsAnsweredFromTheCache() {
        let relay = TestRelay()
        relay.send(request)
        let delete: BencodeDictionary = ["command": "delete", "call-id": "call", "delete-delay": 0]
        let first = relay.send(delete, cookie: "d")
        relay.send(request)
        #expect(relay.send(delete, cookie: "d") == first)
        #expect(relay.list() == ["call"])
    }

    @Test func errorsAreRepeatedToo() {
        let relay = TestRelay()
        relay.plane.update { $0.failingRequests = [1] }
        let first = relay.send(request, cookie: "c1")
        #expect(Reply(first).errorReason == "Ran out of ports")
        #expect(relay.send(request, cookie: "c1") == first)
        #expect(Reply(relay.send(request, cookie: "c2")).result == "ok")
    }

    @Test func cookieIsForgottenAfterAMinute() {
        let relay = TestRelay()
        let first = relay.send(request, cookie: "c1")
        relay.clock.advance(seconds: 29)
        #expect(relay.send(request, cookie: "c1") == first)
        for number in 0..<3 {
            relay.clock.advance(seconds: 30)
            relay.send(["command": "ping"], cookie: "p\(number)")
        }
        #expect(Reply(relay.send(["command": "ping"], cookie: "c1")).result == "pong")
    }

    /// INVITE retransmission behind a proxy that makes a new cookie.
    @Test(
        arguments: [
            [:], ["replace": ["origin", "sdp-version"]], ["ICE": "force"], ["rtcp-mux": ["require"]],
            ["transport-protocol": "UDP/TLS/RTP/SAVPF", "SDES": "off"],
        ] as [BencodeDictionary])
    func sameOfferGetsTheSameAnswer(_ options: BencodeDictionary) {
        let relay = TestRelay()
        let first = relay.offer(.audio(), Tags("A"), options)
        let ports = relay.plane.snapshot.leased
        let second = relay.offer(.audio(), Tags("A"), options)
        #expect(first.result == "ok")
        #expect(second.lines == first.lines)
        #expect(relay.plane.snapshot.leased == ports)
    }

    /// A user agent may answer either copy of a repeated INVITE, and has to mean the same keys.
    @Test func repeatedOfferKeepsItsKeys() {
        let relay = TestRelay()
        let options: BencodeDictionary = ["transport-protocol": "RTP/SAVP", "DTLS": "off", "replace": ["sdp-version"]]
        let first = relay.offer(.audio(), Tags("A"), options)
        #expect(first.section.values(of: "crypto").count > 1)
        #expect(relay.offer(.audio(), Tags("A"), options).lines == first.lines)
    }

    @Test func sameAnswerGetsTheSameAnswer() {
        let relay = TestRelay()
        relay.offer(.audio(), Tags("A"))
        let options: BencodeDictionary = ["replace": ["origin", "sdp-version"]]
        let first = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), options)
        let plans = relay.plane.snapshot.plans
        let second = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), options)
        #expect(second.dictionary == first.dictionary)
        #expect(relay.plane.snapshot.plans == plans)
    }
}
