internal import SRTPKeying

/// The session keys of SRTP or of SRTCP (RFC 3711 §3.2.1).
struct SessionKeys: ~Copyable {
    let cipherKey: SecretBytes
    let salt: SecretBytes
    let authenticationKey: SecretBytes

    /// Octets of the key of HMAC-SHA1 (RFC 3711 §5.2).
    static let authenticationKeyLength = 20

    init(cipherKey: consuming SecretBytes, salt: consuming SecretBytes, authenticationKey: consuming SecretBytes) {
        self.cipherKey = cipherKey
        self.salt = salt
        self.authenticationKey = authenticationKey
    }

    static func rtp(_ derivation: borrowing KeyDerivation, suite: CryptoSuite) throws(SRTPError) -> SessionKeys {
        SessionKeys(
            cipherKey: try derivation.key(.rtpCipherKey, count: suite.masterKeyLength),
            salt: try derivation.key(.rtpSalt, count: suite.masterSaltLength),
            authenticationKey: try derivation.key(.rtpAuthenticationKey, count: authenticationKeyLength))
    }

    static func rtcp(_ derivation: borrowing KeyDerivation, suite: CryptoSuite) throws(SRTPError) -> SessionKeys {
        SessionKeys(
            cipherKey: try derivation.key(.rtcpCipherKey, count: suite.masterKeyLength),
            salt: try derivation.key(.rtcpSalt, count: suite.masterSaltLength),
            authenticationKey: try derivation.key(.rtcpAuthenticationKey, count: authenticationKeyLength))
    }
}
