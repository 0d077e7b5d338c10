import Bencode
import Forwarding
import NetTypes
import SRTPKeying
import TestSupport
import Testing

/// A later offer that is refused leaves the session as it was (RFC 3261 §14.1, RFC 3264 §8): keys, checks, addresses
/// and ports change with the answer.
@Suite struct UnansweredOfferTests {
    private let relay = TestRelay()
    private static let phone = Body.audio(at: "10.0.0.2", port: 5000, formats: "0")

    private static func fingerprint(_ octet: String) -> String {
        "a=fingerprint:sha-256 " + Array(repeating: octet, count: 32).joined(separator: ":")
    }

    private static func crypto(_ key: String) -> String { "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key)" }
    private static let firstKey = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    private static let secondKey = "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"

    /// A browser with ICE credentials that begin with `fragment`, and a certificate of `octet`s.
    private static func browser(
        _ fragment: String = "aaaa", certificate octet: String = "AB", setup: String = "actpass", tlsID: String? = nil,
        port: Int = 4000
    ) -> Body {
        Body(at: "10.0.0.1").section(
            "audio \(port) UDP/TLS/RTP/SAVPF 0",
            [
                "a=mid:0", "a=rtcp-mux", "a=ice-ufrag:\(fragment)", "a=ice-pwd:\(fragment)0123456789012345678901",
                "a=candidate:1 1 UDP 2130706431 10.0.0.1 \(port) typ host", fingerprint(octet), "a=setup:\(setup)",
            ] + (tlsID.map { ["a=tls-id:\($0)"] } ?? []))
    }

    private static let towardsPhone: BencodeDictionary = [
        "ICE": "remove", "DTLS": "off", "SDES": "off", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"],
    ]
    private static let towardsBrowser: BencodeDictionary = [
        "ICE": "force", "SDES": "off", "transport-protocol": "UDP/TLS/RTP/SAVPF", "rtcp-mux": ["require"],
    ]

    /// Sets up A, a browser, and B, a phone; returns the port of the browser.
    private func establish(_ body: Body = browser()) -> UInt16 {
        relay.offer(body, Tags("A"), Self.towardsPhone)
        return relay.answer(Self.phone).section.port
    }

    private func reoffer(_ body: Body) { relay.offer(body, Tags("A", "B"), Self.towardsPhone) }

    private func association(_ port: UInt16) -> DTLSPlan? {
        guard case .dtls(let plan) = relay.plane.plan(port: port)?.security else { return nil }
        return plan
    }

    @Test(arguments: [
        browser(certificate: "CD"), browser(tlsID: "other01234567890123456"), browser("bbbb", certificate: "CD"),
        browser("bbbb"), browser(setup: "active", port: 4100), phone,
        Body(at: "0.0.0.0").section("audio 4000 UDP/TLS/RTP/SAVPF 0"),
    ])
    func nothingChangesBeforeTheAnswer(_ body: Body) {
        let port = establish()
        let plans = relay.plane.snapshot.plans
        #expect(relay.offer(body, Tags("A", "B"), Self.towardsPhone).result == "ok")
        for (id, plan) in plans { #expect(relay.plane.snapshot.plans[id] == plan) }
        // The offer was refused, and what was agreed is offered again: still nothing has happened.
        reoffer(Self.browser())
        let answer = relay.answer(Self.phone).section
        #expect(answer.port == port)
        for (id, plan) in plans { #expect(relay.plane.snapshot.plans[id] == plan) }
        #expect(relay.plane.violations == [])
    }

    @Test func newCertificateCountsFromTheAnswerOn() throws {
        let port = establish()
        let first = try #require(association(port))
        reoffer(Self.browser(certificate: "CD"))
        #expect(association(port) == first)
        let answer = relay.answer(Self.phone).section
        let second = try #require(association(port))
        #expect(second.association != first.association)
        #expect(second.fingerprint.digest == Array(repeating: 0xCD, count: 32))
        #expect(answer.values(of: "tls-id").count == 1)
    }

    @Test func credentialsOfARestartCountFromTheAnswerOn() throws {
        let port = establish()
        let first = try #require(relay.plane.plan(port: port)?.ice)
        reoffer(Self.browser("bbbb", port: 4100))
        #expect(relay.plane.plan(port: port)?.ice == first)
        let answer = relay.answer(Self.phone).section
        let second = try #require(relay.plane.plan(port: port)?.ice)
        #expect(second.agent == first.agent)
        #expect(second.local != first.local)
        #expect(second.remote?.usernameFragment == "bbbb")
        #expect(answer.values(of: "ice-ufrag") == [second.local.usernameFragment])
        #expect(answer.port == port)
    }

    /// The restart was refused; the same browser then offers a hold with the old credentials.
    @Test func refusedRestartIsForgotten() throws {
        let port = establish()
        let first = try #require(relay.plane.plan(port: port)?.ice)
        reoffer(Self.browser("bbbb"))
        reoffer(Self.browser())
        #expect(relay.answer(Self.phone).section.values(of: "ice-ufrag") == [first.local.usernameFragment])
        #expect(relay.plane.plan(port: port)?.ice == first)
    }

    @Test func keysOfSDESCountFromTheAnswerOn() throws {
        func body(_ address: String, _ key: String) -> Body {
            Body(at: address).section("audio 4000 RTP/SAVP 0", [Self.crypto(key)])
        }
        func keys(_ port: UInt16) throws -> (String, String) {
            guard case .sdes(let receiving, let sending) = relay.plane.plan(port: port)?.security else {
                throw TestFailure()
            }
            return (receiving.text(), sending.text())
        }
        relay.offer(body("10.0.0.1", Self.firstKey), Tags("A"), ["DTLS": "off"])
        let port = relay.answer(body("10.0.0.2", Self.secondKey)).section.port
        let before = try keys(port)
        relay.offer(body("10.0.0.1", Self.secondKey), Tags("A", "B"), ["DTLS": "off"])
        #expect(try keys(port) == before)
        relay.answer(body("10.0.0.2", Self.secondKey))
        #expect(try keys(port).0.contains(Self.secondKey))
    }

    /// The receiver of a refused offer keeps its credentials, its keys and its ports, too.
    @Test func receiverOfARefusedOfferIsLeftAlone() throws {
        let toBrowser = relay.offer(Self.phone, Tags("B"), Self.towardsBrowser).section.port
        relay.answer(Self.browser(setup: "active"), Tags("B", "A"), Self.towardsPhone)
        let plans = relay.plane.snapshot.plans
        for options in [Self.towardsPhone, Self.towardsBrowser.merging(["flags": ["reset"]])] {
            relay.offer(.audio(at: "10.0.0.2", port: 5100, formats: "0"), Tags("B", "A"), options)
            for (id, plan) in plans { #expect(relay.plane.snapshot.plans[id] == plan) }
        }
        let again = relay.offer(Self.phone, Tags("B", "A"), Self.towardsBrowser).section
        #expect(again.port == toBrowser)
        #expect(again.values(of: "ice-ufrag") == [relay.plane.plan(port: toBrowser)?.ice?.local.usernameFragment])
        relay.answer(Self.browser(setup: "active"), Tags("B", "A"), Self.towardsPhone)
        for (id, plan) in plans { #expect(relay.plane.snapshot.plans[id] == plan) }
    }

    /// The answer may be to any copy of an offer that was repeated.
    @Test func repeatedOfferSaysTheSame() {
        relay.offer(Self.phone, Tags("B"), Self.towardsBrowser)
        relay.answer(Self.browser(setup: "active"), Tags("B", "A"), Self.towardsPhone)
        let video = Self.phone.section("video 5002 RTP/AVP 31")
        let options = Self.towardsBrowser.merging(["flags": ["reset"]])
        let first = relay.offer(video, Tags("B", "A"), options)
        let ports = relay.plane.openPorts
        #expect(relay.offer(video, Tags("B", "A"), options).lines == first.lines)
        #expect(relay.plane.openPorts == ports)
    }

    @Test func repeatedOfferKeepsTheKeysOfSDES() {
        relay.offer(Self.phone, Tags("B"))
        relay.answer(.audio(), Tags("B", "A"))
        let options: BencodeDictionary = ["transport-protocol": "RTP/SAVP", "DTLS": "off"]
        let first = relay.offer(Self.phone, Tags("B", "A"), options)
        #expect(relay.offer(Self.phone, Tags("B", "A"), options).lines == first.lines)
    }

    @Test func portsOfRefusedOffersAreGivenBack() {
        let port = establish()
        for number in 0..<20 {
            relay.offer(.audio(port: UInt16(6000 + number * 2)), Tags("A", "B"), Self.towardsPhone)
            relay.offer(
                Self.browser().section("video 4200 RTP/AVP 31"), Tags("A", "B"), Self.towardsPhone)
        }
        #expect(relay.plane.openPorts < 50)
        reoffer(Self.browser())
        #expect(relay.answer(Self.phone).section.port == port)
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    /// Neither does an offer to a further branch part the two who talk.
    @Test func furtherBranchChangesNothingBeforeItsAnswer() {
        let toFirst = relay.offer(Self.phone, Tags("A", branch: "b1")).section.port
        let toCaller = relay.answer(.audio(at: "10.0.0.3"), Tags("A", "B", branch: "b1")).section.port
        relay.offer(Self.phone, Tags("A", branch: "b2"))
        #expect(relay.rtpFlow(into: toCaller).map(\.to) == ["10.0.0.3:4000"])
        #expect(relay.rtpFlow(into: toFirst).map(\.to) == ["10.0.0.2:5000"])
        let other = relay.answer(.audio(at: "10.0.0.4"), Tags("A", "C", branch: "b2")).section.port
        #expect(relay.rtpFlow(into: other).map(\.to) == ["10.0.0.4:4000"])
        #expect(relay.rtpFlow(into: toCaller).map(\.to) == ["10.0.0.4:4000"])
    }

    private struct TestFailure: Error {}
}

extension BencodeDictionary {
    /// With the entries of `other` behind these.
    fileprivate func merging(_ other: BencodeDictionary) -> BencodeDictionary {
        var all = self
        all.append(contentsOf: other)
        return all
    }
}
