import CallModel
import Forwarding
import MediaFormats

extension Exchange {
    /// Nothing that was agreed between the two holds for what is said now.
    mutating func endConversions(at index: Int) {
        sender.media[index].endConversions(with: receiver.id)
        receiver.media[index].endConversions(with: sender.id)
    }

    /// An option asks for packets of another length towards one side than the other one sends.
    func isRepacketised(at index: Int) -> Bool {
        repacketisesAnswerer(at: index) || repacketisesOfferer(at: index)
    }

    /// What the answerer sends has packets of another length than the offerer wants.
    private func repacketisesAnswerer(at index: Int) -> Bool {
        guard asksForPtime(at: index) else { return false }
        return sender.media[index].sentMilliseconds(asToldBy: receiver.media[index])
            != receiver.media[index].packetMilliseconds
    }

    /// What the offerer sends has packets of another length than the answerer wants.
    private func repacketisesOfferer(at index: Int) -> Bool {
        guard asksForPtime(at: index) else { return false }
        return receiver.media[index].sentMilliseconds(asToldBy: sender.media[index])
            != sender.media[index].packetMilliseconds
    }

    private func asksForPtime(at index: Int) -> Bool {
        sender.media[index].askedPtime != nil || receiver.media[index].askedPtime != nil
    }

    /// What goes to the receiver of an offer may differ from what the offerer sends, whatever the answer says of it; or it
    /// differs already.
    func foreseesConversion(at index: Int) -> Bool {
        if agreed(at: index, of: sender)?.hasConversions(with: receiver.id) == true
            || agreed(at: index, of: receiver)?.hasConversions(with: sender.id) == true
        {
            return true
        }
        if receiver.media[index].askedPtime != nil || sender.media[index].askedPtime != nil { return true }
        guard let terms = receiver.media[index].codecTerms else { return false }
        return terms.foreseesConversion(to: receiver.media[index].offeredFormats ?? [])
    }

    /// Settles what is converted between the two sides of an answer.
    mutating func convert(_ formats: AgreedFormats, _ terms: CodecTerms?, at index: Int) {
        let convertsAll = terms?.convertsAll == true
        let fromAnswerer = FormatConversions(
            sent: formats.answererSends, accepted: formats.offererAccepts,
            packetMilliseconds: receiver.media[index].packetMilliseconds,
            convertsAll: convertsAll || repacketisesAnswerer(at: index), terms: terms)
        let fromOfferer = FormatConversions(
            sent: formats.shown, accepted: formats.answererAccepts,
            packetMilliseconds: sender.media[index].packetMilliseconds,
            convertsAll: convertsAll || repacketisesOfferer(at: index), terms: terms)
        let sent = fromAnswerer.conversions
        let received = fromOfferer.conversions
        // Where speech goes on as it is, so do its events.
        guard (sent + received).contains(where: { $0.source.encoding != .telephoneEvent }),
            let agreed = AgreedConversions(peer: receiver.id, sent: sent, received: received)
        else { return }
        sender.media[index].transcodings.append(agreed)
    }

    /// Who is offered codecs that the offerer does not have may send them before the answer.
    mutating func convertEarlyMedia(at index: Int) {
        guard receiver.media[index].endpoint == nil, let terms = receiver.media[index].codecTerms,
            let offered = receiver.media[index].offeredFormats
        else { return }
        let early = FormatConversions(
            sent: offered.unrepeated,
            accepted: (terms.usable + terms.offer.filter(\.isSupplemental)).unrepeated,
            packetMilliseconds: sender.media[index].packetMilliseconds, terms: terms)
        let sent = early.conversions
        guard sent.contains(where: { $0.source.encoding != .telephoneEvent }),
            let agreed = AgreedConversions(peer: sender.id, sent: sent)
        else { return }
        receiver.media[index].transcodings.append(agreed)
    }
}

/// What the two sides of an answer may send and accept, by the numbers that they use.
struct AgreedFormats {
    /// What the offerer was told, and so sends.
    var shown: [PayloadFormat]
    /// What the offerer accepts, under its own numbers and parameters: what it was told, and what else it has offered.
    var offererAccepts: [PayloadFormat]
    /// What the answerer has named and was not taken away.
    var answererAccepts: [PayloadFormat]
    /// What the answerer has named, under its own numbers and, as it should be, those of the offer (RFC 3264 §6.1).
    var answererSends: [PayloadFormat]
    /// What options took out of the answer.
    private let taken: [PayloadFormat]

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
        // A list may name a number many times, and all are held against all.
        let (offer, offered, answer) = (offer.unrepeated, offered.unrepeated, answer.unrepeated)
        let (accepted, shown) = (accepted.unrepeated, shown.unrepeated)
        self.shown = shown
        taken = answer.filter { format in !accepted.contains(format) }
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

    /// Whoever offers a format is ready for it, told of it or not (RFC 3264 §6.1). Not so where an option keeps it from the
    /// offerer; and where the answer is a codec that was `isImposed`, no more than comfort noise goes along with that.
    mutating func addOffer(_ offer: [PayloadFormat], except ignored: CodecSelection, isImposed: Bool) {
        for format in offer.unrepeated where !isImposed || format.isComfortNoise {
            let isKnown = offererAccepts.contains { $0.payloadType == format.payloadType }
            if isKnown || ignored.names(format) || taken.contains(where: { $0.isSameCodec(as: format) }) { continue }
            offererAccepts.append(format)
        }
    }
}

extension PartyMedia {
    /// Milliseconds of speech in a packet towards the party: as an option asks, else as its own document does.
    fileprivate var packetMilliseconds: Int {
        askedPtime ?? milliseconds(ownPtime) ?? FormatConversions.usualMilliseconds
    }

    /// Milliseconds of speech in a packet of the party, which goes by what it was told: as an option asks, or as the other
    /// side's document does; else as it has once said itself.
    fileprivate func sentMilliseconds(asToldBy other: PartyMedia) -> Int {
        askedPtime ?? milliseconds(other.ownPtime) ?? milliseconds(ptime) ?? FormatConversions.usualMilliseconds
    }

    private func milliseconds(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.map { FormatConversions.possible($0) }
    }
}
