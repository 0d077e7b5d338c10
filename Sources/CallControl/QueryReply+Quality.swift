import Bencode
import CallModel
import CallReports
import Forwarding
import Quality

/// The quality that an SSRC's end hears (ng-protocol §7).
extension QueryReply {
    /// The MOS entries of `ssrc`: from the reports that its end has sent of what it hears. Without such reports, from
    /// what was measured of the packets for that end, as they came in here.
    func quality(of ssrc: UInt32) -> BencodeDictionary {
        let reports = readings.values.flatMap(\.receptionReports)
        let tally = reports.filter { $0.reporter == ssrc }.map(\.quality).max { $0.samples < $1.samples }
        if let tally, tally.samples > 0 { return entries(of: tally) }
        guard let section = section(of: ssrc) else { return [:] }
        return measuredQuality(heardBy: section)
    }

    /// Party and section whose ports have received `ssrc`.
    private func section(of ssrc: UInt32) -> (party: Party, index: Int)? {
        for party in call.parties {
            for index in party.media.indices {
                let ports = party.media[index].portSets.lazy.flatMap(\.portIDs).compactMap { readings[$0] }
                if ports.contains(where: { $0.ingress.contains { $0.ssrc == ssrc } }) { return (party, index) }
            }
        }
        return nil
    }

    /// What came from the other side of a section.
    private func measuredQuality(heardBy section: (party: Party, index: Int)) -> BencodeDictionary {
        guard let peer = section.party.peer.flatMap({ call[$0] }), peer.media.indices.contains(section.index) else {
            return [:]
        }
        let media = peer.media[section.index]
        let ports = media.portSets.flatMap(\.portIDs).compactMap { readings[$0] }
        if let tally = ports.map(\.measuredQuality).max(by: { $0.samples < $1.samples }), tally.samples > 0 {
            return entries(of: tally)
        }
        guard
            let sample = media.report(index: section.index, sets: media.portSets, readings).measuredQuality
        else {
            return [:]
        }
        var tally = QualityTally()
        tally.add(sample)
        return entries(of: tally)
    }

    private func entries(of tally: QualityTally) -> BencodeDictionary {
        guard let average = tally.average else { return [:] }
        var mean = values(of: average)
        mean.append("samples", .integer(Int64(tally.samples)))
        var result: BencodeDictionary = ["average MOS": .dictionary(mean)]
        for (name, sample) in [("lowest MOS", tally.lowest), ("highest MOS", tally.highest)] {
            var extreme = values(of: sample)
            extreme.append("reported at", .integer(epochSeconds(sample.nanoseconds)))
            result.append(name, .dictionary(extreme))
        }
        return result
    }

    private func values(of sample: QualitySample) -> BencodeDictionary {
        [
            "MOS": .integer(Int64((sample.opinionScoreHundredths + 5) / 10)),
            "round-trip time": .integer(Int64(sample.roundTripMicroseconds)),
            "jitter": .integer(Int64((UInt64(sample.jitterMicroseconds) + 500) / 1000)),
            "packet loss": .integer(Int64((sample.lossBasisPoints + 50) / 100)),
            "round-trip time leg": .integer(Int64(sample.legRoundTripMicroseconds)),
        ]
    }
}
