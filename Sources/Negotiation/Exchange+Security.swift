import CallModel
import SDP

extension Exchange {
    /// Whether the receiver is shown ICE for a section, and as which kind of agent the relay appears.
    mutating func decideICE(at index: Int) {
        let policy = options.ice.policy
        switch mode {
        case .offer:
            receiver.media[index].ice.isAnnounced = ICENegotiation.announcesInOffer(
                policy, senderHasICE: sender.media[index].ice.remote != nil)
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

    /// Whether the receiver is shown DTLS for a section (RFC 5763 §5): in an offer with a secure profile unless it is
    /// switched off, in an answer when its own offer had it and the profile was not taken from it.
    mutating func decideDTLS(at index: Int) {
        guard TransportKind(receiver.media[index].transport).profile?.isSecure == true else {
            receiver.media[index].dtls.isAnnounced = false
            return
        }
        switch mode {
        case .offer:
            receiver.media[index].dtls.isAnnounced = !options.dtls.isOff
            receiver.media[index].dtls.hash = options.dtls.fingerprintHash ?? "sha-256"
        case .answer:
            receiver.media[index].dtls.isAnnounced = receiver.media[index].dtls.isOffered
        }
    }
}

extension Negotiator {
    /// Makes the credentials and identifiers that a section needs and does not have yet.
    func makeTokens(at index: Int, in exchange: inout Exchange) {
        var media = exchange.receiver.media[index]
        var generator = environment
        if media.ice.isAnnounced, media.ice.local == nil {
            media.ice.local = ICEState.Credentials(
                usernameFragment: TokenMaker.iceText(8) { generator.random() },
                password: TokenMaker.iceText(26) { generator.random() })
        }
        if media.dtls.isAnnounced, media.dtls.localID == nil {
            media.dtls.localID = TokenMaker.hexText(32) { generator.random() }
        }
        exchange.receiver.media[index] = media
    }
}
