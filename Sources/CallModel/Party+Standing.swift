public import Forwarding

/// The sections of a party as an offer finds them. What was agreed stays in force until the answer: an offer may be
/// refused, and then nothing has happened (RFC 3264 §8; RFC 8842 §5.1 for DTLS, RFC 8839 §4.4.1.1.1 for ICE).
extension Party {
    /// Begins an offer by or to the party. What a former offer asked for that was never answered is taken back; returned
    /// is what it came to, as the answer may yet be to that one.
    public mutating func beginOffer() -> [PartyMedia] {
        guard hasAgreed else { return [] }
        guard let standing else {
            standing = media
            standingInterface = interface
            standingFamily = family
            return []
        }
        let superseded = media
        media = standing
        interface = standingInterface
        family = standingFamily
        let agreed = standing.portSetNames
        for index in media.indices where superseded.indices.contains(index) {
            // Ports stay for the case that the offer is a repetition; those in use are the current ones again.
            media[index].portSets = superseded[index].portSets(except: agreed) + standing[index].portSets
        }
        return superseded
    }

    /// An answer by or to the party settles what was offered.
    public mutating func agree() {
        standing = nil
        hasAgreed = true
    }

    /// Every local port of the party: those it was told, and those in force.
    public var leases: [PortLease] {
        var leases: [PortLease] = []
        media.appendLeases(to: &leases)
        guard let standing else { return leases }
        let known = Set(leases.map(\.id))
        var others: [PortLease] = []
        standing.appendLeases(to: &others)
        return leases + others.filter { !known.contains($0.id) }
    }

    /// The names of ``leases``.
    public var ports: [LocalPortID] {
        var ports: [LocalPortID] = []
        appendPorts(to: &ports)
        return ports
    }

    /// The names of ``leases`` of both parties.
    public func ports(and other: Party) -> [LocalPortID] {
        var ports: [LocalPortID] = []
        ports.reserveCapacity((media.count + other.media.count) * 2)
        appendPorts(to: &ports)
        other.appendPorts(to: &ports)
        return ports
    }

    func appendPorts(to ports: inout [LocalPortID]) {
        guard standing == nil else {
            ports += leases.map(\.id)
            return
        }
        for section in media.indices {
            for set in media[section].portSets.indices { media[section].portSets[set].appendPorts(to: &ports) }
        }
    }

    /// The sections as packets see them.
    public var mediaInForce: [PartyMedia] { standing == nil ? media : inForce.media }

    /// The party as packets see it. Sections that came with the unanswered offer stand as they were offered.
    public var inForce: Party {
        guard let standing else { return self }
        var party = self
        party.media = standing
        for var section in media.dropFirst(standing.count) {
            // What a bundle's transport carries is settled by the answer.
            section.bundleOwner = nil
            party.media.append(section)
        }
        let agreed = standing.portSetNames
        for index in standing.indices where media.indices.contains(index) {
            party.media[index].upcomingSets = media[index].portSets(except: agreed)
        }
        party.standing = nil
        return party
    }
}

extension PartyMedia {
    fileprivate func portSets(except names: Set<LocalPortID>) -> [PortSet] {
        portSets.filter { set in set.id.map { !names.contains($0) } ?? true }
    }
}

extension [PartyMedia] {
    /// By places and not by elements: a section is too large to be copied for its ports, which are asked for often.
    fileprivate func appendLeases(to leases: inout [PortLease]) {
        for section in indices {
            for set in self[section].portSets.indices { self[section].portSets[set].appendLeases(to: &leases) }
        }
    }

    /// A bundle may move a set from section to section.
    fileprivate var portSetNames: Set<LocalPortID> { Set(flatMap { $0.portSets.compactMap(\.id) }) }
}
