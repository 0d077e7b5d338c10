internal import COpenSSL
internal import SRTPKeying

/// Encryption and authentication with the session keys of SRTP or of SRTCP, in one direction. Knows the layout of a
/// protected packet and nothing of streams: SSRC and index are arguments.
struct PacketTransform: ~Copyable {
    let cipher: PacketCipher
    let authenticator: HMACSHA1
    let block: KeyBlock
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
        var provider = PrimitiveProvider.preferred
    }

    init(keys: borrowing SessionKeys, configuration: Configuration) throws(SRTPError) {
        let block = KeyBlock(salt: keys.salt)
        let cipher = try PacketCipher(
            configuration.cipher, keys: keys, operation: configuration.operation, provider: configuration.provider,
            in: block)
        let authenticator = try HMACSHA1(
            key: keys.authenticationKey, provider: configuration.provider, in: block.hashStates)
        self.block = block
        self.cipher = cipher
        self.authenticator = authenticator
        isAEAD = configuration.cipher == .gcm
        masterKeyIdentifier = SecretBytes(configuration.masterKeyIdentifier)
        tagLength = configuration.tagLength
        encrypts = configuration.encrypts && configuration.cipher != .null
        trailerLength = configuration.tagLength + configuration.masterKeyIdentifier.count
    }

    @inline(__always)
    var saltVector: InitializationVector { block.salt }

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
    func appendTag(_ digest: HMACSHA1.Digest, at place: UnsafeMutableRawPointer) {
        withUnsafeBytes(of: digest.words) { octets in
            guard let start = octets.baseAddress else { return }
            place.copyMemory(from: start, byteCount: tagLength)
        }
    }

    @inline(__always)
    func hasTag(_ digest: HMACSHA1.Digest, at place: UnsafeRawPointer) -> Bool {
        withUnsafeBytes(of: digest.words) { CRYPTO_memcmp(place, $0.baseAddress, tagLength) == 0 }
    }
}
