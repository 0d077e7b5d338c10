/// SHA-1 (RFC 3174). For HMAC in MESSAGE-INTEGRITY only; as a bare digest it is broken.
public struct SHA1: Sendable {
    /// Bytes per block.
    public static let blockSize = 64

    private var state: SHA1Digest
    private var pending = InlineArray<64, UInt8>(repeating: 0)
    /// 0..<64
    private var pendingCount = 0
    private var byteCount: UInt64 = 0

    /// The digest of nothing so far.
    public init() {
        state = SHA1Digest(0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
    }

    /// Takes in more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(truncatingIfNeeded: bytes.count)
        var rest = bytes
        if pendingCount > 0 {
            let taken = min(Self.blockSize - pendingCount, rest.count)
            append(rest.slice(at: 0, count: taken))
            rest = rest.slice(at: taken, count: rest.count - taken)
        }
        while rest.count >= Self.blockSize {
            state.absorb(rest)
            rest = rest.slice(at: Self.blockSize, count: rest.count - Self.blockSize)
        }
        append(rest)
    }

    /// The digest of all bytes taken in.
    public consuming func finalize() -> SHA1Digest {
        let bitCount = byteCount &* 8
        pending[pendingCount] = 0x80
        pendingCount += 1
        if pendingCount > Self.blockSize - 8 {
            fillWithZeros()
            absorbPending()
            pendingCount = 0
        }
        fillWithZeros()
        withUnsafeMutableBytes(of: &pending) { block in
            block.storeBytes(of: bitCount.bigEndian, toByteOffset: Self.blockSize - 8, as: UInt64.self)
        }
        absorbPending()
        return state
    }

    /// Keeps `bytes`, which fit into the block begun, and digests the block once it is full.
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            pending[pendingCount] = byte
            pendingCount += 1
        }
        if pendingCount == Self.blockSize {
            absorbPending()
            pendingCount = 0
        }
    }

    /// Completes the block begun.
    private mutating func fillWithZeros() {
        for index in pendingCount..<Self.blockSize { pending[index] = 0 }
    }

    private mutating func absorbPending() {
        withUnsafeBytes(of: pending) { state.absorb($0) }
    }
}
