internal import CSRTP

/// The suites that generated ends can have; the raw value is the name in SDP (RFC 4568 §6.2, RFC 6188, RFC 7714).
public enum SRTPSuite: String, CaseIterable, Sendable {
    /// AES-CM with 128 bits and a tag of 80.
    case aesCM128Tag80 = "AES_CM_128_HMAC_SHA1_80"
    /// AES-CM with 128 bits and a tag of 32.
    case aesCM128Tag32 = "AES_CM_128_HMAC_SHA1_32"
    /// AES-GCM with 128 bits.
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    /// AES-GCM with 256 bits.
    case aeadAES256GCM = "AEAD_AES_256_GCM"

    /// Octets of the master key.
    var keyLength: Int { self == .aeadAES256GCM ? 32 : 16 }

    /// Octets of the master salt.
    var saltLength: Int {
        switch self {
        case .aesCM128Tag80, .aesCM128Tag32: 14
        case .aeadAES128GCM, .aeadAES256GCM: 12
        }
    }

    /// The protection profile's name in OpenSSL.
    var profile: String {
        switch self {
        case .aesCM128Tag80: "SRTP_AES128_CM_SHA1_80"
        case .aesCM128Tag32: "SRTP_AES128_CM_SHA1_32"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        }
    }

    func set(_ policy: inout srtp_crypto_policy_t) {
        switch self {
        case .aesCM128Tag80: srtp_crypto_policy_set_rtp_default(&policy)
        case .aesCM128Tag32: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy)
        case .aeadAES128GCM: srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy)
        case .aeadAES256GCM: srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy)
        }
    }
}

/// A master key with its salt behind it.
struct SRTPKeying: Equatable {
    let suite: SRTPSuite
    let octets: [UInt8]

    /// `nil` unless there are as many octets as the suite wants.
    init?(_ suite: SRTPSuite, _ octets: [UInt8]) {
        guard octets.count == suite.keyLength + suite.saltLength else { return nil }
        self.suite = suite
        self.octets = octets
    }

    /// Fresh keys.
    static func random(_ suite: SRTPSuite) -> SRTPKeying {
        var generator = SystemRandomNumberGenerator()
        return SRTPKeying(
            suite: suite,
            octets: (0..<suite.keyLength + suite.saltLength).map { _ in .random(in: 0...255, using: &generator) })
    }

    private init(suite: SRTPSuite, octets: [UInt8]) {
        self.suite = suite
        self.octets = octets
    }
}
