import Bencode
import CallControl
import CallReports
import Forwarding
import NetTypes
import SRTPKeying
import TestSupport
import Testing

/// The report on a call, and the line at its end.
@Suite struct ReportTests {
    private let relay = TestRelay()

    private func establish() -> (a: UInt16, b: UInt16) {
        let toB = relay.offer(.audio(), Tags("A")).section.port
        return (relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B")).section.port, toB)
    }

    private func see(_ port: UInt16, _ counters: PortCounters) {
        relay.plane.update { state in
            for lease in state.leased.values where lease.local.port == port { state.counters[lease.id] = counters }
        }
    }

    @Test func unknownCalls() {
        #expect(relay.controller.report(on: "nobody") == nil)
    }

    /// Each port's own plan is told, also where the plans are many.
    @Test(arguments: [1, 4, 5, 20])
    func learningOfEachSection(_ count: Int) throws {
        func body(_ address: String) -> Body {
            (0..<count).reduce(Body(at: address)) { $0.section("audio \(4000 + 2 * $1) RTP/AVP 0") }
        }
        relay.offer(body("10.0.0.1"), Tags("A"), ["endpoint-learning": "off"])
        relay.answer(body("10.0.0.2"), Tags("A", "B"), ["endpoint-learning": "immediate"])
        let report = try #require(relay.controller.report(on: "call"))
        let plans = relay.plane.snapshot.plans
        #expect(plans.count == 4 * count)
        let expected = report.parties.map { party in
            party.sections.map { section in
                let local = section.ports.first { $0.isCurrent && $0.isRTCP }?.local
                return plans.first { relay.plane.snapshot.leased[$0.key]?.local == local }?.value.learning
            }
        }
        #expect(report.parties.map { $0.sections.map(\.signalled.learning) } == expected)
        #expect(Set(expected.flatMap { $0 }).count == 2)
    }

    @Test func whatWasSignalled() throws {
        relay.offer(.audio(), Tags("A"), ["metadata": "m"])
        var report = try #require(relay.controller.report(on: "call"))
        #expect(!report.isAnswered)
        #expect(report.parties.map(\.tag) == ["A", nil])
        #expect(report.parties[1].sections[0].signalled.isKnown == false)
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        relay.clock.advance(seconds: 5)
        report = try #require(relay.controller.report(on: "call"))
        #expect(report.isAnswered && report.metadata == "m" && report.ageNanoseconds == 5_000_000_000)
        #expect(report.parties.map(\.peer) == [1, 0])
        let section = report.parties[1].sections[0]
        #expect(section.mediaType == "audio" && section.signalled.isKnown)
        #expect(section.signalled.endpoint == TransportAddress("10.0.0.2:4000"))
        #expect(section.signalled.formats.contains { $0.payloadType == 8 && $0.name == "PCMA/8000" })
        #expect(section.ports.map(\.isRTCP) == [false, true])
        #expect(section.ports.allSatisfy { $0.isCurrent && $0.counters != nil })
    }

    @Test func handshakesAreRemembered() throws {
        let ports = establish()
        var counters = PortCounters()
        counters.protection = ProtectionState(keying: .dtls)
        see(ports.b, counters)
        let port = try #require(relay.plane.snapshot.leased.values.first { $0.local.port == ports.b }?.id)
        func state() throws -> HandshakeReport? {
            let report = try #require(relay.controller.report(on: "call"))
            return report.parties[1].sections[0].ports[0].handshake
        }
        #expect(try state()?.state == .waiting)
        relay.plane.update { state in
            state.securityEvents = [SecurityEvent(port: port, association: 1, outcome: .failed(reason: "alert"))]
        }
        #expect(try state()?.state == .failed("alert"))
        relay.plane.update { state in
            state.securityEvents = [SecurityEvent(port: port, association: 1, outcome: .fingerprintMismatch)]
        }
        relay.pass(seconds: 1)
        #expect(try state()?.state == .fingerprintMismatch)
        #expect(try state()?.outcomes.map(\.outcome) == [.failed(reason: "alert"), .fingerprintMismatch])
        #expect(relay.log.entries.contains { $0.message == "DTLS failed" && $0.metadata["tag"] == "B" })
    }

    @Test func oneLineAtTheEnd() throws {
        let ports = establish()
        var counters = PortCounters()
        var stream = StreamStatistics(ssrc: 5)
        (stream.packets, stream.payloadType, stream.clockRate, stream.jitter) = (90, 8, 8000, 16)
        (stream.lost, stream.skips, stream.lastPacketNanoseconds) = (10, 10, relay.clock.now)
        (counters.rtpIn.packets, counters.ingress) = (90, [stream])
        counters.drops[Int(DropReason.foreignSource.rawValue)] = 4
        see(ports.a, counters)
        relay.clock.advance(seconds: 3)
        relay.delete()
        let lines = relay.log.entries.filter { $0.message == "call ended" }
        let line = try #require(lines.first)
        #expect(lines.count == 1 && line.level == "info")
        #expect(line.metadata["call.id"] == "call" && line.metadata["reason"] == "REGULAR")
        #expect(line.metadata["duration"] == "3.0s" && line.metadata["tags"] == "A,B")
        let media = try #require(line.metadata["media"])
        for part in [
            "\"packets\": \"90\"", "\"lost\": \"10\"", "\"loss\": \"10.00%\"", "\"jitter\": \"2.0ms\"",
            "\"last\": \"3.0s\"", "foreignSource:4", "\"mos\": ", "\"packets\": \"0\"",
        ] { #expect(media.contains(part), "\(part) in \(media)") }
    }

    /// A client that repeats a mistake is told each time, the log only so often.
    @Test func warningsAreLimited() {
        for _ in 0..<500 { relay.answer(.audio(), Tags("A", "B"), call: "nobody") }
        #expect(relay.log.entries.count { $0.message == "request refused" } == 50)
        relay.clock.advance(seconds: 1)
        relay.answer(.audio(), Tags("A", "B"), call: "nobody")
        #expect(relay.log.entries.last?.metadata["suppressed"] == "450")
    }

    /// Neither keys nor passwords stand in any line.
    @Test func secretsAreNotLogged() {
        let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
        let lines = [
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key)", "a=ice-ufrag:frag",
            "a=ice-pwd:secretsecretsecretsecret",
        ]
        relay.offer(Body(at: "10.0.0.1").section("audio 4000 RTP/SAVP 0", lines), Tags("A"))
        let broken = ["a=crypto:x \(key)", "broken \(key)"]
        relay.offer(Body(at: "10.0.0.1").section("audio 4000 RTP/SAVP 0", broken), Tags("A"), call: "broken")
        relay.delete()
        #expect(relay.log.entries.count >= 3)
        for entry in relay.log.entries {
            for text in [entry.message] + entry.metadata.values {
                #expect(!text.contains(key) && !text.contains("secretsecret"), "\(text)")
            }
        }
    }
}
