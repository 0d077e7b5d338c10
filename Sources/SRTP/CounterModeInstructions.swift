internal import CAES

/// AES in counter mode (RFC 3711 §4.1.1, RFC 6188 §2) by the processor's own instructions, as ``CounterModeCipher`` does
/// it with a context of libcrypto.
struct CounterModeInstructions {
    private let roundKeys: UnsafeRawPointer
    private let rounds: Int32

    /// Expands `key` into `memory`, which has room for a ``KeyBlock``'s round keys, lives as long as this, and is
    /// overwritten by its owner. `nil` where the processor has no such instructions.
    init?(key: borrowing SecretBytes, in memory: UnsafeMutableRawPointer) {
        guard caes_is_available() == 1 else { return nil }
        rounds = caes_expand(memory, key.bytes.baseAddress, key.count)
        guard rounds > 0 else { return nil }
        roundKeys = UnsafeRawPointer(memory)
    }

    /// Encrypts or decrypts `count` octets in place. The last 16 bits of the vector count the blocks and are zero.
    @inline(__always)
    func apply(_ octets: UnsafeMutableRawPointer, count: Int, vector: InitializationVector) {
        caes_counter(roundKeys, rounds, vector.first, vector.last, octets, count)
    }
}
