public import SRTPKeying

/// What all associations of a context have in common.
public struct DTLSConfiguration: Sendable {
    /// The protection profiles to offer and accept, best first (RFC 5764 §4.1.2). libssl has these four; the two
    /// without encryption it has not.
    public static let availableProfiles: [CryptoSuite] = [
        .aeadAES256GCM, .aeadAES128GCM, .aesCM128Tag80, .aesCM128Tag32,
    ]

    /// In the syntax of OpenSSL. The default has ephemeral keys and authenticated encryption only: with CBC, libssl
    /// gives an association up for one forged record.
    public var ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK"
    /// Curves and groups of the key exchange, best first, in the syntax of OpenSSL. P-256 must be among them for an
    /// ECDSA certificate: in DTLS 1.2 the list also says what curves a certificate may be on.
    public var groups = "X25519:P-256:P-384"
    /// A selection of ``availableProfiles``, best first.
    public var profiles = DTLSConfiguration.availableProfiles
    /// Octets of UDP payload that no datagram exceeds; at least 256. Longer flights are fragmented.
    public var maximumDatagramLength = 1200
    /// How long after a flight it is sent again. RFC 6347 §4.2.4.1 has one second, and less for those who know
    /// better: silence on a call that was answered is worse than a datagram too many.
    public var initialTimeout: Duration = .milliseconds(400)
    /// What doubling the timeout stops at.
    public var longestTimeout: Duration = .seconds(4)
    /// How many times flights are sent again before the association is given up; at most 12, which is where libssl
    /// gives up.
    public var retransmissionLimit = 10

    /// The defaults.
    public init() {}
}
