public import Forwarding
import MediaFormats
import NetTypes
import Quality
import SDP

extension Call {
    /// Rules of the daemon that every plan depends on.
    public struct PlanDefaults: Sendable {
        /// For parties that asked for nothing else.
        public var learning: EndpointLearning
        /// For parties that asked for nothing else.
        public var foreignSources: ForeignSourcePolicy

        /// `learning` and `foreignSources` for parties that asked for nothing else.
        public init(learning: EndpointLearning, foreignSources: ForeignSourcePolicy) {
            self.learning = learning
            self.foreignSources = foreignSources
        }
    }

    /// The plan of every port of the call, as the model stands now.
    ///
    /// Every set of ports a party was ever told receives, because the party may not have seen its latest SDP yet;
    /// media leaves through the current set only. What a later offer would change waits for its answer.
    public func forwardingPlans(_ defaults: PlanDefaults) -> [ForwardingPlan] {
        var plans: [ForwardingPlan] = []
        plans.reserveCapacity(parties.count * 2)
        // Whole lists of sections are handed on, and places in them: a section is too large to be copied.
        for party in parties.indices {
            let media = parties[party].mediaInForce
            let peerID = peerInForce(of: party) ?? parties[party].listener
            let peer = peerID.flatMap(place).map { parties[$0].mediaInForce }
            let kept = suppression(of: parties[party], towards: peerID)
            let ends = peerID.map { (own: parties[party].id, peer: $0) }
            for index in media.indices where !media[index].portSets.isEmpty || !media[index].upcomingSets.isEmpty {
                appendPlans(of: media, section: index, towards: peer, ends, keeping: kept, defaults, to: &plans)
            }
        }
        return plans
    }

    /// Who a party's packets go to: as with all that an offer would change, an offer to somebody new does not part those
    /// who have agreed before it is answered.
    func peerInForce(of party: Int) -> PartyID? {
        guard parties[party].hasAgreed else { return parties[party].peer }
        if let peer = parties[party].peer {
            return hasAgreed(peer) == true ? peer : formerPeer(of: party) ?? peer
        }
        return parties[party].associates.last { other in
            guard let other = place(of: other), parties[other].hasAgreed, let peer = parties[other].peer,
                hasAgreed(peer) == false
            else { return false }
            return formerPeer(of: other) == parties[party].id
        }
    }

    /// The party that was left for one that has not answered yet.
    private func formerPeer(of party: Int) -> PartyID? {
        parties[party].associates.last { id in
            guard let other = place(of: id) else { return false }
            return parties[other].hasAgreed && parties[other].peer == nil
        }
    }

    /// Whether some offer by or to a party was answered; `nil` for one that is not there.
    private func hasAgreed(_ id: PartyID) -> Bool? { place(of: id).map { parties[$0].hasAgreed } }

    private func appendPlans(
        of media: [PartyMedia], section index: Int, towards peer: [PartyMedia]?, _ ends: (own: PartyID, peer: PartyID)?,
        keeping kept: MediaSuppression, _ defaults: PlanDefaults, to plans: inout [ForwardingPlan]
    ) {
        let sinks = SectionSinks(of: media, section: index, towards: peer)
        let places = media.sections(over: index)
        var blank = ForwardingPlan(port: LocalPortID(worker: worker, slot: 0, generation: 0), carries: .rtp)
        blank.learning = media[index].isAsymmetric ? .off : media[index].learning ?? defaults.learning
        blank.foreignSources = media[index].foreignSources ?? defaults.foreignSources
        blank.learningEpoch = media[index].learningEpoch
        for section in places {
            blank.add(media[section].formats)
            if let offered = media[section].offeredFormats { blank.addEvents(of: offered) }
            if let peer, peer.indices.contains(section) { blank.addEvents(of: peer[section].formats) }
        }
        blank.negotiatedPayloadTypes = negotiatedPayloadTypes(of: media, towards: peer, sections: places)
        blank.tos = tos
        blank.isBlocked = dropsTraffic
        blank.suppression = kept
        if let peer, let ends {
            for section in places where peer.indices.contains(section) {
                // Most calls have none, and need not hand whole sections on to hear so.
                if media[section].transcodings.isEmpty, peer[section].transcodings.isEmpty { continue }
                let conversions = media[section].conversions(of: ends.own, to: peer[section], of: ends.peer)
                if !conversions.isEmpty { blank.add(conversions, of: media[section]) }
            }
        }
        if kept.contains(.sound) { blank.silence = silence(of: media, towards: peer, sections: places) }
        let sets = media[index].portSets
        for place in sets.indices {
            // Checks are for the ports that the party was told last.
            let isChecked = place == sets.count - 1 && media[index].ice.isAnnounced
            blank.ice = isChecked ? media[index].icePlan(over: sets[place]) : nil
            appendPlans(of: media[index], on: sets[place], blank, sinks, to: &plans)
        }
        blank.ice = nil
        for set in media[index].upcomingSets {
            let first = plans.count
            appendPlans(of: media[index], on: set, blank, sinks, to: &plans)
            // Keys belong to the ports they were agreed for.
            for index in plans[first...].indices where plans[index].security != nil { plans[index].security = .pending }
        }
    }

    /// The payload types that either side has spoken of. Before both have, everything may come.
    private func negotiatedPayloadTypes(
        of media: [PartyMedia], towards peer: [PartyMedia]?, sections: [Int]
    ) -> PayloadTypeSet {
        guard let peer else { return .all }
        var types = PayloadTypeSet()
        for section in sections {
            guard media[section].endpoint != nil, peer.indices.contains(section), peer[section].endpoint != nil else {
                return .all
            }
            types.insert(formats: media[section].formats)
            types.insert(formats: peer[section].formats)
            if let offered = media[section].offeredFormats { types.insert(formats: offered) }
        }
        return types
    }

    private func appendPlans(
        of media: PartyMedia, on set: PortSet, _ blank: ForwardingPlan, _ sinks: SectionSinks,
        to plans: inout [ForwardingPlan]
    ) {
        for binding in set.bindings {
            var plan = blank
            plan.security = media.securityPlan(component: 1)
            plan.port = binding.rtp.id
            plan.carries = media.isUnderstood ? (media.isMuxed ? .multiplexed : .rtp) : .opaque
            if !media.isUnderstood { plan.conversions = [] }
            plan.sinks = sinks.first
            plan.remote = media.destination(media.endpoint, from: binding.rtp)
            plans.append(plan)
            guard let rtcp = binding.rtcp else { continue }
            plan.port = rtcp.id
            plan.companion = binding.rtp.id
            plan.conversions = []
            plan.security = media.securityPlan(component: 2)
            plan.carries = media.isUnderstood ? .rtcp : .opaque
            plan.sinks = sinks.second
            plan.remote = media.destination(media.rtcpEndpoint, from: rtcp)
            plans.append(plan)
        }
    }
}

/// Where packets of a section go, by the port they arrive on: out of the current ports of the same section of the peer.
private struct SectionSinks {
    /// For packets on the RTP port.
    var first: [Sink] = []
    /// For packets on the port above.
    var second: [Sink] = []

    init(of media: [PartyMedia], section index: Int, towards peer: [PartyMedia]?) {
        guard let peer else { return }
        guard media.indices.contains(where: { media[$0].bundleOwner == index }) else {
            addOwn(of: media, section: index, towards: peer)
            return
        }
        let sections = media.sections(over: index).filter { other in
            peer.indices.contains(other) && !media[other].isRejected && !peer[other].isRejected
        }
        // Sections of a bundle that come out in one place, and as they are, need no telling apart.
        let places = Set(sections.compactMap { peer.ports(at: $0)?.bindings.first?.rtp.id })
        let elements = sections.map { peer[$0].sectionElement(from: media[$0]) }
        let isSplit = places.count > 1 || Set(elements).count > 1
        for (section, element) in zip(sections, elements) where isSplit || section == sections.first {
            guard let binding = peer.ports(at: section)?.bindings.first else { continue }
            let types = isSplit ? PayloadTypeSet(media[section].formats.map(\.payloadType)) : .all
            let isFirst = !first.contains { $0.port == binding.rtp.id }
            guard media[index].isUnderstood, !isFirst else {
                add(binding, types, element, isRTP: media[index].isUnderstood, isMuxed: peer[section].isMuxed)
                continue
            }
            // RTCP goes there already, once for all sections.
            let sink = Sink(port: binding.rtp.id, traffic: .rtp, payloadTypes: types, element: element)
            first.append(sink)
            second.append(sink)
        }
    }

    /// For a section that shares its transport with no other.
    private mutating func addOwn(of media: [PartyMedia], section index: Int, towards peer: [PartyMedia]) {
        guard peer.indices.contains(index), !media[index].isRejected, !peer[index].isRejected,
            let binding = peer.ports(at: index)?.bindings.first
        else { return }
        let element = peer[index].isBundleAnnounced ? peer[index].sectionElement(from: media[index]) : nil
        add(binding, .all, element, isRTP: media[index].isUnderstood, isMuxed: peer[index].isMuxed)
    }

    private mutating func add(
        _ binding: PortSet.Binding, _ types: PayloadTypeSet, _ element: HeaderElement?, isRTP: Bool, isMuxed: Bool
    ) {
        guard isRTP else {
            // The second port of an opaque pair leads to the second port of the other side.
            first.append(Sink(port: binding.rtp.id, traffic: .both))
            if let rtcp = binding.rtcp { second.append(Sink(port: rtcp.id, traffic: .both)) }
            return
        }
        let rtcp = isMuxed ? nil : binding.rtcp
        add(
            Sink(
                port: binding.rtp.id, traffic: rtcp == nil ? .both : .rtp, payloadTypes: types, element: element),
            rtcp.map { Sink(port: $0.id, traffic: .rtcp) })
    }

    private mutating func add(_ sink: Sink, _ further: Sink?) {
        guard first.isEmpty, second.isEmpty else {
            for sink in [sink, further] {
                guard let sink else { continue }
                first.append(sink)
                second.append(sink)
            }
            return
        }
        // The two lists are one while they are equal.
        first = further.map { [sink, $0] } ?? [sink]
        second = first
    }
}

extension ForwardingPlan {
    /// Takes in what the payload types of a section stand for.
    fileprivate mutating func add(_ formats: [PayloadFormat]) {
        clockRates.reserveCapacity(formats.count)
        codecImpairments.reserveCapacity(formats.count)
        for format in formats {
            if format.clockRate > 0 { clockRates.add(format.clockRate, of: format.payloadType) }
            if format.isTelephoneEvent {
                eventPayloadTypes.insert(format.payloadType)
            } else if format.isComfortNoise {
                comfortNoisePayloadTypes.insert(format.payloadType)
            } else if let name = format.encodingName, let impairment = CodecImpairment(encodingName: name) {
                codecImpairments.add(impairment, of: format.payloadType)
            }
        }
    }

    /// Takes in what changes on the way. A party may send a codec under the number of the offer (RFC 3264 §6.1), although
    /// it has another one of its own. Of sections that share a port the first one that has a number says what becomes of
    /// it: a bundle's numbers mean one thing each (RFC 9143 §9.1.1).
    fileprivate mutating func add(_ further: [Conversion], of media: PartyMedia) {
        for conversion in further {
            let source = conversion.source
            if conversions.contains(where: { $0.source.payloadType == source.payloadType }) { continue }
            conversions.append(conversion)
            clockRates.add(source.clockRate, of: source.payloadType)
            if source.encoding == .telephoneEvent { eventPayloadTypes.insert(source.payloadType) }
            if source.encoding == .comfortNoise { comfortNoisePayloadTypes.insert(source.payloadType) }
        }
        guard !conversions.isEmpty else { return }
        add(
            (media.offeredFormats ?? []).filter { format in
                !media.formats.contains { $0.payloadType == format.payloadType }
                    && media.formats.contains { $0.isSameCodec(as: format) }
            })
    }

    /// Takes in the numbers that the peer has for telephone-events: a party may use them (RFC 3264 §6.1), and sends them
    /// before it has answered.
    fileprivate mutating func addEvents(of formats: [PayloadFormat]) {
        for format in formats where format.isTelephoneEvent && clockRates[format.payloadType] == nil {
            clockRates.add(format.clockRate, of: format.payloadType)
            eventPayloadTypes.insert(format.payloadType)
        }
    }
}

extension PayloadTypeSet {
    fileprivate mutating func insert(formats: [PayloadFormat]) {
        for format in formats { insert(format.payloadType) }
    }
}

extension [PartyMedia] {
    /// The sections of a party that use the transport of this one: itself, and those bundled with it.
    fileprivate func sections(over index: Int) -> [Int] {
        indices.filter { $0 == index || self[$0].bundleOwner == index }
    }
}

extension PartyMedia {
    /// The section carries RTP in one of the known profiles.
    public var isRTP: Bool { transportKind.isRTP }

    /// The relay looks into the packets.
    var isUnderstood: Bool { isRTP && !bypassesRelay }

    /// What tells packets for this section from those for others of the party's bundle (RFC 9143 §9.2): its `mid`, where
    /// the party was offered the extension and took it, but `sender` knows nothing of it. Browsers do not play what
    /// comes without.
    func sectionElement(from sender: PartyMedia) -> HeaderElement? {
        guard isBundleAnnounced, let mid, let midExtensionID, sender.midExtensionID == nil else { return nil }
        return HeaderElement(identifier: midExtensionID, value: mid.utf8)
    }

    /// What the party's options say about other sources than the learned one.
    var foreignSources: ForeignSourcePolicy? {
        if isMediaHandover { return .follow }
        return isStrictSource ? .drop : nil
    }

    /// The endpoint as a destination for packets out of `lease`; `nil` while the party holds or is rejected. An
    /// endpoint of the other address family is none.
    func destination(_ endpoint: TransportAddress?, from lease: PortLease) -> TransportAddress? {
        guard let endpoint, !isHeld, !isRejected, endpoint.port != 0,
            endpoint.address.family == lease.local.address.family
        else { return nil }
        return endpoint
    }
}
