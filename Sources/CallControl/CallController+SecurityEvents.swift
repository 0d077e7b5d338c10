import CallModel
import Forwarding
import Logging
import NetTypes
import SRTPKeying

extension CallController {
    /// What the handshakes came to since the last time, by port.
    func drainSecurityEvents() -> [LocalPortID: [SecurityEvent]] {
        Dictionary(grouping: plane.securityEvents(), by: \.port)
    }

    /// Has every call take what became of its handshakes, so that a report knows it.
    func distributeSecurityEvents() {
        let events = drainSecurityEvents()
        guard !events.isEmpty else { return }
        let now = clock.monotonicNanoseconds()
        registry.lookAtAll { record in
            if record.take(events, now: now) { log(events, of: record) }
        }
    }

    /// Says in the log what the handshakes of one call came to. Events of calls that are gone are left out: whoever
    /// ended a call does not ask why it has no audio.
    func log(_ events: [LocalPortID: [SecurityEvent]], of record: CallRecord) {
        for party in record.call.parties {
            for lease in party.leases {
                for event in events[lease.id] ?? [] {
                    log(event.outcome, party: party, lease: lease, callID: record.call.id)
                }
            }
        }
    }

    private func log(_ outcome: SecurityEvent.Outcome, party: Party, lease: PortLease, callID: String) {
        var metadata: Logger.Metadata = ["call.id": "\(callID)", "port": "\(lease.local.port)"]
        if let tag = party.tag { metadata["tag"] = "\(tag)" }
        switch outcome {
        case .established(let suite):
            metadata["suite"] = "\(suite.name)"
            logger.info("DTLS established", metadata: metadata)
        case .fingerprintMismatch:
            warn("DTLS refused: the certificate is not the one in the SDP", metadata)
        case .failed(let reason):
            metadata["reason"] = "\(reason)"
            warn("DTLS failed", metadata)
        case .timedOut:
            warn("DTLS failed: no answer from the peer", metadata)
        case .closedByPeer:
            logger.debug("DTLS closed by the peer", metadata: metadata)
        }
    }
}
