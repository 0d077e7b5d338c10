/// AES in f8 mode (RFC 3711 §4.1.2). Its keystream
///
/// ```
/// IV' = E(k_e XOR m, IV)      S(j) = E(k_e, IV' XOR j XOR S(j-1))      S(-1) = 0
/// ```
///
/// is what CBC with a zero vector makes of the blocks `IV' XOR j`, so that libcrypto does many blocks at a call.
struct F8Cipher: ~Copyable {
    private let vectorContext: CipherContext
    private let keystreamContext: CipherContext
    private let keystream: Keystream

    /// A cipher with a session key and a session salt no longer than it.
    init(key: borrowing SecretBytes, salt: borrowing SecretBytes) throws(SRTPError) {
        let masked = SecretBytes(key.bytes)
        for index in 0..<key.count {
            masked.bytes[index] ^= index < salt.count ? salt.bytes[index] : 0x55
        }
        let bits = key.count * 8
        let vectorContext = try CipherContext(algorithm: "AES-\(bits)-ECB", key: masked, operation: .encrypt)
        let keystreamContext = try CipherContext(algorithm: "AES-\(bits)-CBC", key: key, operation: .encrypt)
        self.vectorContext = vectorContext
        self.keystreamContext = keystreamContext
        keystream = Keystream()
    }

    /// Encrypts or decrypts `count` octets in place.
    func apply(_ octets: UnsafeMutableRawPointer, count: Int, vector: InitializationVector) -> Bool {
        guard let blocks = keystream.start,
            vector.withUnsafePointer({ vectorContext.update(blocks, from: $0, count: Keystream.blockLength) })
        else { return false }
        let derived = InitializationVector(
            UInt64(bigEndian: blocks.load(as: UInt64.self)),
            UInt64(bigEndian: blocks.load(fromByteOffset: 8, as: UInt64.self)))
        guard InitializationVector(0, 0).withUnsafePointer({ keystreamContext.restart(vector: $0) }) else {
            return false
        }
        var offset = 0
        while offset < count {
            let length = Keystream.pieceLength(for: count &- offset)
            Keystream.fill(blocks, length: length, with: derived, from: UInt64(offset / Keystream.blockLength))
            // The last block of one piece is chained into the next.
            guard keystreamContext.update(blocks, from: blocks, count: length) else { return false }
            Keystream.combine(octets + offset, with: blocks, count: min(length, count &- offset))
            offset &+= length
        }
        return true
    }
}
