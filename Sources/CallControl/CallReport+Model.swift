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
        deletionNanoseconds = record.deletionAskedNanoseconds ?? 0
        dropsTraffic = record.call.dropsTraffic
        let plans = InstalledPlans(record.installed)
        parties = record.call.parties.map { party in
            var report = PartyReport(
                number: party.id.number, tag: party.tag, viaBranch: party.viaBranch, label: party.label,
                peer: party.peer?.number)
            report.hasPendingOffer = party.standing != nil
            let inForce = party.inForce
            report.sections = party.media.indices.map { index in
                // The ports are all that the party was ever told; the rest is what packets are treated by.
                let agreed = inForce.media.indices.contains(index) ? inForce.media[index] : party.media[index]
                return agreed.report(
                    index: index, sets: party.media[index].portSets, record: record, plans: plans, counters: counters)
            }
            return report
        }
    }
}

extension PartyMedia {
    /// The section as a report shows it, with its sets of ports, the one told last at the end.
    func report(
        index: Int, sets: [PortSet], record: CallRecord? = nil, plans: InstalledPlans? = nil,
        counters: (LocalPortID) -> PortCounters?
    ) -> SectionReport {
        var report = SectionReport(index: index, mediaType: mediaType, signalled: signalled)
        for set in sets {
            for binding in set.bindings {
                for (lease, isRTCP) in [(binding.rtp, false)] + (binding.rtcp.map { [($0, true)] } ?? []) {
                    let seen = counters(lease.id)
                    var port = PortReport(
                        local: lease.local, isRTCP: isRTCP, isCurrent: set.id == portSets.last?.id, counters: seen)
                    if binding.address.advertised != lease.local.address {
                        port.advertised = TransportAddress(binding.address.advertised, lease.local.port)
                    }
                    if let protection = seen?.protection, protection.keying == .dtls {
                        port.handshake = HandshakeReport(
                            protection, outcomes: record?.handshakeOutcomes[lease.id] ?? [])
                    }
                    if port.isCurrent, let plan = plans?[lease.id] {
                        report.signalled.learning = plan.learning
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
        result.isUnderstood = isRTP && !bypassesRelay
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
        result.offersSDES = !sdes.remote.isEmpty
        return result
    }
}
