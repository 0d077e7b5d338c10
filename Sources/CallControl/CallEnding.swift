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
    /// Streams of an answered section that received nothing in either direction, and those that did in one only.
    var zeroWayStreams = 0
    var oneWayStreams = 0

    init(_ call: Call, _ counters: [LocalPortID: PortCounters]) {
        func hasReceived(_ media: PartyMedia) -> Bool {
            media.portSets.contains { $0.portIDs.contains { (counters[$0]?.rtpIn.packets ?? 0) > 0 } }
        }
        for party in call.parties {
            guard let peer = party.peer.flatMap({ call[$0] }), party.id.number < peer.id.number else { continue }
            for (section, other) in zip(party.media, peer.media) where !section.isRejected {
                switch (hasReceived(section), hasReceived(other)) {
                case (false, false): zeroWayStreams += 1
                case (true, true): break
                default: oneWayStreams += 1
                }
            }
        }
    }
}
