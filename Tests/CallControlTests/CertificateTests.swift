import CallControl
import Forwarding
import TestSupport
import Testing

/// Which certificate parties are told of, and that handshakes are asked for with the same one.
@Suite struct CertificateTests {
    private static let crypt = [
        "a=setup:actpass", "a=fingerprint:sha-256 " + octets("11", 32), "a=tls-id:aaaaaaaaaaaaaaaaaaaa",
    ]

    private static func octets(_ octet: String, _ count: Int) -> String {
        Array(repeating: octet, count: count).joined(separator: ":")
    }

    private static func certificate(_ number: UInt64, _ octet: String) -> LocalCertificate {
        LocalCertificate(number: number, fingerprints: ["sha-256": octets(octet, 32)])
    }

    private func offer(_ relay: TestRelay, call: String, tags: Tags = Tags("A")) -> String {
        let body = Body(at: "10.0.0.1").section("audio 4000 UDP/TLS/RTP/SAVP 0", CertificateTests.crypt)
        let reply = relay.offer(body, tags, call: call)
        return reply.lines.joined(separator: "\n")
    }

    private func numbers(_ relay: TestRelay) -> Set<UInt64> {
        Set(
            relay.plane.snapshot.plans.values.compactMap { plan in
                if case .dtls(let dtls) = plan.security { dtls.certificate } else { nil }
            })
    }

    private func answer(_ relay: TestRelay, call: String) -> String {
        let lines = ["a=setup:active", "a=fingerprint:sha-256 " + CertificateTests.octets("22", 32)]
        let body = Body(at: "10.0.0.2").section("audio 4000 UDP/TLS/RTP/SAVP 0", lines)
        return relay.answer(body, call: call).lines.joined(separator: "\n")
    }

    @Test func aCallStaysWithTheCertificateItWasToldOf() {
        let relay = TestRelay { $0.certificate = CertificateTests.certificate(0, "AA") }
        #expect(offer(relay, call: "old").contains("AA:AA"))
        relay.controller.useCertificate(CertificateTests.certificate(1, "BB"))
        // The offerer hears of one for the first time, the answerer has the earlier one.
        #expect(answer(relay, call: "old").contains("BB:BB"))
        #expect(numbers(relay) == [0, 1])
        // A re-INVITE changes neither.
        #expect(offer(relay, call: "old", tags: Tags("A", "B")).contains("AA:AA"))
        #expect(answer(relay, call: "old").contains("BB:BB"))
        #expect(numbers(relay) == [0, 1])
        #expect(offer(relay, call: "new").contains("BB:BB"))
    }

    @Test func sectionsOfAPartyShareACertificate() {
        let relay = TestRelay { $0.certificate = CertificateTests.certificate(0, "AA") }
        _ = offer(relay, call: "call")
        relay.controller.useCertificate(CertificateTests.certificate(1, "BB"))
        let body = Body(at: "10.0.0.1").section("audio 4000 UDP/TLS/RTP/SAVP 0", CertificateTests.crypt)
            .section("video 4002 UDP/TLS/RTP/SAVP 96", CertificateTests.crypt + ["a=rtpmap:96 VP8/90000"])
        let sdp = relay.offer(body, Tags("A", "B"), call: "call").lines.joined(separator: "\n")
        #expect(sdp.contains("AA:AA") && !sdp.contains("BB:BB"))
    }

    @Test func keysGoWhenNoCallNamesThem() {
        let relay = TestRelay { $0.certificate = CertificateTests.certificate(0, "AA") }
        _ = offer(relay, call: "first")
        relay.controller.useCertificate(CertificateTests.certificate(1, "BB"))
        _ = offer(relay, call: "second")
        relay.controller.useCertificate(CertificateTests.certificate(2, "CC"))
        relay.pass(seconds: 70)
        #expect(relay.plane.snapshot.retirements == [])
        relay.delete(call: "first")
        relay.pass(seconds: 2)
        #expect(relay.plane.snapshot.retirements == [1])
        relay.delete(call: "second")
        relay.pass(seconds: 2)
        #expect(relay.plane.snapshot.retirements == [1, 2])
    }

    /// A request that is being carried out while the certificate changes may still use the former one.
    @Test func aFormerCertificateIsKeptForAWhile() {
        let relay = TestRelay { $0.certificate = CertificateTests.certificate(0, "AA") }
        relay.controller.useCertificate(CertificateTests.certificate(1, "BB"))
        relay.pass(seconds: 59)
        #expect(relay.plane.snapshot.retirements == [])
        relay.pass(seconds: 2)
        #expect(relay.plane.snapshot.retirements == [1])
        relay.pass(seconds: 2)
        #expect(relay.plane.snapshot.retirements == [1])
    }
}
