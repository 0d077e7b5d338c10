public import SRTPKeying

/// How one direction of a session is protected: all that RFC 3711 §3.2.1 calls transform-independent parameters.
public struct SRTPPolicy: Sendable {
    /// Algorithms and lengths.
    public var suite: CryptoSuite
    /// What the session keys are derived from, once: the key derivation rate is 0.
    public var masterKey: MasterKey
    /// Carried by every packet when there is one.
    public var masterKeyIdentifier: MasterKeyIdentifier?
    /// False for `UNENCRYPTED_SRTP`.
    public var encryptsRTP = true
    /// False for `UNENCRYPTED_SRTCP`. A receiver goes by the E flag of the packet instead.
    public var encryptsRTCP = true
    /// False for `UNAUTHENTICATED_SRTP`. RTP packets can then be forged, and with them the state of the replay
    /// window, which is therefore not consulted (RFC 3711 §3.3.2).
    public var authenticatesRTP = true
    /// How many SSRCs have their state kept at a time, at least 1. The one unused for longest makes room.
    public var streamLimit = 8
    /// Packets that one may be late, in both windows. Rounded up to a multiple of 64, 64 to 4096.
    public var replayWindow = 128
    /// How many roll-over counters beside 0 a receiver tries for an SSRC that it has not heard before. 64 cover
    /// a day of audio at 50 packets per second.
    public var rolloverGuesses = 64

    /// The whole protection that `suite` gives.
    public init(suite: CryptoSuite, masterKey: MasterKey) {
        self.suite = suite
        self.masterKey = masterKey
    }

    /// What an SDES line asks for. KDR, WSH and FEC_ORDER have no effect.
    public init(_ attribute: SDESAttribute) {
        self.init(suite: attribute.suite, masterKey: attribute.masterKey)
        masterKeyIdentifier = attribute.masterKeyIdentifier
        encryptsRTP = !attribute.parameters.unencryptedSRTP
        encryptsRTCP = !attribute.parameters.unencryptedSRTCP
        authenticatesRTP = !attribute.parameters.unauthenticatedSRTP
    }

    /// A number for the master key and its salt, never 0. It is made with a secret of the process, so that nobody can
    /// find two keys with one number.
    public var keyNumber: UInt64 {
        var hasher = Hasher()
        masterKey.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(truncatingIfNeeded: hasher.finalize()) | 1
    }
}
