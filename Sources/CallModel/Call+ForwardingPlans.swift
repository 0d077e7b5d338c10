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
        let views = parties.map(\.inForce)
        for party in views {
            let peer = peerInForce(of: party).flatMap { id in views.first { $0.id == id } }
            for index in party.media.indices {
                guard !party.media[index].portSets.isEmpty || !party.media[index].upcomingSets.isEmpty else { continue }
                appendPlans(of: party, section: index, towards: peer, defaults, to: &plans)
            }
        }
        return plans
    }

    /// Who a party's packets go to: as with all that an offer would change, an offer to somebody new does not part those
    /// who have agreed before it is answered.
    private func peerInForce(of party: Party) -> PartyID? {
        guard party.hasAgreed else { return party.peer }
        if let peer = party.peer {
            return self[peer]?.hasAgreed == true ? peer : formerPeer(of: party) ?? peer
        }
        return party.associates.last { other in
            guard let other = self[other], other.hasAgreed, let peer = other.peer, self[peer]?.hasAgreed == false
            else { return false }
            return formerPeer(of: other) == party.id
        }
    }

    /// The party that was left for one that has not answered yet.
    private func formerPeer(of party: Party) -> PartyID? {
        party.associates.last { id in
            guard let other = self[id] else { return false }
            return other.hasAgreed && other.peer == nil
        }
    }

    private func appendPlans(
        of party: Party, section index: Int, towards peer: Party?, _ defaults: PlanDefaults,
        to plans: inout [ForwardingPlan]
    ) {
        let media = party.media[index]
        let sinks = SectionSinks(of: party, section: index, towards: peer)
        let places = party.sections(over: index)
        var blank = ForwardingPlan(port: LocalPortID(worker: worker, slot: 0, generation: 0), carries: .rtp)
        blank.learning = media.isAsymmetric ? .off : media.learning ?? defaults.learning
        blank.foreignSources = media.foreignSources ?? defaults.foreignSources
        blank.learningEpoch = media.learningEpoch
        for section in places {
            for format in party.media[section].formats {
                if format.clockRate > 0 { blank.clockRates.add(format.clockRate, of: format.payloadType) }
                if format.isTelephoneEvent { blank.eventPayloadTypes.insert(format.payloadType) }
                if format.isComfortNoise { blank.comfortNoisePayloadTypes.insert(format.payloadType) }
                guard let name = format.encodingName, let impairment = CodecImpairment(encodingName: name) else {
                    continue
                }
                blank.codecImpairments.add(impairment, of: format.payloadType)
            }
        }
        blank.negotiatedPayloadTypes = negotiatedPayloadTypes(of: party, towards: peer, sections: places)
        blank.tos = tos
        blank.isBlocked = dropsTraffic
        blank.suppression = suppression(of: party, towards: peer)
        if blank.suppression.contains(.sound) { blank.silence = silence(of: party, towards: peer, sections: places) }
        for (place, set) in media.portSets.enumerated() {
            // Checks are for the ports that the party was told last.
            blank.ice = place == media.portSets.count - 1 ? media.icePlan(over: set) : nil
            appendPlans(of: media, on: set, blank, sinks, to: &plans)
        }
        blank.ice = nil
        for set in media.upcomingSets {
            let first = plans.count
            appendPlans(of: media, on: set, blank, sinks, to: &plans)
            // Keys belong to the ports they were agreed for.
            for index in plans[first...].indices where plans[index].security != nil { plans[index].security = .pending }
        }
    }

    /// The payload types that either side has spoken of. Before both have, everything may come.
    private func negotiatedPayloadTypes(of party: Party, towards peer: Party?, sections: [Int]) -> PayloadTypeSet {
        guard let peer else { return .all }
        var types = PayloadTypeSet([])
        for section in sections {
            guard party.media[section].endpoint != nil, peer.media.indices.contains(section),
                peer.media[section].endpoint != nil
            else { return .all }
            types.insert(formats: party.media[section].formats)
            types.insert(formats: peer.media[section].formats)
            if let offered = party.media[section].offeredFormats { types.insert(formats: offered) }
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
            plan.sinks = sinks.first
            plan.remote = media.destination(media.endpoint, from: binding.rtp)
            plans.append(plan)
            guard let rtcp = binding.rtcp else { continue }
            plan.port = rtcp.id
            plan.companion = binding.rtp.id
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

    init(of party: Party, section index: Int, towards peer: Party?) {
        guard let peer else { return }
        guard party.media.indices.contains(where: { party.media[$0].bundleOwner == index }) else {
            addOwn(of: party, section: index, towards: peer)
            return
        }
        let sections = party.sections(over: index).filter { other in
            peer.media.indices.contains(other) && !party.media[other].isRejected && !peer.media[other].isRejected
        }
        // Sections of a bundle that come out in one place, and as they are, need no telling apart.
        let places = Set(sections.compactMap { peer.ports(at: $0)?.bindings.first?.rtp.id })
        let elements = sections.map { peer.media[$0].sectionElement(from: party.media[$0]) }
        let isSplit = places.count > 1 || Set(elements).count > 1
        for (section, element) in zip(sections, elements) where isSplit || section == sections.first {
            guard let binding = peer.ports(at: section)?.bindings.first else { continue }
            let types = isSplit ? PayloadTypeSet(party.media[section].formats.map(\.payloadType)) : .all
            let isFirst = !first.contains { $0.port == binding.rtp.id }
            guard party.media[index].isUnderstood, !isFirst else {
                add(
                    binding, types, element, isRTP: party.media[index].isUnderstood,
                    isMuxed: peer.media[section].isMuxed)
                continue
            }
            // RTCP goes there already, once for all sections.
            let sink = Sink(port: binding.rtp.id, traffic: .rtp, payloadTypes: types, element: element)
            first.append(sink)
            second.append(sink)
        }
    }

    /// For a section that shares its transport with no other.
    private mutating func addOwn(of party: Party, section index: Int, towards peer: Party) {
        guard peer.media.indices.contains(index), !party.media[index].isRejected, !peer.media[index].isRejected,
            let binding = peer.ports(at: index)?.bindings.first
        else { return }
        add(
            binding, .all, peer.media[index].sectionElement(from: party.media[index]),
            isRTP: party.media[index].isUnderstood, isMuxed: peer.media[index].isMuxed)
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
        var sinks = [Sink(port: binding.rtp.id, traffic: .both, payloadTypes: types, element: element)]
        if let rtcp = binding.rtcp, !isMuxed {
            sinks = [
                Sink(port: binding.rtp.id, traffic: .rtp, payloadTypes: types, element: element),
                Sink(port: rtcp.id, traffic: .rtcp),
            ]
        }
        first += sinks
        second += sinks
    }
}

extension PayloadTypeSet {
    fileprivate mutating func insert(formats: [PayloadFormat]) {
        for format in formats { insert(format.payloadType) }
    }
}

extension Party {
    /// The sections that use the transport of this one: itself, and those bundled with it.
    func sections(over index: Int) -> [Int] {
        media.indices.filter { $0 == index || media[$0].bundleOwner == index }
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
