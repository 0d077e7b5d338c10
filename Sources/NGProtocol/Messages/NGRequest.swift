public import Bencode
public import Negotiation

/// One request, freed of the protocol's many spellings.
///
/// A key is `nil` when it was absent or had the wrong type. Identifiers are octet text (see `String(octets:)`).
public struct NGRequest: Sendable, Equatable {
    /// What to do.
    public var command: NGCommand
    /// `call-id`.
    public var callID: String?
    /// `from-tag`: the party whose SDP is in an offer, or the selected party.
    public var fromTag: String?
    /// `to-tag`: the other party.
    public var toTag: String?
    /// `via-branch`.
    public var viaBranch: String?
    /// The SDP body as received.
    public var sdp: [UInt8]?
    /// Everything else that is understood.
    public var options = SignallingOptions()
    /// The client understands `result` = `load limit` (ng-protocol §2).
    public var supportsLoadLimit = false
    /// `limit` of the command `list`.
    public var listLimit = ListLimit.standard
    /// The request as it came in, for commands with keys of their own.
    public var dictionary: BencodeDictionary

    /// How many call-ids `list` may return.
    public enum ListLimit: Sendable, Equatable {
        /// Not given, or not a number: 32.
        case standard
        /// Zero or more.
        case count(Int)
        /// An error.
        case negative
    }

    /// A request with nothing but a command.
    public init(command: NGCommand, dictionary: BencodeDictionary = BencodeDictionary()) {
        self.command = command
        self.dictionary = dictionary
    }
}
