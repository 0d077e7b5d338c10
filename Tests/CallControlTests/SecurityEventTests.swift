import CallControl
import Forwarding
import NetTypes
import SRTPKeying
import TestSupport
import Testing

/// What the log tells of handshakes.
@Suite struct SecurityEventTests {
    @Test(arguments: [
        (SecurityEvent.Outcome.established(.aeadAES256GCM), "info", "DTLS established", "suite"),
        (.fingerprintMismatch, "warning", "DTLS refused: the certificate is not the one in the SDP", "port"),
        (.failed(reason: "bad record"), "warning", "DTLS failed", "reason"),
        (.timedOut, "warning", "DTLS failed: no answer from the peer", "port"),
        (.closedByPeer, "debug", "DTLS closed by the peer", "port"),
    ])
    func outcomeIsLoggedOnceWithTheCall(
        _ outcome: SecurityEvent.Outcome, level: String, message: String, field: String
    ) throws {
        let relay = TestRelay()
        relay.offer(.audio())
        let port = relay.answer(.audio(at: "10.0.0.2")).section.port
        let lease = try #require(relay.plane.snapshot.leased.values.first { $0.local.port == port })
        let before = relay.log.entries.count
        relay.plane.update { state in
            state.securityEvents = [SecurityEvent(port: lease.id, association: 1, outcome: outcome)]
        }
        relay.pass(seconds: 2)
        let lines = relay.log.entries.dropFirst(before)
        #expect(lines.map(\.message) == [message])
        let line = try #require(lines.first)
        #expect(line.level == level)
        #expect(line.metadata["call.id"] == "call")
        #expect(line.metadata["port"] == "\(port)")
        #expect(line.metadata["tag"] == "A")
        #expect(line.metadata[field] != nil)
    }

    @Test func eventOfAClosedPortIsLeftOut() throws {
        let relay = TestRelay()
        relay.offer(.audio())
        let lease = try #require(relay.plane.snapshot.leased.values.first)
        relay.delete()
        relay.offer(.audio(), Tags("C"))
        let before = relay.log.entries.count
        relay.plane.update { state in
            state.securityEvents = [SecurityEvent(port: lease.id, association: 1, outcome: .timedOut)]
        }
        relay.pass(seconds: 1)
        #expect(relay.log.entries.count == before)
        #expect(relay.plane.snapshot.securityEvents.isEmpty)
    }
}
