internal import COpenSSL
internal import SRTPKeying

/// Encryption and authentication with the session keys of SRTP or of SRTCP, in one direction. Knows the layout of a
/// protected packet and nothing of streams: SSRC and index are arguments.
struct PacketTransform: ~Copyable {
    let cipher: PacketCipher
    let authenticator: HMACSHA1
    private let salt: SecretBytes
    let masterKeyIdentifier: SecretBytes
    /// Octets of the tag; 0 without authentication.
    let tagLength: Int
    /// Whether a sender encrypts.
    let encrypts: Bool
    /// Whether the tag stands before the MKI.
    let isAEAD: Bool
    /// Octets that protection adds to an RTP packet.
    let trailerLength: Int

    /// What does not come from the keys.
    struct Configuration {
        var cipher: CryptoSuite.Cipher
        var operation: CipherContext.Operation
        var tagLength: Int
        var encrypts: Bool
        var masterKeyIdentifier: [UInt8]
        var authentication = HMACSHA1.Provider.copiedStates
    }

    init(keys: borrowing SessionKeys, configuration: Configuration) throws(SRTPError) {
        let cipher = try PacketCipher(configuration.cipher, keys: keys, operation: configuration.operation)
        let authenticator = try HMACSHA1(key: keys.authenticationKey, provider: configuration.authentication)
        self.cipher = cipher
        self.authenticator = authenticator
        isAEAD = configuration.cipher == .gcm
        salt = SecretBytes(count: 16)
        salt.bytes.copyBytes(from: keys.salt.bytes.prefix(16))
        masterKeyIdentifier = SecretBytes(configuration.masterKeyIdentifier)
        tagLength = configuration.tagLength
        encrypts = configuration.encrypts && configuration.cipher != .null
        trailerLength = configuration.tagLength + configuration.masterKeyIdentifier.count
    }

    @inline(__always)
    var saltVector: InitializationVector {
        InitializationVector(
            UInt64(bigEndian: salt.bytes.load(as: UInt64.self)),
            UInt64(bigEndian: salt.bytes.load(fromByteOffset: 8, as: UInt64.self)))
    }

    @inline(__always)
    func appendMasterKeyIdentifier(at place: UnsafeMutableRawPointer) {
        guard masterKeyIdentifier.count > 0, let identifier = masterKeyIdentifier.bytes.baseAddress else { return }
        place.copyMemory(from: identifier, byteCount: masterKeyIdentifier.count)
    }

    @inline(__always)
    func hasMasterKeyIdentifier(at place: UnsafeRawPointer) -> Bool {
        masterKeyIdentifier.count == 0
            || CRYPTO_memcmp(place, masterKeyIdentifier.bytes.baseAddress, masterKeyIdentifier.count) == 0
    }

    @inline(__always)
    func appendTag(at place: UnsafeMutableRawPointer) {
        place.copyMemory(from: authenticator.digest, byteCount: tagLength)
    }

    @inline(__always)
    func hasTag(at place: UnsafeRawPointer) -> Bool {
        CRYPTO_memcmp(place, authenticator.digest, tagLength) == 0
    }
}
