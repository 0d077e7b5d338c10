public import Forwarding
public import NetTypes

/// One participant of a call: a SIP tag with its media ("monologue" in ng documents, half of a dialogue).
public struct Party: Sendable {
    /// Name inside the call.
    public let id: PartyID
    /// The SIP tag; `nil` until an answer names the party.
    public var tag: String?
    /// Other tags that mean this party, oldest first.
    public var aliases: [String] = []
    /// `via-branch` of the offer that made the party.
    public var viaBranch: String?
    /// Free name that commands select the party by.
    public var label: String?
    /// `metadata` of the party's own messages.
    public var metadata: String?
    /// Seconds since the epoch at its appearance.
    public var createdSeconds: Int64
    /// The other side of the offer/answer dialogue.
    public var peer: PartyID?
    /// Every party that this one was the other side of, the most recent last: the branches of a forked call.
    public private(set) var associates: [PartyID] = []
    /// Who goes on hearing this party, although another branch of the same offer has answered since.
    public internal(set) var listener: PartyID?
    /// The logical interface facing this party.
    public var interface: String?
    /// Address family of the local addresses this party is told.
    public var family: IPAddress.Family?
    /// The media sections, in SDP order.
    public var media: [PartyMedia] = []
    /// The sections as they were agreed, while an offer that would change them waits for its answer.
    public var standing: [PartyMedia]?
    /// ``interface`` and ``family`` as they were agreed, to go with ``standing``.
    var standingInterface: String?
    var standingFamily: IPAddress.Family?
    /// Some offer by or to the party was answered.
    public internal(set) var hasAgreed = false
    /// What is kept back of what the party sends, besides what is of all parties.
    public internal(set) var suppression: MediaSuppression = []
    /// What is kept back of what it sends to one other party.
    var suppressedFlows: [PartyID: MediaSuppression] = [:]
    /// What earlier SDP documents sent to this party said, as far as later ones must agree with it.
    public var sent = SentDescription()

    init(id: PartyID, tag: String?, viaBranch: String?, createdSeconds: Int64) {
        self.id = id
        self.tag = tag
        self.viaBranch = viaBranch
        self.createdSeconds = createdSeconds
    }

    /// The local ports of a section, wherever its bundle puts them.
    public func ports(at index: Int) -> PortSet? {
        media.ports(at: index)
    }

    /// Takes the place of `former` in its dialogue: sections, ports and what was agreed.
    public mutating func takeMedia(of former: inout Party) {
        media = former.media
        interface = former.interface
        family = former.family
        standing = former.standing
        standingInterface = former.standingInterface
        standingFamily = former.standingFamily
        hasAgreed = former.hasAgreed
        former.standing = nil
        former.hasAgreed = false
        for index in former.media.indices {
            former.media[index].portSets = []
            former.media[index].ice = ICEState()
            former.media[index].dtls = DTLSState()
            former.media[index].sdes = SDESState()
        }
    }

    /// Makes `other` the other side.
    mutating func associate(with other: PartyID) {
        guard peer != other || associates.last != other else { return }
        dissociate(from: other)
        associates.append(other)
        peer = other
        listener = nil
    }

    /// Forgets `other`.
    mutating func dissociate(from other: PartyID) {
        associates.removeAll { $0 == other }
        if peer == other { peer = nil }
    }

    /// More tags than any party has had; the oldest beyond them is forgotten.
    static let aliasLimit = 64

    /// Gives the party a tag. A tag it had before becomes an alias; an alias used again stays one.
    public mutating func name(_ newTag: String) {
        guard tag != newTag, !aliases.contains(newTag) else { return }
        if let tag { aliases.append(tag) }
        if aliases.count > Party.aliasLimit { aliases.removeFirst() }
        tag = newTag
    }
}

extension [PartyMedia] {
    /// The local ports of a section of a party, wherever its bundle puts them.
    func ports(at index: Int) -> PortSet? {
        guard indices.contains(index) else { return nil }
        guard let owner = self[index].bundleOwner, indices.contains(owner) else { return self[index].portSets.last }
        return self[owner].portSets.last
    }
}

/// Memory of the session-level lines that a party was sent, for the `replace` options (sdp-behaviour §5).
public struct SentDescription: Sendable {
    /// `o=` user name and session id first sent.
    public var username: String?
    /// `o=` session id first sent.
    public var sessionID: String?
    /// `IN <addrtype> <address>` of the `o=` first sent, for `origin-full`.
    public var originLocation: String?
    /// `s=` first sent.
    public var sessionName: String?
    /// Version last written by us, while we count versions ourselves.
    public var version: UInt64?
    /// The last body without its version, to see whether a new one differs.
    public var lastBody: [UInt8] = []

    /// Nothing was sent yet.
    public init() {}
}
