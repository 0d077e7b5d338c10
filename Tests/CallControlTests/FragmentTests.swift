import Bencode
import Forwarding
import TestSupport
import Testing

@testable import CallControl

/// Trickle fragments that come before the offer or answer of their party (ng-protocol §4.2).
@Suite struct FragmentTests {
    private static let lines = [
        "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=ice-options:trickle",
    ]
    private let relay = TestRelay()

    private func sendFragment(of tag: String, candidate: String, fragment: String = "abcd", padding: Int = 0) {
        let text =
            "a=ice-ufrag:\(fragment)\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
            + "a=candidate:1 1 UDP 2130706431 \(candidate) 4000 typ host\r\n"
            + String(repeating: "a=x-padding:\(String(repeating: "x", count: 486))\r\n", count: padding / 500)
        let reply = relay.send([
            "command": "offer", "call-id": "call", "from-tag": .text(tag), "flags": ["fragment"], "sdp": .text(text),
        ])
        #expect(reply == ["result": "ok"])
    }

    /// The addresses in the candidates that the media plane knows of.
    private var candidates: Set<String> {
        let texts = relay.plane.snapshot.plans.values.compactMap(\.ice).flatMap(\.remoteCandidates)
        return Set(texts.map { String($0.split(separator: " ")[4]) })
    }

    @Test func waitsForItsAnswer() {
        relay.offer(.audio(Self.lines))
        sendFragment(of: "B", candidate: "10.0.0.21")
        sendFragment(of: "B", candidate: "10.0.0.22")
        sendFragment(of: "C", candidate: "10.0.0.23")
        #expect(candidates == [])
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == ["10.0.0.21", "10.0.0.22"])
    }

    @Test func waitsForItsOffer() {
        sendFragment(of: "A", candidate: "10.0.0.11")
        #expect(relay.list() == [])
        relay.offer(.audio(Self.lines))
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == ["10.0.0.11"])
    }

    @Test(arguments: [(2, true), (3, false)])
    func waitsThreeSeconds(_ seconds: Int, _ counts: Bool) {
        relay.offer(.audio(Self.lines))
        sendFragment(of: "B", candidate: "10.0.0.21")
        relay.pass(seconds: seconds)
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == (counts ? ["10.0.0.21"] : []))
    }

    @Test func queueIsBounded() {
        relay.offer(.audio(Self.lines))
        for number in 0..<40 { sendFragment(of: "B", candidate: "10.0.1.\(number)") }
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates.count == 16)
    }

    private static let restarted = lines.map { $0 == "a=ice-ufrag:abcd" ? "a=ice-ufrag:wxyz" : $0 }

    private func establish() {
        relay.offer(.audio(Self.lines))
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
    }

    @Test func waitsForTheOfferOfItsRestart() {
        establish()
        sendFragment(of: "A", candidate: "10.0.0.11", fragment: "wxyz")
        // What the other party says meanwhile does not use it up.
        relay.offer(.audio(at: "10.0.0.2", Self.lines), Tags("B", "A"))
        relay.answer(.audio(Self.lines), Tags("B", "A"))
        #expect(candidates == [])
        relay.offer(.audio(Self.restarted), Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == ["10.0.0.11"])
    }

    @Test func waitsForTheAnswerOfItsRestart() {
        establish()
        sendFragment(of: "B", candidate: "10.0.0.21", fragment: "wxyz")
        relay.offer(.audio(Self.restarted), Tags("A", "B"))
        #expect(candidates == [])
        relay.answer(.audio(at: "10.0.0.2", Self.restarted))
        #expect(candidates == ["10.0.0.21"])
    }

    /// While a restart is only offered both generations are there.
    @Test func oldAndNewGenerationsBesideEachOther() {
        establish()
        relay.offer(.audio(Self.restarted), Tags("A", "B"))
        sendFragment(of: "A", candidate: "10.0.0.11")
        sendFragment(of: "A", candidate: "10.0.0.12", fragment: "wxyz")
        #expect(candidates == ["10.0.0.11"])
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == ["10.0.0.12"])
    }

    @Test func octetsAreBounded() {
        for number in 0..<200 { sendFragment(of: "X\(number)", candidate: "10.0.0.1", padding: 20_000) }
        let held = relay.controller.waitingFragments.octets
        #expect(held <= WaitingFragments.octetLimit && held > WaitingFragments.octetLimit / 2)
        // They make room again.
        relay.pass(seconds: 4)
        #expect(relay.controller.waitingFragments.octets == 0)
        sendFragment(of: "A", candidate: "10.0.0.11")
        relay.offer(.audio(Self.lines))
        relay.answer(.audio(at: "10.0.0.2", Self.lines))
        #expect(candidates == ["10.0.0.11"])
        #expect(relay.controller.waitingFragments.octets == 0)
    }
}
