/// HMAC-SHA1 (RFC 2104) with the padded key already digested, so that each use costs only its message and two blocks.
///
/// For MESSAGE-INTEGRITY with short-term credentials the key is the password (RFC 8489 §9.1.1). It has no description
/// and must not get one: it is as good as the password.
public struct HMACSHA1: Sendable {
    private let inner: SHA1
    private let outer: SHA1

    /// Keys longer than a block are digested first (RFC 2104 §3).
    public init(key: UnsafeRawBufferPointer) {
        var block = InlineArray<64, UInt8>(repeating: 0)
        if key.count > SHA1.blockSize {
            var digest = SHA1()
            digest.update(key)
            let short = digest.finalize()
            withUnsafeMutableBytes(of: &block) { short.write(to: $0) }
        } else {
            for index in 0..<key.count { block[index] = key[index] }
        }
        inner = Self.started(block, xor: 0x36)
        outer = Self.started(block, xor: 0x5C)
        for index in 0..<SHA1.blockSize { block[index] = 0 }
    }

    /// The code of `message`.
    public func code(of message: UnsafeRawBufferPointer) -> SHA1Digest {
        var digest = begin()
        digest.update(message)
        return finish(digest)
    }

    /// A digest to take in the message; it ends with ``finish(_:)``.
    func begin() -> SHA1 { inner }

    /// The code of what a digest from ``begin()`` took in.
    func finish(_ digest: consuming SHA1) -> SHA1Digest {
        let innerDigest = digest.finalize()
        var result = outer
        var bytes = InlineArray<20, UInt8>(repeating: 0)
        withUnsafeMutableBytes(of: &bytes) { innerDigest.write(to: $0) }
        withUnsafeBytes(of: bytes) { result.update($0) }
        return result.finalize()
    }

    private static func started(_ block: InlineArray<64, UInt8>, xor mask: UInt8) -> SHA1 {
        var padded = block
        for index in 0..<SHA1.blockSize { padded[index] ^= mask }
        var digest = SHA1()
        withUnsafeBytes(of: padded) { digest.update($0) }
        return digest
    }
}
