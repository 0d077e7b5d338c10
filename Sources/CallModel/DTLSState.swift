public import Forwarding

/// DTLS-SRTP on one party's leg of a section (RFC 5763): what the party announced and what it was told.
public struct DTLSState: Sendable, Equatable {
    /// The party's first fingerprint with a known hash; `nil` when it does not offer DTLS.
    public var remoteFingerprint: Fingerprint?
    /// The party's `a=setup`.
    public var remoteSetup: Setup?
    /// `DTLS=passive` or `active` of an offer: the relay's role in the later answer to the party.
    public var wishedRole: Role?
    /// The relay's role towards the party, once it is settled; passive for good once it was.
    public var role: Role?
    /// Hash of the fingerprint the party is told: the one it offered with, or the one it was offered first;
    /// it stays while DTLS is in use.
    public var hash: String?
    /// Our certificate that the party was told of; the same for all its sections and for the length of the call, as
    /// another fingerprint would mean another association (RFC 8842 §5.1).
    public var certificate: LocalCertificate?
    /// Our `a=tls-id` towards the party; kept over re-INVITEs.
    public var localID: String?
    /// The party's `a=tls-id`.
    public var remoteID: String?
    /// Names the association with the party; another one asks for a new handshake (RFC 8842 §5.1).
    public var association: UInt64 = 0
    /// An answer said `actpass`, which leaves both roles open.
    public var isUndecided = false
    /// The last SDP for the party carried DTLS attributes.
    public var isAnnounced = false

    /// No DTLS.
    public init() {}

    /// `a=fingerprint:HASH VALUE`.
    public struct Fingerprint: Sendable, Hashable {
        /// Lower case: `sha-256`.
        public var hash: String
        /// Upper-case hexadecimal octets with colons.
        public var value: String

        /// A fingerprint from its parts.
        public init(hash: String, value: String) {
            self.hash = hash
            self.value = value
        }
    }

    /// `a=setup` (RFC 4145 §4).
    public enum Setup: String, Sendable, Hashable {
        case active
        case passive
        case actpass
        case holdconn
    }

    /// Who sends the ClientHello.
    public enum Role: String, Sendable, Hashable {
        /// The relay does.
        case active
        /// The party does.
        case passive
    }

    /// The party can do DTLS: it gave a fingerprint and a role.
    public var isOffered: Bool {
        remoteFingerprint != nil && remoteSetup != nil && remoteSetup != .holdconn
    }

    /// Both sides have announced it.
    public var isInUse: Bool { isAnnounced && isOffered }
}
