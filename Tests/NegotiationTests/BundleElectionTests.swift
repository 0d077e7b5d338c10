import Bencode
import CallControl
import Forwarding
import Negotiation
import TestSupport
import Testing

/// The transport of a bundle whose first section the answer rejects (RFC 9143 §7.3).
@Suite struct BundleElectionTests {
    private static let keyLines = [
        "a=ice-ufrag:abcdefgh", "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":"), "a=rtcp-mux",
    ]

    private static func browser(_ setup: String, firstPort: Int, group: String) -> Body {
        let lines = keyLines + ["a=setup:\(setup)"]
        return Body(at: "10.0.0.1").session(["a=group:BUNDLE \(group)"])
            .section("audio \(firstPort) UDP/TLS/RTP/SAVPF 0", ["a=mid:0"] + lines)
            .section("video 4000 UDP/TLS/RTP/SAVPF 31", ["a=mid:1"] + lines)
    }

    private static func phone(firstPort: Int) -> Body {
        Body(at: "10.0.0.2").section("audio \(firstPort) RTP/AVP 0").section("video 5000 RTP/AVP 31")
    }

    private func expectEncrypted(_ plan: ForwardingPlan?) {
        #expect(plan?.ice != nil)
        guard case .dtls = plan?.security else {
            Issue.record("no DTLS: \(String(describing: plan?.security))")
            return
        }
    }

    @Test func answerOfAPhoneRejectsTheFirstSection() throws {
        let relay = TestRelay()
        relay.offer(
            Self.browser("actpass", firstPort: 4000, group: "0 1"), Tags("A"),
            ["bundle": ["accept"], "ICE": "remove", "transport-protocol": "RTP/AVP"])
        let answer = relay.answer(Self.phone(firstPort: 0), Tags("A", "B"), ["ICE": "force"])
        try #require(answer.sections.count == 2)
        #expect(answer.sections[0].port == 0)
        expectEncrypted(relay.plane.plan(port: answer.sections[1].port))
    }

    @Test func answerOfABrowserRejectsTheFirstSection() throws {
        let relay = TestRelay()
        let offer = relay.offer(
            Self.phone(firstPort: 4000), Tags("A"),
            [
                "bundle": ["require"], "ICE": "force", "transport-protocol": "UDP/TLS/RTP/SAVPF",
                "rtcp-mux": ["offer"], "flags": ["generate-mid"],
            ])
        let port = offer.section.port
        relay.answer(
            Self.browser("active", firstPort: 0, group: "2"), Tags("A", "B"),
            ["ICE": "remove", "transport-protocol": "RTP/AVP"])
        expectEncrypted(relay.plane.plan(port: port))
    }
}
