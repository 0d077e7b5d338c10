public import SRTPKeying

/// SDES keys on one party's leg of a section (RFC 4568): what the party offered or answered and what it was told.
public struct SDESState: Sendable {
    /// The lines of the party's last document that were understood.
    public var remote: [SDESAttribute] = []
    /// The lines that the party was last told.
    public var local: [SDESAttribute] = []
    /// Tags of those of ``local`` that have keys of the relay's own; the others were passed on from another party.
    private var ownTags: Set<UInt32> = []
    /// `offerer_pref` of an offer, by suite name: which of its suites the party is answered with.
    public var preference: [String] = []
    /// `SDES=prefer` of an offer: SDES before DTLS when the party offers both.
    public var isPreferred = false
    /// What the party protects with, once agreed.
    public var receiving: SDESAttribute?
    /// What packets to the party are protected with, once agreed.
    public var sending: SDESAttribute?

    /// No SDES.
    public init() {}

    /// Keys were agreed with the party.
    public var isInUse: Bool { receiving != nil && sending != nil }

    /// Neither side has said or been told a key.
    public var isUntouched: Bool { remote.isEmpty && local.isEmpty && receiving == nil && sending == nil }

    /// Those of ``local`` that have keys of the relay's own.
    public var ownLines: [SDESAttribute] { local.filter { ownTags.contains($0.tag) } }

    /// Notes what the party is told; lines with a key of `passedOn` are not the relay's own.
    public mutating func tell(_ lines: [SDESAttribute], passedOn: [SDESAttribute]) {
        local = lines
        ownTags = []
        for line in lines where !passedOn.contains(where: { $0.masterKey == line.masterKey }) {
            ownTags.insert(line.tag)
        }
    }

    /// Forgets what was agreed.
    public mutating func end() {
        receiving = nil
        sending = nil
        local = []
    }
}
