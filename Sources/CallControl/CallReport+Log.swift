import CallReports
import Forwarding
import Logging
import NetTypes
import Quality

extension CallReport {
    /// What the one line at the end of a call says: the call, and for each direction of each section what came. `last`
    /// is how long before the end that was.
    var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "call.id": "\(callID)", "reason": "\(ending ?? "")",
            "duration": "\(seconds(ageNanoseconds))",
            "tags": "\(parties.map { $0.tag ?? "" }.joined(separator: ","))",
            "answered": "\(isAnswered)",
        ]
        if let text = self.metadata { metadata["metadata"] = "\(text)" }
        var directions: Logger.Metadata = [:]
        for party in parties {
            for section in party.sections where !section.ports.isEmpty && directions.count < Self.directionLimit {
                let place = directions.count + 1
                let number = (place < 10 ? "0" : "") + "\(place)"
                directions[number] = .dictionary(direction(from: party, section))
            }
        }
        if !directions.isEmpty { metadata["media"] = .dictionary(directions) }
        return metadata
    }

    /// More directions than one line shows.
    private static let directionLimit = 32

    private func direction(from party: PartyReport, _ section: SectionReport) -> Logger.Metadata {
        let received = section.received
        var entry: Logger.Metadata = [
            "type": "\(section.mediaType)", "from": "\(party.tag ?? "")",
            "packets": "\(received.packets)", "lost": "\(received.lost)",
            "loss": "\(decimals(received.lossPercent, 2))%",
            "jitter": "\(decimals(Double(received.jitterMicroseconds) / 1000, 1))ms",
        ]
        if let peer = party.peer.flatMap(self.party) { entry["to"] = "\(peer.tag ?? "")" }
        if let endpoint = section.ports.last(where: { $0.isCurrent && !$0.isRTCP })?.counters?.endpoint {
            entry["address"] = "\(endpoint)"
        }
        if let age = age(of: received.lastPacketNanoseconds) { entry["last"] = "\(seconds(age))" }
        if received.longestGapNanoseconds > 1_000_000_000 {
            entry["gap"] = "\(seconds(received.longestGapNanoseconds))"
        }
        if let sample = received.measured {
            entry["mos"] = "\(decimals(Double(sample.opinionScoreHundredths) / 100, 2))"
        }
        if let sample = received.heard {
            entry["heard.mos"] = "\(decimals(Double(sample.opinionScoreHundredths) / 100, 2))"
            entry["heard.rtt"] = "\(decimals(Double(sample.roundTripMicroseconds) / 1000, 1))ms"
        }
        if !received.drops.isEmpty {
            entry["drops"] = "\(received.drops.map { "\($0.reason):\($0.count)" }.joined(separator: ","))"
        }
        return entry
    }

    private func seconds(_ nanoseconds: UInt64) -> String {
        decimals(Double(nanoseconds) / 1e9, 1) + "s"
    }

    private func decimals(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 1 ? 10.0 : 100.0
        let scaled = UInt64(max(0, min(value, 1e12)) * scale + 0.5)
        let rest = String(scaled % UInt64(scale))
        return "\(scaled / UInt64(scale))." + String(repeating: "0", count: digits - rest.utf8.count) + rest
    }
}
