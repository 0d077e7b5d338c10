internal import COpenSSL

/// HMAC-SHA1 (RFC 2104) with one key for many messages, each of some octets and a word behind them: the roll-over
/// counter of SRTP, or the E flag and index of SRTCP. The digest of a message is in memory of the authenticator's own
/// until the next one.
///
/// The hash states behind the two padded keys are computed once, and every message starts from them. It is padded
/// here, so that nothing but the compression function is left to be called: of four blocks for a voice packet.
struct HMACSHA1: ~Copyable {
    enum Provider {
        /// The low-level SHA-1 of libcrypto.
        case copiedStates
        /// `EVP_MAC`, for a libcrypto that refuses the other, as in FIPS mode.
        case macContext
    }

    static let digestLength = 20
    private static let blockLength = 64

    private struct Memory {
        /// Behind the inner and the outer padded key.
        var inner = SHA_CTX()
        var outer = SHA_CTX()
        var working = SHA_CTX()
    }

    /// `nil` with the other provider.
    private let memory: UnsafeMutablePointer<Memory>?
    private let context: OpaquePointer?
    /// Two blocks for the end of a message, and one for the outer hash, which begins with the digest.
    private let blocks: SecretBytes
    /// Where the last digest is.
    let digest: UnsafeMutableRawPointer

    /// An authenticator with a key of at most 64 octets.
    init(key: borrowing SecretBytes, provider: Provider = .copiedStates) throws(SRTPError) {
        var memory: UnsafeMutablePointer<Memory>?
        var context: OpaquePointer?
        if provider == .copiedStates { memory = Self.makeMemory(key) }
        if memory == nil {
            ERR_clear_error()
            context = Self.makeContext(key)
        }
        let blocks = SecretBytes(count: 3 * Self.blockLength)
        guard memory != nil || context != nil, let start = blocks.bytes.baseAddress else {
            throw .drainingErrors("HMAC-SHA1")
        }
        digest = start + 2 * Self.blockLength
        Self.finish(digest, used: Self.digestLength, messageLength: Self.blockLength + Self.digestLength)
        self.memory = memory
        self.context = context
        self.blocks = blocks
    }

    deinit {
        if let memory {
            OPENSSL_cleanse(memory, MemoryLayout<Memory>.stride)
            memory.deallocate()
        }
        EVP_MAC_CTX_free(context)
    }

    private static func makeMemory(_ key: borrowing SecretBytes) -> UnsafeMutablePointer<Memory>? {
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        memory.initialize(to: Memory())
        guard absorb(key, pad: 0x36, &memory.pointee.inner), absorb(key, pad: 0x5C, &memory.pointee.outer),
            COpenSSL_SHA1_Init(&memory.pointee.working) == 1
        else {
            OPENSSL_cleanse(memory, MemoryLayout<Memory>.stride)
            memory.deallocate()
            return nil
        }
        return memory
    }

    private static func absorb(_ key: borrowing SecretBytes, pad: UInt8, _ state: inout SHA_CTX) -> Bool {
        let block = SecretBytes(count: blockLength)
        for index in 0..<blockLength { block.bytes[index] = pad ^ (index < key.count ? key.bytes[index] : 0) }
        return COpenSSL_SHA1_Init(&state) == 1
            && COpenSSL_SHA1_Update(&state, block.bytes.baseAddress, blockLength) == 1
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

    /// Leaves the HMAC of `count` octets, with `trailer` in the order of the wire behind them, in ``digest``.
    @inline(__always)
    func authenticate(_ octets: UnsafeRawPointer, count: Int, trailer: UInt32) -> Bool {
        guard let memory, let end = blocks.bytes.baseAddress else {
            return authenticateWithContext(octets, count: count, trailer: trailer)
        }
        let whole = count & ~(Self.blockLength &- 1)
        let rest = count &- whole
        end.copyMemory(from: octets + whole, byteCount: rest)
        end.storeBytes(of: trailer.bigEndian, toByteOffset: rest, as: UInt32.self)
        let endLength = Self.finish(end, used: rest &+ 4, messageLength: Self.blockLength &+ count &+ 4)
        Self.copyHash(memory.pointee.inner, to: &memory.pointee.working)
        guard whole == 0 || COpenSSL_SHA1_Update(&memory.pointee.working, octets, whole) == 1,
            COpenSSL_SHA1_Update(&memory.pointee.working, end, endLength) == 1
        else { return false }
        writeDigest(memory.pointee.working)
        Self.copyHash(memory.pointee.outer, to: &memory.pointee.working)
        guard COpenSSL_SHA1_Update(&memory.pointee.working, digest, Self.blockLength) == 1 else { return false }
        writeDigest(memory.pointee.working)
        return true
    }

    /// Pads what is in the first `used` octets: a one bit, zeros, and the length of the message in bits
    /// (FIPS 180-4 §5.1.1). Returns how many octets it then has, one block or two.
    @inline(__always) @discardableResult
    private static func finish(_ end: UnsafeMutableRawPointer, used: Int, messageLength: Int) -> Int {
        let length = used &+ 9 <= blockLength ? blockLength : 2 &* blockLength
        (end + used).initializeMemory(as: UInt8.self, repeating: 0, count: length &- used)
        end.storeBytes(of: 0x80, toByteOffset: used, as: UInt8.self)
        end.storeBytes(of: UInt64(messageLength &* 8).bigEndian, toByteOffset: length &- 8, as: UInt64.self)
        return length
    }

    /// Whole blocks alone go through a context here, so that the hash value is all there is to copy.
    @inline(__always)
    private static func copyHash(_ from: borrowing SHA_CTX, to: inout SHA_CTX) {
        to.h0 = from.h0
        to.h1 = from.h1
        to.h2 = from.h2
        to.h3 = from.h3
        to.h4 = from.h4
    }

    @inline(__always)
    private func writeDigest(_ state: borrowing SHA_CTX) {
        digest.storeBytes(of: state.h0.bigEndian, as: UInt32.self)
        digest.storeBytes(of: state.h1.bigEndian, toByteOffset: 4, as: UInt32.self)
        digest.storeBytes(of: state.h2.bigEndian, toByteOffset: 8, as: UInt32.self)
        digest.storeBytes(of: state.h3.bigEndian, toByteOffset: 12, as: UInt32.self)
        digest.storeBytes(of: state.h4.bigEndian, toByteOffset: 16, as: UInt32.self)
    }

    @inline(never)
    private func authenticateWithContext(_ octets: UnsafeRawPointer, count: Int, trailer: UInt32) -> Bool {
        var trailer = trailer.bigEndian
        var length = 0
        let bytes = octets.assumingMemoryBound(to: UInt8.self)
        let result = digest.assumingMemoryBound(to: UInt8.self)
        return EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, bytes, count) == 1
            && withUnsafeBytes(
                of: &trailer,
                { word in
                    EVP_MAC_update(context, word.baseAddress?.assumingMemoryBound(to: UInt8.self), word.count) == 1
                })
            && EVP_MAC_final(context, result, &length, Self.digestLength) == 1 && length == Self.digestLength
    }
}
