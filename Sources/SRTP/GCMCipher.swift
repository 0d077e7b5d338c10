internal import COpenSSL

/// AES-GCM with a tag of 16 octets (RFC 7714).
struct GCMCipher: ~Copyable {
    static let tagLength = 16

    private let context: CipherContext

    init(key: borrowing SecretBytes, operation: CipherContext.Operation) throws(SRTPError) {
        context = try CipherContext(algorithm: "AES-\(key.count * 8)-GCM", key: key, operation: operation)
    }

    /// Octets that are authenticated and not encrypted.
    struct AssociatedData {
        var start: UnsafeRawPointer
        var count: Int
        /// Four more behind them in the order of the wire: the word with the SRTCP index.
        var trailer: UInt32?
    }

    /// Encrypts `count` octets in place and writes the tag.
    @inline(__always)
    func seal(
        _ octets: UnsafeMutableRawPointer, count: Int, associated: AssociatedData, vector: InitializationVector,
        tag: UnsafeMutableRawPointer
    ) -> Bool {
        guard begin(vector, associated) else { return false }
        guard count == 0 || context.update(octets, from: octets, count: count) else { return false }
        return end(octets)
            && EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag) == 1
    }

    /// Decrypts `count` octets in place. False, with the octets as they were, when the tag is not theirs.
    @inline(__always)
    func open(
        _ octets: UnsafeMutableRawPointer, count: Int, associated: AssociatedData, vector: InitializationVector,
        tag: UnsafeMutableRawPointer
    ) -> Bool {
        guard begin(vector, associated) else { return false }
        guard count == 0 || context.update(octets, from: octets, count: count) else { return false }
        if EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), tag) == 1, end(octets) {
            return true
        }
        restore(octets, count: count, vector: vector)
        return false
    }

    @inline(__always)
    private func begin(_ vector: InitializationVector, _ associated: AssociatedData) -> Bool {
        guard vector.withUnsafePointer({ context.restart(vector: $0) }),
            authenticate(associated.start, count: associated.count)
        else { return false }
        guard var trailer = associated.trailer?.bigEndian else { return true }
        return authenticate(&trailer, count: 4)
    }

    @inline(__always)
    private func authenticate(_ octets: UnsafeRawPointer, count: Int) -> Bool {
        var written: Int32 = 0
        return EVP_CipherUpdate(
            context.pointer, nil, &written, octets.assumingMemoryBound(to: UInt8.self),
            Int32(truncatingIfNeeded: count)) == 1
    }

    @inline(__always)
    private func end(_ octets: UnsafeMutableRawPointer) -> Bool {
        var written: Int32 = 0
        // Writes nothing: a stream cipher has no last block.
        return EVP_CipherFinal_ex(context.pointer, octets.assumingMemoryBound(to: UInt8.self), &written) == 1
    }

    /// The keystream over the wrong plaintext gives the ciphertext back. The tag is not asked for.
    @inline(never)
    private func restore(_ octets: UnsafeMutableRawPointer, count: Int, vector: InitializationVector) {
        ERR_clear_error()
        guard count > 0, vector.withUnsafePointer({ context.restart(vector: $0) }) else { return }
        _ = context.update(octets, from: octets, count: count)
    }
}
