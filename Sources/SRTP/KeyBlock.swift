internal import CAES

/// What a packet needs of the session keys, on cache lines of its own that follow one another: with a thousand keys in
/// use none of it is in the cache when a packet comes. Overwritten when it goes.
///
/// | octets | |
/// |---|---|
/// | 0 | salt |
/// | 16 | SHA-1 state behind the inner padded key of the HMAC |
/// | 36 | the same of the outer one |
/// | 64 | round keys of AES |
struct KeyBlock: ~Copyable {
    static let saltLength = 16
    private static let line = 64
    /// Octets up to the end of the round keys of the shortest key.
    static let hotLength = line + 11 * 16

    private let memory = SecretBytes(count: line + Int(CAES_ROUND_KEYS), alignment: line)
    let start: UnsafeMutableRawPointer

    init(salt: borrowing SecretBytes) {
        // Memory that was asked for is there.
        start = memory.bytes.baseAddress.unsafelyUnwrapped
        start.copyMemory(
            from: UnsafeRawPointer(salt.bytes.baseAddress ?? start), byteCount: min(salt.count, Self.saltLength))
    }

    @inline(__always)
    var salt: InitializationVector {
        InitializationVector(
            UInt64(bigEndian: start.load(as: UInt64.self)),
            UInt64(bigEndian: start.load(fromByteOffset: 8, as: UInt64.self)))
    }

    /// Room for ``HMACSHA1/statesLength`` octets.
    var hashStates: UnsafeMutableRawPointer { start + Self.saltLength }

    /// Room for the round keys of ``CounterModeInstructions``.
    var roundKeys: UnsafeMutableRawPointer { start + Self.line }
}
