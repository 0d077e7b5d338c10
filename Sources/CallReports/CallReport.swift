public import Forwarding

/// All that is known of a call at one moment: what was signalled, what the ports have seen, how far checks and
/// handshakes are. A value without secrets; whoever explains or shows a call starts from here.
///
/// Instants are monotonic nanoseconds of the daemon's clock, 0 for never; ``takenNanoseconds`` is the moment itself.
public struct CallReport: Sendable, Equatable {
    /// The `call-id`.
    public var callID: String
    /// When the report was made.
    public var takenNanoseconds: UInt64
    /// The same moment in microseconds since the Unix epoch.
    public var takenMicroseconds: Int64
    /// When the call was created.
    public var createdNanoseconds: UInt64
    /// The last offer, answer or fragment.
    public var lastSignalNanoseconds: UInt64
    /// Free text of the proxy.
    public var metadata: String?
    /// An answer has been seen.
    public var isAnswered: Bool
    /// The end of the call was asked for, and is put off.
    public var isBeingDeleted: Bool
    /// When its end was asked for; 0 for never.
    public var deletionNanoseconds: UInt64
    /// All its media is to be dropped (`drop-traffic`).
    public var dropsTraffic: Bool
    /// Why the call ended; `nil` while it goes on.
    public var ending: String?
    /// In the order of their appearance.
    public var parties: [PartyReport]

    /// A report on a call of which nothing but its name is known.
    public init(callID: String, takenNanoseconds: UInt64, takenMicroseconds: Int64) {
        self.callID = callID
        self.takenNanoseconds = takenNanoseconds
        self.takenMicroseconds = takenMicroseconds
        createdNanoseconds = takenNanoseconds
        lastSignalNanoseconds = takenNanoseconds
        metadata = nil
        isAnswered = false
        isBeingDeleted = false
        deletionNanoseconds = 0
        dropsTraffic = false
        ending = nil
        parties = []
    }

    /// How long the call has lasted.
    public var ageNanoseconds: UInt64 { takenNanoseconds &- min(createdNanoseconds, takenNanoseconds) }

    /// The party with this number.
    public func party(_ number: UInt32) -> PartyReport? { parties.first { $0.number == number } }

    /// Time from an instant to the report; `nil` for an instant that never was.
    public func age(of nanoseconds: UInt64) -> UInt64? {
        nanoseconds == 0 ? nil : takenNanoseconds &- min(nanoseconds, takenNanoseconds)
    }
}

/// One party of a call.
public struct PartyReport: Sendable, Equatable {
    /// Its place in the order of appearance.
    public var number: UInt32
    /// The SIP tag; `nil` before an answer tells it.
    public var tag: String?
    /// The branch of the offer that made the party.
    public var viaBranch: String?
    /// The name given by the proxy.
    public var label: String?
    /// The party on the other side, by its number.
    public var peer: UInt32?
    /// An offer by or to the party, which would change what was agreed, waits for its answer. Sections show what was
    /// agreed.
    public var hasPendingOffer = false
    /// What the proxy has asked to keep back of what the party sends to its peer.
    public var suppression: MediaSuppression = []
    /// The media sections of the SDP.
    public var sections: [SectionReport]

    /// A party with its sections.
    public init(
        number: UInt32, tag: String?, viaBranch: String? = nil, label: String? = nil, peer: UInt32? = nil,
        sections: [SectionReport] = []
    ) {
        self.number = number
        self.tag = tag
        self.viaBranch = viaBranch
        self.label = label
        self.peer = peer
        self.sections = sections
    }
}
