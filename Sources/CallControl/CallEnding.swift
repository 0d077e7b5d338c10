import CallReports
import Forwarding

/// Why a call ended; the raw value stands in the log.
enum CallEnding: String, CaseIterable {
    case regular = "REGULAR"
    case forced = "FORCED"
    case timeout = "TIMEOUT"
    case silentTimeout = "SILENT_TIMEOUT"
    case finalTimeout = "FINAL_TIMEOUT"
    case offerTimeout = "OFFER_TIMEOUT"
}

/// What remains of a call in the statistics.
struct CallSummary {
    /// Streams of an answered section that received nothing in either direction, and those that did in one only.
    var zeroWayStreams = 0
    var oneWayStreams = 0

    init(_ report: CallReport) {
        for party in report.parties {
            guard let peer = party.peer.flatMap(report.party), party.number < peer.number else { continue }
            for (section, other) in zip(party.sections, peer.sections) where !section.signalled.isRejected {
                let active = [section, other].count { side in
                    side.ports.contains { ($0.counters?.rtpIn.packets ?? 0) > 0 }
                }
                if active == 0 { zeroWayStreams += 1 } else if active == 1 { oneWayStreams += 1 }
            }
        }
    }
}
