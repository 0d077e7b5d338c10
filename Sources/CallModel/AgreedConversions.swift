public import Forwarding
import MediaFormats

/// What the relay converts between a party and the other side of an answer, section by section. It stands with the party
/// that answered, or was offered something that is still to be answered.
public struct AgreedConversions: Sendable, Equatable {
    /// The offerer, whose formats are on the other end.
    public var peer: PartyID
    /// Of what the party sends.
    public var sent: [Conversion]
    /// Of what `peer` sends.
    public var received: [Conversion]

    /// Between a party and `peer`; `nil` when nothing is to be converted.
    public init?(peer: PartyID, sent: [Conversion], received: [Conversion] = []) {
        guard !sent.isEmpty || !received.isEmpty else { return nil }
        self.peer = peer
        self.sent = sent
        self.received = received
    }
}

extension PartyMedia {
    /// Takes back what was agreed with `peer`, on this side of it.
    public mutating func endConversions(with peer: PartyID) {
        guard !transcodings.isEmpty else { return }
        transcodings.removeAll { $0.peer == peer }
    }

    /// Something is converted between the party and `peer`, on this side of it.
    public func hasConversions(with peer: PartyID) -> Bool {
        transcodings.contains { $0.peer == peer }
    }

    /// What becomes of packets of the party named `own` on their way to `peer`, whose section is `other`. A number that has
    /// come to mean something else since, to either side, is not converted.
    func conversions(of own: PartyID, to other: PartyMedia, of peer: PartyID) -> [Conversion] {
        guard !isRejected, !other.isRejected else { return [] }
        let agreed =
            transcodings.first { $0.peer == peer }?.sent ?? other.transcodings.first { $0.peer == own }?.received ?? []
        return agreed.filter { mayMean($0.source) && other.lists($0.target) }
    }

    /// Whether packets of the party with the number of `format` can be that: its document says so, or nothing else.
    private func mayMean(_ format: CodedFormat) -> Bool {
        formats.first { $0.payloadType == format.payloadType }?.mayBe(format) ?? true
    }

    /// Whether the party's document has `format`.
    private func lists(_ format: CodedFormat) -> Bool {
        formats.contains { $0.payloadType == format.payloadType && $0.mayBe(format) }
    }
}

extension PayloadFormat {
    /// It is that codec, or has no name.
    fileprivate func mayBe(_ format: CodedFormat) -> Bool {
        guard let encodingName else { return true }
        return clockRate == format.clockRate && channels == format.channels
            && CodedFormat.Encoding(encodingName: encodingName) == format.encoding
    }
}

extension Party {
    /// Something is converted between the party and another one, or was.
    var hasConversions: Bool {
        media.indices.contains { !media[$0].transcodings.isEmpty }
            || (standing?.contains { !$0.transcodings.isEmpty } ?? false)
    }

    /// Forgets what was agreed with a party that is gone.
    mutating func endConversions(with peer: PartyID) {
        guard hasConversions else { return }
        for index in media.indices { media[index].endConversions(with: peer) }
        for index in (standing ?? []).indices { standing?[index].endConversions(with: peer) }
    }
}

extension Call {
    /// How many sections of parties are converted on one of their ways, as packets see it: those of a pair count twice.
    public var convertedSections: Int {
        guard parties.indices.contains(where: { parties[$0].hasConversions }) else { return 0 }
        var count = 0
        for party in parties.indices {
            guard let peerID = peerInForce(of: party) ?? parties[party].listener, let place = place(of: peerID) else {
                continue
            }
            let (id, media, other) = (parties[party].id, parties[party].mediaInForce, parties[place].mediaInForce)
            for section in media.indices where other.indices.contains(section) {
                guard media[section].endpoint != nil, other[section].endpoint != nil else { continue }
                let isConverted =
                    !media[section].conversions(of: id, to: other[section], of: peerID).isEmpty
                    || !other[section].conversions(of: peerID, to: media[section], of: id).isEmpty
                if isConverted { count += 1 }
            }
        }
        return count
    }
}
