internal import COpenSSL
internal import SRTPKeying

/// The key derivation of RFC 3711 §4.3 with AES_CM_PRF, or its 192 and 256 bit forms (RFC 6188 §3), at rate 0.
struct KeyDerivation: ~Copyable {
    /// RFC 3711 §4.3.1 and §4.3.2.
    enum Label: UInt8 {
        case rtpCipherKey = 0
        case rtpAuthenticationKey = 1
        case rtpSalt = 2
        case rtcpCipherKey = 3
        case rtcpAuthenticationKey = 4
        case rtcpSalt = 5
    }

    private let cipher: CounterModeCipher
    private let salt: SecretBytes

    init(_ masterKey: MasterKey) throws(SRTPError) {
        let material = masterKey.withUnsafeBytes { SecretBytes($0) }
        let key = SecretBytes(material.bytes.prefix(masterKey.keyLength))
        let cipher = try CounterModeCipher(key: key)
        self.cipher = cipher
        salt = SecretBytes(count: 16)
        // A salt of 96 bits stands left in the 112 bits of the PRF (RFC 7714 §11).
        salt.bytes.copyBytes(from: material.bytes.dropFirst(masterKey.keyLength).prefix(14))
    }

    /// `count` octets for `label`.
    func key(_ label: Label, count: Int) throws(SRTPError) -> SecretBytes {
        let vector = SecretBytes(salt.bytes)
        vector.bytes[7] ^= label.rawValue
        let key = SecretBytes(count: count)
        guard let start = key.bytes.baseAddress,
            cipher.apply(start, count: count, vector: InitializationVector(salt: vector))
        else { throw .drainingErrors("AES_CM_PRF") }
        return key
    }
}
