internal import COpenSSL

/// HMAC-SHA1 (RFC 2104) with one key for many messages, each of some octets and a word behind them: the roll-over
/// counter of SRTP, or the E flag and index of SRTCP.
///
/// The hash states behind the two padded keys are computed once, and every message starts from them. It is padded
/// here, so that nothing but the compression function is left to be called: of four blocks for a voice packet. All that
/// it works in is on the stack, which is in the cache; of the key there are the two states.
struct HMACSHA1: ~Copyable {
    /// Twenty octets in the order of the wire.
    struct Digest: BitwiseCopyable {
        var words: (UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0)
    }

    static let digestLength = 20
    /// Octets of the two states.
    static let statesLength = 40
    private static let blockLength = 64

    /// The states behind the inner and the outer padded key; `nil` with the other provider.
    private let states: UnsafeMutableRawPointer?
    private let context: OpaquePointer?

    /// An authenticator with a key of at most 64 octets.
    ///
    /// - Parameter memory: ``statesLength`` octets that live as long as this and are overwritten by their owner.
    init(
        key: borrowing SecretBytes, provider: PrimitiveProvider = .preferred, in memory: UnsafeMutableRawPointer
    ) throws(SRTPError) {
        if provider == .direct, Self.absorb(key, pad: 0x36, memory),
            Self.absorb(key, pad: 0x5C, memory + Self.digestLength)
        {
            states = memory
            context = nil
            return
        }
        ERR_clear_error()
        states = nil
        context = Self.makeContext(key)
        guard context != nil else { throw .drainingErrors("HMAC-SHA1") }
    }

    deinit {
        EVP_MAC_CTX_free(context)
    }

    /// Leaves the state behind a padded key in `state`.
    private static func absorb(_ key: borrowing SecretBytes, pad: UInt8, _ state: UnsafeMutableRawPointer) -> Bool {
        let block = SecretBytes(count: blockLength)
        for index in 0..<blockLength { block.bytes[index] = pad ^ (index < key.count ? key.bytes[index] : 0) }
        var hash = SHA_CTX()
        defer { OPENSSL_cleanse(&hash, MemoryLayout<SHA_CTX>.size) }
        guard COpenSSL_SHA1_Init(&hash) == 1, COpenSSL_SHA1_Update(&hash, block.bytes.baseAddress, blockLength) == 1
        else { return false }
        state.storeBytes(
            of: (hash.h0, hash.h1, hash.h2, hash.h3, hash.h4), as: (UInt32, UInt32, UInt32, UInt32, UInt32).self)
        return true
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

    /// The HMAC of `count` octets with `trailer` in the order of the wire behind them; `nil` when libcrypto fails.
    @inline(__always)
    func authenticate(_ octets: UnsafeRawPointer, count: Int, trailer: UInt32) -> Digest? {
        guard let states else { return authenticateWithContext(octets, count: count, trailer: trailer) }
        // Two blocks for the end of the message, of which the first then serves the outer hash.
        return withUnsafeTemporaryAllocation(byteCount: 2 * Self.blockLength, alignment: 16) { memory in
            guard let end = memory.baseAddress else { return nil }
            let whole = count & ~(Self.blockLength &- 1)
            let rest = count &- whole
            end.copyMemory(from: octets + whole, byteCount: rest)
            end.storeBytes(of: trailer.bigEndian, toByteOffset: rest, as: UInt32.self)
            let endLength = Self.finish(end, used: rest &+ 4, messageLength: Self.blockLength &+ count &+ 4)
            var working = SHA_CTX()
            Self.begin(&working, from: states)
            guard whole == 0 || COpenSSL_SHA1_Update(&working, octets, whole) == 1,
                COpenSSL_SHA1_Update(&working, end, endLength) == 1
            else { return nil }
            end.storeBytes(of: Self.digest(of: working).words, as: (UInt32, UInt32, UInt32, UInt32, UInt32).self)
            _ = Self.finish(
                end, used: Self.digestLength, messageLength: Self.blockLength &+ Self.digestLength)
            Self.begin(&working, from: states + Self.digestLength)
            guard COpenSSL_SHA1_Update(&working, end, Self.blockLength) == 1 else { return nil }
            return Self.digest(of: working)
        }
    }

    /// Pads what is in the first `used` octets: a one bit, zeros, and the length of the message in bits
    /// (FIPS 180-4 §5.1.1). Returns how many octets it then has, one block or two.
    @inline(__always)
    private static func finish(_ end: UnsafeMutableRawPointer, used: Int, messageLength: Int) -> Int {
        let length = used &+ 9 <= blockLength ? blockLength : 2 &* blockLength
        (end + used).initializeMemory(as: UInt8.self, repeating: 0, count: length &- used)
        end.storeBytes(of: 0x80, toByteOffset: used, as: UInt8.self)
        end.storeBytes(of: UInt64(messageLength &* 8).bigEndian, toByteOffset: length &- 8, as: UInt64.self)
        return length
    }

    /// Whole blocks alone go through a context here, so that the hash value is all there is to copy.
    @inline(__always)
    private static func begin(_ hash: inout SHA_CTX, from state: UnsafeRawPointer) {
        hash.h0 = state.load(as: UInt32.self)
        hash.h1 = state.load(fromByteOffset: 4, as: UInt32.self)
        hash.h2 = state.load(fromByteOffset: 8, as: UInt32.self)
        hash.h3 = state.load(fromByteOffset: 12, as: UInt32.self)
        hash.h4 = state.load(fromByteOffset: 16, as: UInt32.self)
    }

    @inline(__always)
    private static func digest(of hash: borrowing SHA_CTX) -> Digest {
        Digest(
            words: (
                hash.h0.bigEndian, hash.h1.bigEndian, hash.h2.bigEndian, hash.h3.bigEndian, hash.h4.bigEndian
            ))
    }

    @inline(never)
    private func authenticateWithContext(_ octets: UnsafeRawPointer, count: Int, trailer: UInt32) -> Digest? {
        var trailer = trailer.bigEndian
        var digest = Digest()
        var length = 0
        let bytes = octets.assumingMemoryBound(to: UInt8.self)
        let isDone = withUnsafeMutableBytes(of: &digest.words) { result in
            EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, bytes, count) == 1
                && withUnsafeBytes(of: &trailer) { word in
                    EVP_MAC_update(context, word.baseAddress?.assumingMemoryBound(to: UInt8.self), word.count) == 1
                }
                && EVP_MAC_final(
                    context, result.baseAddress?.assumingMemoryBound(to: UInt8.self), &length, Self.digestLength) == 1
        }
        return isDone && length == Self.digestLength ? digest : nil
    }
}
