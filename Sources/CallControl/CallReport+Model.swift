import CallModel
import CallReports
import Forwarding
import MediaFormats
import NetTypes
import SRTPKeying

/// How a report is made of the model and the counters.
extension CallReport {
    /// - Parameters:
    ///   - nowMicroseconds: since the Unix epoch, at the monotonic time `now`.
    ///   - readings: what the ports have seen.
    init(_ record: CallRecord, now: UInt64, nowMicroseconds: Int64, _ readings: PortReadings) {
        self.init(callID: record.call.id, takenNanoseconds: now, takenMicroseconds: nowMicroseconds)
        createdNanoseconds = record.createdNanoseconds
        lastSignalNanoseconds = record.signalNanoseconds
        metadata = record.call.metadata
        isAnswered = record.call.isAnswered
        isBeingDeleted = record.deletionNanoseconds != nil
        deletionNanoseconds = record.deletionAskedNanoseconds ?? 0
        dropsTraffic = record.call.dropsTraffic
        let plans = InstalledPlans(record.installed)
        parties.reserveCapacity(record.call.parties.count)
        for place in record.call.parties.indices {
            parties.append(PartyReport(record.call.parties[place], record, plans, readings))
        }
    }
}

extension PartyReport {
    fileprivate init(_ party: Party, _ record: CallRecord, _ plans: InstalledPlans, _ readings: PortReadings) {
        self.init(
            number: party.id.number, tag: party.tag, viaBranch: party.viaBranch, label: party.label,
            peer: party.peer?.number)
        hasPendingOffer = party.standing != nil
        suppression = record.call.suppression(of: party, towards: party.peer)
        let inForce = party.mediaInForce
        sections.reserveCapacity(party.media.count)
        for index in party.media.indices {
            // The ports are all that the party was ever told; the rest is what packets are treated by.
            let sets = party.media[index].portSets
            sections.append(
                inForce.indices.contains(index)
                    ? inForce[index].report(index: index, sets: sets, record: record, plans: plans, readings)
                    : party.media[index].report(index: index, sets: sets, record: record, plans: plans, readings))
            // Packets of a section in a bundle come in on the port of another one.
            if inForce.indices.contains(index), let owner = inForce[index].bundleOwner, inForce.indices.contains(owner),
                let binding = inForce[owner].ports?.bindings.first
            {
                sections[index].signalled.convertedPayloadTypes = plans.convertedPayloadTypes(at: binding.rtp.id)
            }
        }
    }
}

extension PartyMedia {
    /// The section as a report shows it, with its sets of ports, the one told last at the end.
    func report(
        index: Int, sets: [PortSet], record: CallRecord? = nil, plans: InstalledPlans? = nil, _ readings: PortReadings
    ) -> SectionReport {
        var report = SectionReport(index: index, mediaType: mediaType, signalled: signalled)
        let current = portSets.last?.id
        report.ports.reserveCapacity(sets.reduce(0) { $0 + 2 * $1.bindings.count })
        for set in sets {
            for binding in set.bindings {
                let isCurrent = set.id == current
                append(binding, binding.rtp, isRTCP: false, isCurrent: isCurrent, record, plans, readings, to: &report)
                guard let rtcp = binding.rtcp else { continue }
                append(binding, rtcp, isRTCP: true, isCurrent: isCurrent, record, plans, readings, to: &report)
            }
        }
        return report
    }

    private func append(
        _ binding: PortSet.Binding, _ lease: PortLease, isRTCP: Bool, isCurrent: Bool, _ record: CallRecord?,
        _ plans: InstalledPlans?, _ readings: PortReadings, to report: inout SectionReport
    ) {
        let place = report.ports.count
        report.ports.append(
            PortReport(local: lease.local, isRTCP: isRTCP, isCurrent: isCurrent, counters: readings[lease.id]))
        if binding.address.advertised != lease.local.address {
            report.ports[place].advertised = TransportAddress(binding.address.advertised, lease.local.port)
        }
        if let protection = report.ports[place].counters?.protection, protection.keying == .dtls {
            report.ports[place].handshake = HandshakeReport(
                protection, outcomes: record?.handshakeOutcomes[lease.id] ?? [])
        }
        guard isCurrent, let plans else { return }
        if let learning = plans.learning(at: lease.id) { report.signalled.learning = learning }
        if !isRTCP { report.signalled.convertedPayloadTypes = plans.convertedPayloadTypes(at: lease.id) }
    }

    /// Characters of an encoding's name that a report keeps.
    private static let longestName = 64

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
        // A list may name a type many times, and a name may be long.
        var named = PayloadTypeSet()
        for format in formats where !named.contains(format.payloadType) {
            named.insert(format.payloadType)
            let name = format.encodingName.map { $0.prefix(Self.longestName) + "/" + String(format.clockRate) }
            let channels = format.channels > 1 ? "/\(format.channels)" : ""
            result.formats.append(
                SignalledMedia.Format(payloadType: format.payloadType, name: name.map { $0 + channels }))
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
