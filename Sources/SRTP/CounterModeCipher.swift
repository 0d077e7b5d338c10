/// AES in counter mode (RFC 3711 §4.1.1, RFC 6188 §2). The counter blocks are made here and encrypted as they are
/// (ECB): libcrypto's own counter mode wants its vector set for every packet, which costs three times as much as
/// encrypting the blocks of a voice packet.
struct CounterModeCipher: ~Copyable {
    private let context: CipherContext
    private let keystream: Keystream

    init(key: borrowing SecretBytes) throws(SRTPError) {
        let context = try CipherContext(algorithm: "AES-\(key.count * 8)-ECB", key: key, operation: .encrypt)
        self.context = context
        keystream = Keystream()
    }

    /// Encrypts or decrypts `count` octets in place. The last 16 bits of the vector count the blocks and are zero,
    /// which is enough for any datagram.
    @inline(__always)
    func apply(_ octets: UnsafeMutableRawPointer, count: Int, vector: InitializationVector) -> Bool {
        guard let blocks = keystream.start else { return false }
        var offset = 0
        while offset < count {
            let length = Keystream.pieceLength(for: count &- offset)
            Keystream.fill(blocks, length: length, with: vector, from: UInt64(offset / Keystream.blockLength))
            guard context.update(blocks, from: blocks, count: length) else { return false }
            Keystream.combine(octets + offset, with: blocks, count: min(length, count &- offset))
            offset &+= length
        }
        return true
    }
}
