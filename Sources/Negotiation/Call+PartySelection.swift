public import CallModel

/// The names a message gives to the parties of its dialogue.
public struct DialogueTags: Sendable {
    /// Of the offerer, in answers too.
    public var from: String
    /// Of the answerer; may be missing in offers.
    public var to: String?
    /// `via-branch`: the SIP fork.
    public var viaBranch: String?

    /// Tags of one message.
    public init(from: String, to: String?, viaBranch: String?) {
        self.from = from
        self.to = to
        self.viaBranch = viaBranch
    }
}

extension Call {
    /// More forks than any dialogue has. Every message looks at all parties of its call.
    static let partyLimit = 64

    /// The parties that an offer is about, made where they are new, and associated (ng-protocol §3.2).
    public mutating func partiesOfOffer(
        _ tags: DialogueTags, _ options: PartyOptions, nowSeconds: Int64
    ) throws(NegotiationError) -> (offerer: PartyID, answerer: PartyID) {
        guard tags.from != tags.to else { throw .invalidDialogueAssociation }
        guard parties.count <= Call.partyLimit else { throw .tooManyParties }
        let offerer = party(tag: tags.from) ?? addParty(tag: tags.from, createdSeconds: nowSeconds)
        let answerer =
            answererOfOffer(by: offerer, tags)
            ?? addParty(tag: nil, viaBranch: tags.viaBranch, createdSeconds: nowSeconds)
        guard offerer != answerer else { throw .invalidDialogueAssociation }
        associate(offerer, answerer)
        // Within a dialogue; another branch of the first offer names nobody.
        if tags.to != nil { endForks() }
        note(options, about: offerer)
        return (offerer, answerer)
    }

    /// The party an offer goes to, as far as it is known already.
    private func answererOfOffer(by offerer: PartyID, _ tags: DialogueTags) -> PartyID? {
        let peer = self[offerer]?.peer
        if let to = tags.to {
            if let known = party(tag: to) { return known }
            // An unknown to-tag names nobody yet; whoever has another name already is somebody else.
            guard let peer, self[peer]?.tag == nil else { return nil }
            return peer
        }
        if let branch = tags.viaBranch {
            if let known = party(viaBranch: branch), known != offerer { return known }
            // The branch of a re-INVITE within a dialogue that began without one is not a new fork.
            guard let peer, self[peer]?.viaBranch == nil, self[peer]?.tag != nil else { return nil }
            return peer
        }
        return peer
    }

    /// The parties that an answer is about. The answerer is named by its tag, its branch, or as the peer of the
    /// offerer; a further tag for a party that has one becomes its alias, unless it is clearly another party.
    public mutating func partiesOfAnswer(
        _ tags: DialogueTags, to toTag: String, _ options: PartyOptions, nowSeconds: Int64
    ) throws(NegotiationError) -> (offerer: PartyID, answerer: PartyID) {
        guard tags.from != toTag else { throw .invalidDialogueAssociation }
        guard parties.count <= Call.partyLimit else { throw .tooManyParties }
        let offerer = party(tag: tags.from) ?? addParty(tag: tags.from, createdSeconds: nowSeconds)
        var answerer = party(tag: toTag)
        var former: PartyID?
        if answerer == nil, let candidate = candidateForAnswer(to: offerer, tags) {
            let isTagged = self[candidate]?.tag != nil
            let isOther = options.isNewBranch || (sawFinalReply && !options.isProvisional)
            if !isTagged || !isOther { answerer = candidate } else { former = candidate }
        }
        let id = answerer ?? addParty(tag: toTag, viaBranch: tags.viaBranch, createdSeconds: nowSeconds)
        guard id != offerer else { throw .invalidDialogueAssociation }
        if let former { moveMedia(from: former, to: id) }
        update(id) { $0.name(toTag) }
        associate(offerer, withBranch: id)
        isAnswered = true
        if options.sipMessageType == .reply, let code = options.sipCode, code >= 200 { sawFinalReply = true }
        if sawFinalReply { endForks() }
        note(options, about: id)
        return (offerer, id)
    }

    /// A new party that answers the offer of another one saw the same SDP: it sends to the ports that stood there, and
    /// its answer is measured by that offer. The other one gets ports of its own when it is heard of again.
    private mutating func moveMedia(from former: PartyID, to id: PartyID) {
        guard var party = self[former] else { return }
        update(id) { $0.takeMedia(of: &party) }
        self[former] = party
    }

    private func candidateForAnswer(to offerer: PartyID, _ tags: DialogueTags) -> PartyID? {
        if let branch = tags.viaBranch, let known = party(viaBranch: branch), known != offerer { return known }
        return self[offerer]?.peer
    }

    /// Names a party; whoever had the name before has it no longer.
    public mutating func setLabel(_ label: String, of id: PartyID) {
        for party in parties where party.label == label && party.id != id { update(party.id) { $0.label = nil } }
        update(id) { $0.label = label }
    }

    /// Takes what a message says about the sender of its SDP.
    private mutating func note(_ options: PartyOptions, about id: PartyID) {
        if let label = options.label { setLabel(label, of: id) }
        if let metadata = options.metadata { update(id) { $0.metadata = metadata } }
    }
}
