import CallModel
import CallReports
import Forwarding
import MediaFormats
import NetTypes
import SRTPKeying

/// How a report is made of the model and the counters.
extension CallReport {
    /// - Parameters:
    ///   - counters: what a port has seen; `nil` for one that is closed.
    ///   - nowMicroseconds: since the Unix epoch, at the monotonic time `now`.
    init(_ record: CallRecord, now: UInt64, nowMicroseconds: Int64, counters: (LocalPortID) -> PortCounters?) {
        self.init(callID: record.call.id, takenNanoseconds: now, takenMicroseconds: nowMicroseconds)
        createdNanoseconds = record.createdNanoseconds
        lastSignalNanoseconds = record.signalNanoseconds
        metadata = record.call.metadata
        isAnswered = record.call.isAnswered
        isBeingDeleted = record.deletionNanoseconds != nil
        dropsTraffic = record.call.dropsTraffic
        parties = record.call.parties.map { party in
            PartyReport(
                number: party.id.number, tag: party.tag, viaBranch: party.viaBranch, label: party.label,
                peer: party.peer?.number,
                sections: party.media.enumerated().map { index, media in
                    media.report(index: index, outcomes: record.handshakeOutcomes, counters: counters)
                })
        }
    }
}

extension PartyMedia {
    /// The section as a report shows it.
    func report(
        index: Int, outcomes: [LocalPortID: [HandshakeReport.Outcome]] = [:],
        counters: (LocalPortID) -> PortCounters?
    ) -> SectionReport {
        var report = SectionReport(index: index, mediaType: mediaType, signalled: signalled)
        for (place, set) in portSets.enumerated() {
            for binding in set.bindings {
                for (lease, isRTCP) in [(binding.rtp, false)] + (binding.rtcp.map { [($0, true)] } ?? []) {
                    let seen = counters(lease.id)
                    var port = PortReport(
                        local: lease.local, isRTCP: isRTCP, isCurrent: place == portSets.count - 1, counters: seen)
                    if let protection = seen?.protection, protection.keying == .dtls {
                        port.handshake = HandshakeReport(protection, outcomes: outcomes[lease.id] ?? [])
                    }
                    report.ports.append(port)
                }
            }
        }
        return report
    }

    private var signalled: SignalledMedia {
        var result = SignalledMedia(transport: transport)
        result.isKnown = endpoint != nil
        result.endpoint = endpoint
        result.rtcpEndpoint = rtcpEndpoint
        result.sends = sends
        result.receives = receives
        result.isRejected = isRejected
        result.isMuxed = isMuxed
        result.bundleOwner = bundleOwner
        result.formats = formats.map { format in
            let name = format.encodingName.map { "\($0)/\(format.clockRate)" }
            let channels = format.channels > 1 ? "/\(format.channels)" : ""
            return SignalledMedia.Format(payloadType: format.payloadType, name: name.map { $0 + channels })
        }
        result.usesICE = ice.isAnnounced && ice.remote != nil
        result.candidates = ice.remoteCandidates.count
        result.trickles = ice.trickles
        result.offersDTLS = dtls.isOffered
        result.relayBeginsDTLS = dtls.isUndecided ? nil : dtls.role.map { $0 == .active }
        result.sdesSuite = sdes.isInUse ? sdes.sending?.suite : nil
        return result
    }
}
