internal import COpenSSL

/// HMAC-SHA1 (RFC 2104) with one key for many messages. The two hash states behind the padded key are computed once
/// and copied for each message, which is more than half of the cost of hashing a voice packet.
///
/// The digest of a message is in memory of the authenticator's own until the next one starts.
struct HMACSHA1: ~Copyable {
    enum Provider {
        /// The low-level SHA-1 of libcrypto.
        case copiedStates
        /// `EVP_MAC`, for a libcrypto that refuses the other, as in FIPS mode.
        case macContext
    }

    static let digestLength = 20
    private static let blockLength = 64

    /// Behind the inner and the outer pad, and the one at work; `nil` with the other provider.
    private let states: UnsafeMutablePointer<SHA_CTX>?
    private let context: OpaquePointer?
    /// Where the last digest is.
    let digest: UnsafeMutablePointer<UInt8>

    /// An authenticator with a key of at most 64 octets.
    init(key: borrowing SecretBytes, provider: Provider = .copiedStates) throws(SRTPError) {
        var states: UnsafeMutablePointer<SHA_CTX>?
        var context: OpaquePointer?
        if provider == .copiedStates { states = Self.makeStates(key) }
        if states == nil {
            ERR_clear_error()
            context = Self.makeContext(key)
            guard context != nil else { throw .drainingErrors("HMAC-SHA1") }
        }
        self.states = states
        self.context = context
        digest = .allocate(capacity: Self.digestLength)
        digest.initialize(repeating: 0, count: Self.digestLength)
    }

    deinit {
        if let states {
            OPENSSL_cleanse(states, 3 * MemoryLayout<SHA_CTX>.stride)
            states.deallocate()
        }
        EVP_MAC_CTX_free(context)
        OPENSSL_cleanse(digest, Self.digestLength)
        digest.deallocate()
    }

    private static func makeStates(_ key: borrowing SecretBytes) -> UnsafeMutablePointer<SHA_CTX>? {
        let states = UnsafeMutablePointer<SHA_CTX>.allocate(capacity: 3)
        states.initialize(repeating: SHA_CTX(), count: 3)
        let block = SecretBytes(count: blockLength)
        for (slot, pad) in [UInt8(0x36), 0x5C].enumerated() {
            for index in 0..<blockLength {
                block.bytes[index] = pad ^ (index < key.count ? key.bytes[index] : 0)
            }
            guard COpenSSL_SHA1_Init(states + slot) == 1,
                COpenSSL_SHA1_Update(states + slot, block.bytes.baseAddress, blockLength) == 1
            else {
                OPENSSL_cleanse(states, 3 * MemoryLayout<SHA_CTX>.stride)
                states.deallocate()
                return nil
            }
        }
        return states
    }

    private static func makeContext(_ key: borrowing SecretBytes) -> OpaquePointer? {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { return nil }
        guard COpenSSL_HMAC_SHA1_init(context, key.pointer, key.count) == 1 else {
            EVP_MAC_CTX_free(context)
            return nil
        }
        return context
    }

    /// Starts a message.
    @inline(__always)
    func start() -> Bool {
        if let states {
            states[2] = states[0]
            return true
        }
        return EVP_MAC_init(context, nil, 0, nil) == 1
    }

    /// Adds octets to the message.
    @inline(__always)
    func update(_ octets: UnsafeRawPointer, count: Int) -> Bool {
        if let states { return COpenSSL_SHA1_Update(states + 2, octets, count) == 1 }
        return EVP_MAC_update(context, octets.assumingMemoryBound(to: UInt8.self), count) == 1
    }

    /// Ends the message and leaves the result in ``digest``.
    @inline(__always)
    func finish() -> Bool {
        if let states {
            guard COpenSSL_SHA1_Final(digest, states + 2) == 1 else { return false }
            states[2] = states[1]
            return COpenSSL_SHA1_Update(states + 2, digest, Self.digestLength) == 1
                && COpenSSL_SHA1_Final(digest, states + 2) == 1
        }
        var length = 0
        return EVP_MAC_final(context, digest, &length, Self.digestLength) == 1 && length == Self.digestLength
    }
}
