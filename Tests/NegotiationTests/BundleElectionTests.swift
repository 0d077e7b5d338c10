import Bencode
import CallControl
import Forwarding
import Negotiation
import NetTypes
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

    /// A browser that took the `mid` extension plays only what carries it (RFC 9143 §9.2); a phone sends none.
    @Test func packetsOfAPhoneNameTheirSectionOfTheBundle() throws {
        let relay = TestRelay()
        let offer = relay.offer(
            Self.phone(firstPort: 4000), Tags("A"),
            [
                "bundle": ["require"], "ICE": "force", "transport-protocol": "UDP/TLS/RTP/SAVPF",
                "rtcp-mux": ["offer"], "flags": ["generate-mid"],
            ])
        #expect(offer.section.values(of: "extmap").contains("1 urn:ietf:params:rtp-hdrext:sdes:mid"))
        let lines = Self.keyLines + ["a=setup:active", "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid"]
        relay.answer(
            Body(at: "10.0.0.1").session(["a=group:BUNDLE 1 2"])
                .section("audio 4000 UDP/TLS/RTP/SAVPF 0", ["a=mid:1"] + lines)
                .section("video 4000 UDP/TLS/RTP/SAVPF 31", ["a=mid:2"] + lines),
            Tags("A", "B"), ["ICE": "remove", "transport-protocol": "RTP/AVP"])
        for (port, mid) in [(4000, "1"), (5000, "2")] as [(UInt16, String)] {
            let plan = relay.plane.snapshot.plans.values.first { $0.remote?.description == "10.0.0.2:\(port)" }
            let element = try #require(HeaderElement(identifier: 1, value: mid.utf8))
            #expect(try #require(plan).sinks.map(\.element) == [element])
        }
        let back = try #require(relay.plane.plan(port: offer.section.port))
        #expect(!back.sinks.isEmpty && back.sinks.allSatisfy { $0.element == nil })
    }

    /// What the relay bundled with a browser, by its own offer, stays bundled in the browser's offers, though these come
    /// without the option: a browser takes no answer that dissolves its bundle.
    @Test(arguments: [1, 2])
    func bundleOfTheRelaysOfferStays(_ count: Int) throws {
        let relay = TestRelay()
        var phone = Self.phone(firstPort: 4000)
        phone.sections = Array(phone.sections.prefix(count))
        let options: BencodeDictionary = ["ICE": "remove", "transport-protocol": "RTP/AVP"]
        let offer = relay.offer(
            phone, Tags("A"),
            [
                "bundle": ["require"], "ICE": "force", "transport-protocol": "UDP/TLS/RTP/SAVPF",
                "rtcp-mux": ["offer"], "flags": ["generate-mid"],
            ])
        func browser(_ setup: String) -> Body {
            var body = Self.browser(setup, firstPort: 4000, group: count == 1 ? "1" : "1 2")
            body.sections = body.sections.prefix(count).enumerated().map { place, lines in
                lines.map { $0.hasPrefix("a=mid:") ? "a=mid:\(place + 1)" : $0 }
            }
            return body
        }
        relay.answer(browser("active"), Tags("A", "B"), options)
        relay.offer(browser("actpass"), Tags("B", "A"), options)
        let answer = relay.answer(phone, Tags("B", "A"), ["ICE": "force"])
        #expect(answer.lines.contains("a=group:BUNDLE \(count == 1 ? "1" : "1 2")"))
        #expect(answer.sections.allSatisfy { $0.port == offer.section.port })
        // The phone's next offer, without the option as well.
        let next = relay.offer(
            phone, Tags("A", "B"), ["ICE": "force", "transport-protocol": "UDP/TLS/RTP/SAVPF", "rtcp-mux": ["offer"]])
        #expect(next.lines.contains("a=group:BUNDLE \(count == 1 ? "1" : "1 2")"))
        #expect(next.sections.allSatisfy { $0.port == offer.section.port })
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

    private static let towardsPhone: BencodeDictionary = [
        "bundle": ["accept"], "ICE": "remove", "SDES": "off", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"],
    ]

    /// A browser that bundles `sections` of its two; the others have port 0.
    private static func bundle(_ sections: Set<Int>) -> Body {
        let group = sections.sorted().map(String.init).joined(separator: " ")
        let lines = keyLines + ["a=setup:actpass"]
        return Body(at: "10.0.0.1").session(["a=group:BUNDLE \(group)"])
            .section("audio \(sections.contains(0) ? 4000 : 0) UDP/TLS/RTP/SAVPF 0", ["a=mid:0"] + lines)
            .section("video \(sections.contains(1) ? 4000 : 0) UDP/TLS/RTP/SAVPF 31", ["a=mid:1"] + lines)
    }

    private static func phone(_ sections: Set<Int>) -> Body {
        Body(at: "10.0.0.2").section("audio \(sections.contains(0) ? 5000 : 0) RTP/AVP 0")
            .section("video \(sections.contains(1) ? 5002 : 0) RTP/AVP 31")
    }

    /// The first section goes and comes back: the transport stays where it is, whosever it is called.
    @Test(arguments: [[[0, 1], [1], [0, 1]], [[0, 1], [0], [0, 1]], [[1], [0, 1], [1]]] as [[Set<Int>]])
    func transportOutlivesItsSections(_ steps: [Set<Int>]) throws {
        let relay = TestRelay()
        var first: (port: UInt16, plan: ForwardingPlan?)?
        for (number, sections) in steps.enumerated() {
            relay.offer(Self.bundle(sections), number == 0 ? Tags("A") : Tags("A", "B"), Self.towardsPhone)
            let answer = relay.answer(Self.phone(sections))
            let shown = Set(answer.sections.map(\.port).filter { $0 != 0 })
            #expect(shown.count == 1)
            let port = try #require(shown.first)
            expectEncrypted(relay.plane.plan(port: port))
            // One port that faces the browser, all others are the phone's.
            let facing = relay.plane.snapshot.plans.values.filter { $0.security != nil || $0.ice != nil }
            #expect(facing.count == 1)
            if let first {
                #expect(port == first.port)
                #expect(relay.plane.plan(port: port)?.ice == first.plan?.ice)
                #expect(relay.plane.plan(port: port)?.security == first.plan?.security)
            } else {
                first = (port, relay.plane.plan(port: port))
            }
        }
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    /// The offer that brings it back is refused.
    @Test func refusedReturnChangesNothing() throws {
        let relay = TestRelay()
        relay.offer(Self.bundle([0, 1]), Tags("A"), Self.towardsPhone)
        relay.answer(Self.phone([0, 1]))
        relay.offer(Self.bundle([1]), Tags("A", "B"), Self.towardsPhone)
        relay.answer(Self.phone([1]))
        let plans = relay.plane.snapshot.plans
        for _ in 0..<3 {
            relay.offer(Self.bundle([0, 1]), Tags("A", "B"), Self.towardsPhone)
            for (id, plan) in plans { #expect(relay.plane.snapshot.plans[id] == plan) }
        }
        relay.offer(Self.bundle([1]), Tags("A", "B"), Self.towardsPhone)
        relay.answer(Self.phone([1]))
        let after = relay.plane.snapshot.plans.filter { $0.value.security != nil }
        #expect(after == plans.filter { $0.value.security != nil })
        #expect(relay.plane.violations == [])
    }
}
