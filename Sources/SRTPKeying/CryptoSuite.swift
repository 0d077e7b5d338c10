/// An SRTP crypto suite: cipher, authentication and all lengths (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14).
///
/// `allCases` is the default order of offers, strongest first.
public enum CryptoSuite: UInt8, Sendable, Hashable, CaseIterable {
    case aeadAES256GCM
    case aeadAES128GCM
    case aesCM256Tag80
    case aesCM256Tag32
    case aesCM192Tag80
    case aesCM192Tag32
    case aesCM128Tag80
    case aesCM128Tag32
    case aesF8Tag80
    case aesF8Tag32
    case nullTag80
    case nullTag32

    /// What encrypts the payload.
    public enum Cipher: Sendable {
        /// AES in counter mode (RFC 3711 §4.1.1).
        case counterMode
        /// AES in f8 mode (RFC 3711 §4.1.2).
        case f8
        /// AES in Galois counter mode, which authenticates too (RFC 7714).
        case gcm
        /// Nothing (RFC 3711 §4.1.3).
        case null
    }

    /// What encrypts the payload.
    public var cipher: Cipher {
        switch self {
        case .aeadAES256GCM, .aeadAES128GCM: .gcm
        case .aesCM256Tag80, .aesCM256Tag32, .aesCM192Tag80, .aesCM192Tag32, .aesCM128Tag80, .aesCM128Tag32:
            .counterMode
        case .aesF8Tag80, .aesF8Tag32: .f8
        case .nullTag80, .nullTag32: .null
        }
    }

    /// Whether anything is encrypted: false for the NULL suites.
    public var encrypts: Bool { cipher != .null }

    /// Octets of the master key; also of the session key where there is a cipher.
    public var masterKeyLength: Int {
        switch self {
        case .aeadAES256GCM, .aesCM256Tag80, .aesCM256Tag32: 32
        case .aesCM192Tag80, .aesCM192Tag32: 24
        case .aeadAES128GCM, .aesCM128Tag80, .aesCM128Tag32, .aesF8Tag80, .aesF8Tag32, .nullTag80, .nullTag32: 16
        }
    }

    /// Octets of the master salt and of the session salts.
    public var masterSaltLength: Int { cipher == .gcm ? 12 : 14 }

    /// Octets of key and salt together, which is what an SDES line carries.
    public var keyingLength: Int { masterKeyLength + masterSaltLength }

    /// Octets of the authentication tag of an SRTP packet.
    public var rtpTagLength: Int {
        switch self {
        case .aeadAES256GCM, .aeadAES128GCM: 16
        case .aesCM256Tag80, .aesCM192Tag80, .aesCM128Tag80, .aesF8Tag80, .nullTag80: 10
        case .aesCM256Tag32, .aesCM192Tag32, .aesCM128Tag32, .aesF8Tag32, .nullTag32: 4
        }
    }

    /// Octets of the authentication tag of an SRTCP packet: never the short one (RFC 3711 §5.2, RFC 6188 §4.1).
    public var rtcpTagLength: Int { cipher == .gcm ? 16 : 10 }

    /// The name in `a=crypto`.
    public var name: String {
        switch self {
        case .aeadAES256GCM: "AEAD_AES_256_GCM"
        case .aeadAES128GCM: "AEAD_AES_128_GCM"
        case .aesCM256Tag80: "AES_256_CM_HMAC_SHA1_80"
        case .aesCM256Tag32: "AES_256_CM_HMAC_SHA1_32"
        case .aesCM192Tag80: "AES_192_CM_HMAC_SHA1_80"
        case .aesCM192Tag32: "AES_192_CM_HMAC_SHA1_32"
        case .aesCM128Tag80: "AES_CM_128_HMAC_SHA1_80"
        case .aesCM128Tag32: "AES_CM_128_HMAC_SHA1_32"
        case .aesF8Tag80: "F8_128_HMAC_SHA1_80"
        case .aesF8Tag32: "F8_128_HMAC_SHA1_32"
        case .nullTag80: "NULL_HMAC_SHA1_80"
        case .nullTag32: "NULL_HMAC_SHA1_32"
        }
    }

    /// The suite with this name, in either case of letters.
    public init?(name: some StringProtocol) {
        let wanted = name.uppercased()
        guard let suite = CryptoSuite.allCases.first(where: { $0.name == wanted }) else { return nil }
        self = suite
    }

    /// The protection profile of the `use_srtp` extension (RFC 5764 §4.1.2, RFC 7714 §14.2); `nil` for suites
    /// that only SDES can name.
    public var protectionProfile: UInt16? {
        switch self {
        case .aesCM128Tag80: 0x0001
        case .aesCM128Tag32: 0x0002
        case .nullTag80: 0x0005
        case .nullTag32: 0x0006
        case .aeadAES128GCM: 0x0007
        case .aeadAES256GCM: 0x0008
        case .aesCM256Tag80, .aesCM256Tag32, .aesCM192Tag80, .aesCM192Tag32, .aesF8Tag80, .aesF8Tag32: nil
        }
    }

    /// The suite of a protection profile.
    public init?(protectionProfile: UInt16) {
        guard let suite = CryptoSuite.allCases.first(where: { $0.protectionProfile == protectionProfile }) else {
            return nil
        }
        self = suite
    }
}
