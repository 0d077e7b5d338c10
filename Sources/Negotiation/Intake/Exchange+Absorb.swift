import CallModel
import NetTypes
import SDP
import SRTPKeying

extension Exchange {
    /// Takes what the sender says of itself into its side of the section.
    mutating func absorb(
        _ intake: SectionIntake, at index: Int, usesSIPSource: Bool, acceptsLoopback: Bool,
        listeners: OwnListeners
    ) throws(NegotiationError) {
        guard let connection = intake.connection else { throw .incompleteDescription }
        // A zero address means the same wherever the message came from.
        let source = connection.address.isUnspecified ? nil : try sipSource(usesSIPSource: usesSIPSource)
        let address = source ?? connection.address
        // The source of the SIP message stands for every address in the SDP, `a=rtcp` included.
        let rtcpAddress = source ?? intake.rtcpAddress ?? address
        // Packets to this very host would reach its other services, the control socket among them. Nothing is sent to
        // port 0, and unlike a party without endpoint this one has spoken.
        func endpoint(_ address: IPAddress, _ port: UInt16) -> TransportAddress {
            let isOpen =
                (acceptsLoopback || !address.isLoopback) && !listeners.contains(TransportAddress(address, port))
            return TransportAddress(address, isOpen ? port : 0)
        }
        var media = sender.media[index]
        let formerFamily = media.endpoint?.address.family
        media.isRejected = false
        absorb(ice: intake.security, into: &media)
        absorb(dtls: intake.security, into: &media)
        absorb(sdes: intake.security, into: &media, offererAt: index)
        // A zero address with port 9 is a browser that will trickle its candidates, not a hold (RFC 8840 §4.1).
        let isTrickling = media.ice.remote != nil && intake.description.port == 9
        media.isHeld = connection.address.isUnspecified && !isTrickling
        media.endpoint = endpoint(address, intake.description.port)
        media.rtcpEndpoint = endpoint(rtcpAddress, intake.rtcpPort ?? (intake.description.port &+ 1))
        if !media.isHeld, media.learningEndpoint != media.endpoint || options.transport.resets {
            media.learningEpoch &+= 1
            media.learningEndpoint = media.endpoint
        }
        media.direction = intake.direction ?? .sendrecv
        media.formats = intake.formats
        media.formatTexts = intake.description.formats
        // One packet time for both directions, until somebody names another one.
        media.ptime = intake.ptime ?? media.ptime
        media.ownPtime = intake.ptime
        receiver.media[index].ptime = intake.ptime ?? receiver.media[index].ptime
        media.announcesMux = intake.announcesMux
        media.hasExtensions = !intake.extensions.isEmpty
        media.announcesMixedExtensions = intake.allowsMixedExtensions
        media.midExtensionID = intake.extensions.first { $0.uri == SectionIntake.midExtension }?.id
        if mode == .offer {
            let masked = options.rewriting.maskedExtensions
            media.maskedExtensions = intake.extensions.filter { masked.contains("all") || masked.contains($0.uri) }
                .map(\.text)
        }
        let addressing = options.addressing
        media.isAsymmetric = addressing.isAsymmetric
        media.isStrictSource = addressing.isStrictSource
        media.isMediaHandover = addressing.isMediaHandover
        media.isUnidirectional = addressing.isUnidirectional
        media.learning = addressing.learning ?? media.learning
        media.hasFeedback = !intake.feedback.isEmpty
        if let generates = options.rtcp.generatesReports {
            media.generatesRTCP = generates
            receiver.media[index].generatesRTCP = generates
        }
        if let echo = options.media.echo {
            media.echoes = echo == .backward || echo == .both
            receiver.media[index].echoes = echo == .forward || echo == .both
        }
        sender.media[index] = media
        receiver.media[index].isRejected = false
        if !isFamilySettled, !address.isUnspecified || sender.family == nil {
            // Where it was named beside the party's first offer the party's own address does not count.
            if mode == .answer || formerFamily != nil || sender.family == nil { sender.family = address.family }
            isFamilySettled = !address.isUnspecified
        }
    }

    // What follows changes nothing of the exchange: `mutating` spares copies of it.

    /// Takes in credentials and candidates. New credentials restart ICE with this party: it gets new ones in return.
    private mutating func absorb(ice security: SecurityIntake, into media: inout PartyMedia) {
        let credentials = security.credentials
        // An answer to an offer without ICE cannot begin it.
        if mode == .answer, !media.ice.isAnnounced {
            media.ice.remote = nil
            return
        }
        let restarts = media.ice.remote != nil && credentials != nil && media.ice.remote != credentials
        if restarts || options.transport.resets {
            media.ice.isRestarting = true
            // Who names its associations has a say in them; anybody else gets a new name (sdp-behaviour §11).
            if security.tlsID == nil { media.dtls.localID = nil }
        }
        media.ice.remote = credentials
        media.ice.remoteCandidates = security.candidates
        media.ice.trickles = security.iceOptions.contains("trickle")
        media.ice.announcesICE2 = security.iceOptions.contains("ice2")
        media.ice.isRemoteLite = session.isLite
        if mode == .offer {
            media.ice.isRejected = options.ice.rejects
            if let lite = options.ice.lite { media.ice.isLocalLite = lite == .backward || lite == .both }
        }
    }

    /// Takes in fingerprint and role. The role of the relay follows: what `a=setup` leaves open is the offer's
    /// `DTLS=` to decide, and stays as it is while the association lasts; once passive it stays so for good
    /// (sdp-behaviour §12).
    private mutating func absorb(dtls security: SecurityIntake, into media: inout PartyMedia) {
        let former = media.dtls
        let isOther = former.isReplaced(by: security)
        if isOther {
            media.dtls.association &+= 2
            // Its name on our side: an offer of ours has said it already where this is an answer.
            if mode == .offer { media.dtls.localID = nil }
        }
        media.dtls.remoteID = security.tlsID
        media.dtls.remoteFingerprint = security.fingerprint
        media.dtls.remoteSetup = security.setup
        // Answers speak the offerer's hash; but what a party was told once it is told again, as another hash would look
        // like another certificate.
        let wasTold = sender.hasAgreed && former.isInUse && former.hash != nil
        if mode == .offer, !wasTold { media.dtls.hash = security.fingerprint?.hash ?? media.dtls.hash }
        media.dtls.isUndecided = mode == .answer && security.setup == .actpass
        if mode == .offer, let role = options.dtls.role {
            media.dtls.wishedRole = role == .passive ? .passive : .active
        }
        switch (security.setup, mode) {
        case (.active, _): media.dtls.role = .passive
        case (.passive, _): media.dtls.role = .active
        case (.actpass, .offer):
            let goesOn = sender.hasAgreed && !isOther && former.role != nil
            if media.dtls.role != .passive, !goesOn {
                let isPassive = media.dtls.wishedRole.map { $0 == .passive } ?? prefersPassiveDTLS
                media.dtls.role = isPassive ? .passive : .active
            }
        default: break
        }
    }

    /// Takes in keys. An answer settles them: the answerer protects with its own line, and is sent to with the line
    /// of ours that it names by its tag.
    private mutating func absorb(sdes security: SecurityIntake, into media: inout PartyMedia, offererAt index: Int) {
        media.sdes.remote = security.keys
        switch mode {
        case .offer:
            // What is not to be offered is not to be accepted either; of nothing else, the first.
            let accepted = security.keys.filter { options.sdes.allows($0.suite) }
            media.sdes.remote = accepted.isEmpty ? Array(security.keys.prefix(1)) : accepted
            media.sdes.preference = options.sdes.offererPreference
            media.sdes.isPreferred = options.sdes.isPreferred
            media.keyings = .init(dtls: media.dtls.isOffered, sdes: !security.keys.isEmpty)
        case .answer:
            guard let line = security.keys.first, !(media.dtls.isAnnounced && media.dtls.isOffered),
                let own = media.sdes.local.first(where: { $0.tag == line.tag && $0.suite == line.suite })
                    ?? media.sdes.local.first(where: { $0.suite == line.suite })
                    // A suite that the relay's options had taken out: the offerer's own key is the one left to use.
                    ?? receiver.media[index].sdes.remote.first(where: { $0.suite == line.suite })
            else {
                let offered = media.sdes.local
                media.sdes.end()
                if media.dtls.isInUse {
                    // The keys nobody used are as good in the next offer.
                    media.sdes.local = offered
                } else {
                    media.keyings.remove(.dtls)
                }
                return
            }
            media.keyings = .sdes
            media.sdes.receiving = line
            media.sdes.sending = own
        }
    }

    /// The SIP message's source, where media goes to it instead of the SDP's address.
    private mutating func sipSource(usesSIPSource: Bool) throws(NegotiationError) -> IPAddress? {
        if let received = options.addressing.receivedFrom {
            return options.addressing.usesSIPSourceAddress ?? usesSIPSource ? received : nil
        }
        // Asked for in this very message, there must be something to use; as a rule of the daemon it is a preference.
        if options.addressing.usesSIPSourceAddress == true { throw .incompleteDescription }
        return nil
    }
}

extension DTLSState {
    /// Another certificate, another or vanished name, or the other role is another association (RFC 8842 §5.1, §5.5).
    /// An ICE restart by itself is none: the association goes on over the new pair.
    fileprivate func isReplaced(by security: SecurityIntake) -> Bool {
        if remoteFingerprint != security.fingerprint { return true }
        if let remoteID, remoteID != security.tlsID { return true }
        switch (security.setup, role) {
        case (.active, .active), (.passive, .passive): return remoteFingerprint != nil
        default: return false
        }
    }
}
