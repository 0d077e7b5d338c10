/// ICE on one party's leg of a section (RFC 8839): what the party announced and what it was told.
public struct ICEState: Sendable, Equatable {
    /// The party's credentials; `nil` when its SDP has no ICE.
    public var remote: Credentials?
    /// The texts of the party's `a=candidate` lines.
    public var remoteCandidates: [String] = []
    /// The party announced `ice-options:trickle`, or the relay did towards it.
    public var trickles = false
    /// The party announced `ice-options:ice2`.
    public var announcesICE2 = false
    /// The party is an `ice-lite` agent.
    public var isRemoteLite = false
    /// Credentials of the relay towards this party; kept over re-INVITEs.
    public var local: Credentials?
    /// The party asked for a restart: its next SDP gets new credentials. Until then the old ones hold, because the
    /// offer may yet be refused and media goes on meanwhile (RFC 8445 §9).
    public var isRestarting = false
    /// The relay is a lite agent towards this party.
    public var isLocalLite = false
    /// `reject-ICE`: the party gets no ICE in answers.
    public var isRejected = false
    /// Names the agent towards the party; one for the life of the section.
    public var agent: UInt64?
    /// The last SDP for the party carried ICE.
    public var isAnnounced = false

    /// No ICE.
    public init() {}

    /// `a=ice-ufrag` and `a=ice-pwd`.
    public struct Credentials: Sendable, Hashable {
        /// `a=ice-ufrag`
        public var usernameFragment: String
        /// `a=ice-pwd`
        public var password: String

        /// Credentials from their parts.
        public init(usernameFragment: String, password: String) {
            self.usernameFragment = usernameFragment
            self.password = password
        }
    }
}
