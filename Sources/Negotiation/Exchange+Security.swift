import CallModel
import SDP

extension Exchange {
    /// Whether the receiver is shown ICE for a section, and as which kind of agent the relay appears.
    mutating func decideICE(at index: Int) {
        let policy = options.ice.policy
        switch mode {
        case .offer:
            receiver.media[index].ice.isAnnounced = ICENegotiation.announcesInOffer(
                policy, hasICE: legHasICE(at: index))
            if let lite = options.ice.lite {
                receiver.media[index].ice.isLocalLite = lite == .forward || lite == .both
            }
            if options.ice.trickles { receiver.media[index].ice.trickles = true }
            if options.transport.resets { receiver.media[index].ice.local = nil }
        case .answer:
            receiver.media[index].ice.isAnnounced = ICENegotiation.announcesInAnswer(
                policy, receiver.media[index].ice)
        }
    }

    /// Whether an offer carries ICE as long as no option says otherwise: like what the receiver has said, or was offered
    /// before it rejected the section, else like what the sender says.
    private func legHasICE(at index: Int) -> Bool {
        if !options.transport.resets {
            if receiver.media[index].endpoint != nil { return receiver.media[index].ice.remote != nil }
            if let agreed = agreed(at: index, of: receiver), agreed.isRejected, agreed.wasOffered {
                return agreed.ice.isAnnounced
            }
        }
        return sender.media[index].ice.remote != nil
    }

    /// Which ways of keying the receiver is shown for a section: in an offer with a secure profile those that the leg
    /// has, else those that are not switched off; in an answer the one of its own offer that nothing took away
    /// (RFC 5763 §5).
    mutating func decideKeying(at index: Int) {
        switch mode {
        case .offer:
            let isSecure = receiver.media[index].isSecure
            let offersOSRTP = !isSecure && offersOSRTP(at: index)
            receiver.media[index].wasOfferedOSRTP = offersOSRTP
            if !isSecure, !offersOSRTP {
                receiver.media[index].keyings = []
            } else {
                receiver.media[index].keyings = offeredKeyings(
                    to: receiver.media[index], legGoesOn: legGoesOn(at: index))
            }
            receiver.media[index].dtls.isAnnounced = receiver.media[index].keyings.contains(.dtls)
            if receiver.media[index].dtls.isAnnounced, !legGoesOn(at: index) || receiver.media[index].dtls.hash == nil {
                receiver.media[index].dtls.hash = options.dtls.fingerprintHash ?? "sha-256"
            }
        case .answer:
            let prefersSDES =
                receiver.media[index].sdes.isPreferred && !receiver.media[index].sdes.remote.isEmpty
            receiver.media[index].dtls.isAnnounced =
                answersSecurely(at: index) && receiver.media[index].dtls.isOffered && !prefersSDES
        }
    }

    /// The ways of keying for an offer in which there are to be keys. What a leg has goes on, but for what is switched
    /// off and not the only one.
    private func offeredKeyings(to media: PartyMedia, legGoesOn: Bool) -> PartyMedia.Keyings {
        let wanted = PartyMedia.Keyings(dtls: !options.dtls.isOff, sdes: !options.sdes.isOff)
        guard legGoesOn, !options.transport.resets, !media.keyings.isEmpty else { return wanted }
        let left = media.keyings.intersection(wanted)
        return left.isEmpty ? media.keyings : left
    }

    /// An offer in a plain profile that carries keys is passed on as one, unless its profile was asked for; or is made
    /// one by `OSRTP=offer` (RFC 8643, sdp-behaviour §14). As with profiles, each leg goes on as it is while the sender
    /// does: keys in use are offered again, and keys that were declined are once more to be taken or declined.
    private func offersOSRTP(at index: Int) -> Bool {
        if options.osrtp.offersRFC { return true }
        guard case nil = options.transport.profile else { return false }
        let speaksOSRTP = sender.media[index].speaksOSRTP
        if let former = agreed(at: index, of: sender), former.endpoint != nil, former.speaksOSRTP == speaksOSRTP,
            let leg = agreed(at: index, of: receiver), leg.endpoint != nil
        {
            // Keys of a secure profile are gone with it.
            let isKeyed = !leg.isSecure && (leg.sdes.isInUse || leg.dtls.isInUse)
            return isKeyed || (speaksOSRTP && leg.wasOfferedOSRTP)
        }
        return speaksOSRTP
    }

    /// Whether an answer carries keys: always in a secure profile; in a plain one when the offerer offered them and
    /// the answerer took them, was never asked, or `OSRTP=accept` takes them in its place.
    func answersSecurely(at index: Int) -> Bool {
        if receiver.media[index].isSecure { return true }
        guard case nil = options.transport.profile else { return false }
        let took = sender.media[index].sdes.isInUse || sender.media[index].dtls.isInUse
        return took || options.osrtp.acceptsRFC || !sender.media[index].wasOfferedOSRTP
    }

    /// What an offer that was never answered told the receiver of a section. The answer may be to that one.
    func supersededOffer(at index: Int) -> PartyMedia? {
        supersededReceiver.indices.contains(index) ? supersededReceiver[index] : nil
    }

    /// The party's section as it was before this offer.
    func agreed(at index: Int, of party: Party) -> PartyMedia? {
        party.standing.flatMap { $0.indices.contains(index) ? $0[index] : nil }
    }

    /// Takes what new credentials are needed from the unanswered offer, if it had new ones.
    func reuseTokens(_ media: inout PartyMedia, at index: Int) {
        guard let offered = supersededOffer(at: index) else { return }
        let agreed = agreed(at: index, of: receiver)
        if media.ice.local == nil, offered.ice.local != agreed?.ice.local { media.ice.local = offered.ice.local }
        if media.dtls.localID == nil, offered.dtls.localID != agreed?.dtls.localID {
            media.dtls.localID = offered.dtls.localID
        }
    }

    /// The section's profile is an encrypted one.
    func isSecure(_ media: PartyMedia) -> Bool { media.isSecure }
}

extension PartyMedia {
    /// The section's profile is an encrypted one.
    fileprivate var isSecure: Bool { transportKind.profile?.isSecure == true }

    /// Nothing is agreed, told or asked for on this leg that would need credentials, names or keys.
    fileprivate var isBare: Bool {
        !ice.isAnnounced && !ice.isRestarting && !dtls.isAnnounced && bundleOwner == nil && !isBundleAnnounced
            && !keyings.contains(.sdes) && sdes.isUntouched
    }

    /// The party's last document has keys in a plain profile.
    fileprivate var speaksOSRTP: Bool { !isSecure && (!sdes.remote.isEmpty || dtls.isOffered) }
}

extension Negotiator {
    /// Makes the credentials and identifiers that a section needs and does not have yet.
    func makeTokens(at index: Int, in exchange: inout Exchange) {
        if exchange.receiver.media[index].isBare, !exchange.supersededReceiver.indices.contains(index) { return }
        var media = exchange.receiver.media[index]
        var generator = EnvironmentGenerator(environment: environment)
        if media.ice.isRestarting { media.ice.local = nil }
        media.ice.isRestarting = false
        // One transport has one set of credentials, and an offered bundle shares the ICE ones from the start.
        if let owner = media.bundleOwner {
            media.ice.local = exchange.receiver.media[owner].ice.local
            media.dtls.localID = exchange.receiver.media[owner].dtls.localID
            media.dtls.role = exchange.receiver.media[owner].dtls.role
        } else if media.isBundleAnnounced,
            let first = exchange.receiver.media.firstIndex(where: \.isBundleAnnounced), first < index
        {
            media.ice.local = exchange.receiver.media[first].ice.local ?? media.ice.local
        }
        if exchange.mode == .offer { exchange.reuseTokens(&media, at: index) }
        if media.ice.isAnnounced, media.ice.local == nil {
            media.ice.local = ICEState.Credentials(
                usernameFragment: TokenMaker.iceText(8) { generator.next() },
                password: TokenMaker.iceText(26) { generator.next() })
        }
        if media.ice.isAnnounced, media.ice.agent == nil { media.ice.agent = generator.next() }
        if media.dtls.isAnnounced, media.dtls.localID == nil {
            media.dtls.localID = TokenMaker.hexText(32) { generator.next() }
        }
        if media.dtls.isAnnounced, media.dtls.certificate == nil {
            // Sections that may share a transport must not differ in it.
            let known = exchange.receiver.media.lazy.compactMap(\.dtls.certificate).first
            media.dtls.certificate = known ?? environment.certificate
        }
        switch exchange.mode {
        case .offer: makeOfferedKeys(&media, at: index, &exchange, &generator)
        case .answer: makeAnsweredKey(&media, at: index, &exchange, &generator)
        }
        exchange.receiver.media[index] = media
    }

    // The exchange is only read, and large: `inout` spares a copy of it.
    private func makeOfferedKeys(
        _ media: inout PartyMedia, at index: Int, _ exchange: inout Exchange,
        _ generator: inout EnvironmentGenerator<Environment>
    ) {
        guard media.keyings.contains(.sdes) else {
            media.sdes.local = []
            return
        }
        let received = exchange.sender.media[index].sdes.remote
        let inUse = media.sdes.isInUse ? media.sdes.sending : nil
        let lines = SDESNegotiation.offer(
            from: received, inUse: inUse,
            unanswered: exchange.supersededOffer(at: index)?.sdes.ownLines ?? (inUse == nil ? media.sdes.ownLines : []),
            exchange.options.sdes, passesKeys: !exchange.foreseesConversion(at: index), using: &generator)
        media.sdes.tell(lines, passedOn: received + (inUse.map { [$0] } ?? []))
    }

    private func makeAnsweredKey(
        _ media: inout PartyMedia, at index: Int, _ exchange: inout Exchange,
        _ generator: inout EnvironmentGenerator<Environment>
    ) {
        let answerer = exchange.sender.media[index].sdes
        guard exchange.answersSecurely(at: index), !media.dtls.isAnnounced,
            let answer = SDESNegotiation.answer(
                to: media.sdes.remote, from: answerer.isInUse ? answerer.receiving : nil, inUse: media.sdes.sending,
                preference: media.sdes.preference,
                passesKeys: !exchange.sender.media[index].hasConversions(with: exchange.receiver.id),
                using: &generator)
        else {
            media.sdes.end()
            if media.dtls.isAnnounced { media.keyings = .dtls }
            return
        }
        media.keyings = .sdes
        media.sdes.tell([answer.told], passedOn: [answer.told])
        media.sdes.sending = answer.told
        media.sdes.receiving = answer.accepted
    }
}
