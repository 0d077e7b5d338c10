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

    init(_ call: Call, _ readings: PortReadings) {
        func hasReceived(_ port: LocalPortID) -> Bool {
            readings.place(of: port).map { readings.values[$0].rtpIn.packets > 0 } ?? false
        }
        func hasReceived(_ sets: [PortSet]) -> Bool {
            sets.contains { set in
                set.bindings.contains { hasReceived($0.rtp.id) || ($0.rtcp.map { hasReceived($0.id) } ?? false) }
            }
        }
        let parties = call.parties
        for place in parties.indices {
            guard let peer = parties[place].peer.flatMap(call.place), parties[place].id.number < parties[peer].id.number
            else { continue }
            for section in 0..<min(parties[place].media.count, parties[peer].media.count)
            where !parties[place].media[section].isRejected {
                let isHeard = hasReceived(parties[place].media[section].portSets)
                switch (isHeard, hasReceived(parties[peer].media[section].portSets)) {
                case (false, false): zeroWayStreams += 1
                case (true, true): break
                default: oneWayStreams += 1
                }
            }
        }
    }
}
