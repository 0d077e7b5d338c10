import CallModel
import Forwarding
import MediaFormats

extension Exchange {
    /// An option asks for packets of another length towards one side than the other one has.
    func isRepacketised(at index: Int) -> Bool {
        guard sender.media[index].askedPtime != nil || receiver.media[index].askedPtime != nil else { return false }
        return sender.media[index].packetMilliseconds != receiver.media[index].packetMilliseconds
    }

    /// What goes to the receiver of an offer may differ from what the offerer sends, whatever the answer says of it.
    func foreseesConversion(at index: Int) -> Bool {
        if receiver.media[index].askedPtime != nil || sender.media[index].askedPtime != nil { return true }
        guard let terms = receiver.media[index].codecTerms else { return false }
        return terms.foreseesConversion(to: receiver.media[index].offeredFormats ?? [])
    }

    /// Settles what is converted between the two sides of an answer.
    mutating func convert(_ formats: AgreedFormats, _ terms: CodecTerms?, at index: Int) {
        let convertsAll = terms?.convertsAll == true || isRepacketised(at: index)
        let fromAnswerer = FormatConversions(
            sent: formats.answererSends, accepted: formats.offererAccepts,
            packetMilliseconds: receiver.media[index].packetMilliseconds, convertsAll: convertsAll, terms: terms)
        let fromOfferer = FormatConversions(
            sent: formats.shown, accepted: formats.answererAccepts,
            packetMilliseconds: sender.media[index].packetMilliseconds, convertsAll: convertsAll, terms: terms)
        let sent = fromAnswerer.conversions
        let received = fromOfferer.conversions
        // Where speech goes on as it is, so do its events.
        guard (sent + received).contains(where: { $0.source.encoding != .telephoneEvent }) else { return }
        sender.media[index].transcoding = AgreedConversions(peer: receiver.id, sent: sent, received: received)
    }

    /// Who is offered codecs that the offerer does not have may send them before the answer.
    mutating func convertEarlyMedia(at index: Int) {
        guard receiver.media[index].endpoint == nil, let terms = receiver.media[index].codecTerms,
            let offered = receiver.media[index].offeredFormats
        else { return }
        let early = FormatConversions(
            sent: offered, accepted: terms.usable + terms.offer.filter(\.isSupplemental),
            packetMilliseconds: sender.media[index].packetMilliseconds, terms: terms)
        let sent = early.conversions
        guard sent.contains(where: { $0.source.encoding != .telephoneEvent }) else { return }
        receiver.media[index].transcoding = AgreedConversions(peer: sender.id, sent: sent)
    }
}

/// What the two sides of an answer may send and accept, by the numbers that they use.
struct AgreedFormats {
    /// What the offerer was told, and so sends.
    var shown: [PayloadFormat]
    /// What the offerer accepts: of what it was told, its own numbers and parameters.
    var offererAccepts: [PayloadFormat]
    /// What the answerer has named and was not taken away.
    var answererAccepts: [PayloadFormat]
    /// What the answerer has named, under its own numbers and, as it should be, those of the offer (RFC 3264 §6.1).
    var answererSends: [PayloadFormat]

    /// - Parameters:
    ///   - offer: the offerer's list.
    ///   - offered: what the answerer saw of it.
    ///   - answer: the answerer's list, and `accepted` what options left of it.
    ///   - shown: what the offerer sees of that.
    ///   - isAsymmetric: the two sides may have numbers of their own.
    init(
        offer: [PayloadFormat], offered: [PayloadFormat], answer: [PayloadFormat], accepted: [PayloadFormat],
        shown: [PayloadFormat], isAsymmetric: Bool
    ) {
        self.shown = shown
        offererAccepts = shown.map { format in
            offer.first { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
                ?? (isAsymmetric ? offer.first { $0.isSameCodec(as: format) } : nil) ?? format
        }
        answererAccepts = accepted.map { $0.named(by: offered) }
        answererSends = answer.map { $0.named(by: offered) }
        let others = offered.filter { format in
            answererSends.contains { $0.isSameCodec(as: format) && $0.payloadType != format.payloadType }
                && !answererSends.contains { $0.payloadType == format.payloadType }
        }
        answererSends += others
    }
}

extension PartyMedia {
    /// Milliseconds of speech in a packet towards the party: as an option asks, else as its own document does.
    fileprivate var packetMilliseconds: Int {
        askedPtime ?? ownPtime.flatMap { Int($0) } ?? FormatConversions.usualMilliseconds
    }
}
