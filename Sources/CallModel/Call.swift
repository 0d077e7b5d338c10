public import Forwarding
public import NetTypes

/// One call: the parties that share a `call-id` and what they have told the relay. A value; whoever owns it serialises
/// access, and a change that fails half-way is dropped with its copy.
public struct Call: Sendable {
    /// The `call-id`, an octet text.
    public let id: String
    /// Microseconds since the Unix epoch at creation.
    public let createdMicroseconds: Int64
    /// The proxy that created the call.
    public let client: TransportAddress
    /// The media worker that owns every port of the call.
    public let worker: UInt16
    /// Seconds since the epoch of the last offer, answer or other signalling.
    public var lastSignalSeconds: Int64
    /// `metadata`, free text.
    public var metadata: String?
    /// TOS byte of everything the call sends.
    public var tos: UInt8
    /// `drop-traffic=start` was asked for.
    public var dropsTraffic = false
    /// What is kept back of what every party sends.
    public internal(set) var suppression: MediaSuppression = []
    /// An answer has been seen.
    public var isAnswered = false
    /// A final SIP reply (code 200 and above) was answered; further to-tags are new parties then (ng-protocol §3.2).
    public var sawFinalReply = false
    /// The parties in the order of their appearance.
    public private(set) var parties: [Party] = []
    private var nextPartyID: UInt32 = 0

    /// A call without parties.
    public init(
        id: String, createdMicroseconds: Int64, client: TransportAddress, worker: UInt16, tos: UInt8
    ) {
        self.id = id
        self.createdMicroseconds = createdMicroseconds
        self.client = client
        self.worker = worker
        self.tos = tos
        lastSignalSeconds = createdMicroseconds / 1_000_000
    }

    /// Adds a party; without a tag it stands for whoever will answer.
    public mutating func addParty(tag: String?, viaBranch: String? = nil, createdSeconds: Int64) -> PartyID {
        let id = PartyID(nextPartyID)
        nextPartyID &+= 1
        parties.append(Party(id: id, tag: tag, viaBranch: viaBranch, createdSeconds: createdSeconds))
        return id
    }

    // By places and not by elements: parties are too large to be copied for a look at them.

    /// Where the party named `id` stands in ``parties``.
    public func place(of id: PartyID) -> Int? {
        parties.indices.first { parties[$0].id == id }
    }

    /// The party named `id`. The setter ignores parties that were removed.
    public subscript(id: PartyID) -> Party? {
        get { place(of: id).map { parties[$0] } }
        set {
            guard let place = place(of: id), let newValue else { return }
            parties[place] = newValue
        }
    }

    /// Changes one party in place.
    public mutating func update<Failure: Error>(
        _ id: PartyID, _ change: (inout Party) throws(Failure) -> Void
    ) throws(Failure) {
        guard let place = place(of: id) else { return }
        try change(&parties[place])
    }

    /// Hands out the party at `place` in ``parties``, to be changed and put back. Meanwhile one of the same name that knows
    /// nothing stands there.
    public mutating func takeOut(_ place: Int) -> Party {
        var party = Party(id: parties[place].id, tag: nil, viaBranch: nil, createdSeconds: 0)
        swap(&party, &parties[place])
        return party
    }

    /// The party that has `tag`, as its main tag or an alias.
    public func party(tag: String) -> PartyID? {
        parties.indices.first { parties[$0].tag == tag || parties[$0].aliases.contains(tag) }.map { parties[$0].id }
    }

    /// The party named by `via-branch`.
    public func party(viaBranch: String) -> PartyID? {
        parties.indices.first { parties[$0].viaBranch == viaBranch }.map { parties[$0].id }
    }

    /// Associates two parties as offerer and answerer. Media flows between them from now on; whom each was associated
    /// with before stays known, as a fork of the same offer may be heard of again.
    public mutating func associate(_ first: PartyID, _ second: PartyID) {
        for id in [first, second] {
            if let former = peer(of: id), former != first, former != second {
                update(former) { $0.peer = nil }
            }
        }
        update(first) { $0.associate(with: second) }
        update(second) { $0.associate(with: first) }
    }

    /// Associates an offerer with one of the branches of its offer, which answers. While several ring, all of them are
    /// heard: an announcement goes on when another phone only says that it rings.
    public mutating func associate(_ offerer: PartyID, withBranch branch: PartyID) {
        let former = peer(of: offerer).flatMap(place)
        let isFork = former.map { parties[$0].viaBranch != nil && parties[$0].hasAgreed } ?? false
        associate(offerer, branch)
        guard let former, isFork, parties[former].id != branch, self[branch]?.viaBranch != nil else { return }
        parties[former].listener = offerer
    }

    /// One branch is left of every offer: who rang beside it is heard no longer.
    public mutating func endForks() {
        for place in parties.indices { parties[place].listener = nil }
    }

    /// The other side of a party.
    public func peer(of id: PartyID) -> PartyID? { place(of: id).flatMap { parties[$0].peer } }

    /// The tag of a party; `nil` before an answer names it.
    public func tag(of id: PartyID) -> String? { place(of: id).flatMap { parties[$0].tag } }

    /// The names of all local ports of the call.
    public var ports: [LocalPortID] {
        var ports: [LocalPortID] = []
        ports.reserveCapacity(parties.count * 2)
        for place in parties.indices { parties[place].appendPorts(to: &ports) }
        return ports
    }

    /// The party and those whom ``remove(_:)`` takes along with it; empty for one that is not there.
    public func parties(goingWith id: PartyID) -> [PartyID] {
        guard let place = place(of: id) else { return [] }
        var going = [id]
        for other in parties[place].associates {
            guard let place = self.place(of: other), parties[place].associates.allSatisfy({ $0 == id }) else {
                continue
            }
            going.append(other)
        }
        return going
    }

    /// Takes a party out, with every party that has no association left because of it (ng-protocol §3.5). Returns the
    /// parties removed. A party that loses its peer returns to the one it was associated with before.
    public mutating func remove(_ id: PartyID) -> [Party] {
        guard let party = self[id] else { return [] }
        var removed = [party]
        parties.removeAll { $0.id == id }
        for other in party.associates {
            update(other) { $0.dissociate(from: id) }
            guard let left = self[other], left.peer == nil else { continue }
            if left.associates.isEmpty {
                removed.append(left)
                parties.removeAll { $0.id == other }
            } else if let former = left.associates.last(where: { self[$0]?.peer == nil }) {
                associate(other, former)
            }
        }
        for party in removed {
            for place in parties.indices { parties[place].endConversions(with: party.id) }
        }
        return removed
    }
}

/// Names a party inside its call.
public struct PartyID: Hashable, Sendable, BitwiseCopyable {
    /// Order of appearance in the call.
    public let number: UInt32

    /// The party that appeared as the `number`-th.
    public init(_ number: UInt32) {
        self.number = number
    }
}
