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
    /// What becomes of packets of the party named `own` on their way to `peer`, whose section is `other`.
    func conversions(of own: PartyID, to other: PartyMedia, of peer: PartyID) -> [Conversion] {
        guard !isRejected, !other.isRejected else { return [] }
        if let transcoding, transcoding.peer == peer { return transcoding.sent }
        if let transcoding = other.transcoding, transcoding.peer == own { return transcoding.received }
        return []
    }

    /// Whether packets of the party with the number of `format` can be that: its document says so, or nothing else.
    func mayMean(_ format: CodedFormat) -> Bool {
        guard let own = formats.first(where: { $0.payloadType == format.payloadType }), let name = own.encodingName
        else { return true }
        return own.clockRate == format.clockRate && CodedFormat.Encoding(encodingName: name) == format.encoding
    }
}
