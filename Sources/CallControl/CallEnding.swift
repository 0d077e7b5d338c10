import CallModel
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
    var packets: UInt64 = 0
    var errors: UInt64 = 0
    var lost: UInt64 = 0
    var duplicates: UInt64 = 0
    var reordered: UInt64 = 0
    /// Streams of an answered section that received nothing in either direction, and those that did in one only.
    var zeroWayStreams = 0
    var oneWayStreams = 0

    init(_ report: CallReport) {
        for counter in report.counters.values {
            packets &+= counter.rtpIn.packets &+ counter.rtcpIn.packets
            errors &+= counter.rtpIn.errors &+ counter.rtcpIn.errors
            for stream in counter.ingress {
                lost &+= stream.lost
                duplicates &+= stream.duplicates
                reordered &+= stream.reordered
            }
        }
        for party in report.call.parties {
            guard let peer = party.peer.flatMap({ report.call[$0] }), party.id.number < peer.id.number else { continue }
            for (media, other) in zip(party.media, peer.media) where !media.isRejected {
                let active = [media, other].filter { side in
                    side.portSets.flatMap(\.portIDs).contains { (report.counters[$0]?.rtpIn.packets ?? 0) > 0 }
                }
                if active.isEmpty { zeroWayStreams += 1 } else if active.count == 1 { oneWayStreams += 1 }
            }
        }
    }
}
