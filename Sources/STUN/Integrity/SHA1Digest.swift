/// 160 bits, as five words in host order.
public struct SHA1Digest: Sendable, BitwiseCopyable {
    /// Bytes of a digest.
    public static let byteCount = 20

    private var a: UInt32
    private var b: UInt32
    private var c: UInt32
    private var d: UInt32
    private var e: UInt32

    init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ e: UInt32) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.e = e
    }

    /// The first 64 bits.
    public var first64: UInt64 { UInt64(a) << 32 | UInt64(b) }
    /// The 64 bits behind ``first64``.
    public var second64: UInt64 { UInt64(c) << 32 | UInt64(d) }

    /// Whether `bytes` are this digest. The time taken does not depend on where they differ.
    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == Self.byteCount else { return false }
        var difference = bytes.uint32(at: 0) ^ a
        difference |= bytes.uint32(at: 4) ^ b
        difference |= bytes.uint32(at: 8) ^ c
        difference |= bytes.uint32(at: 12) ^ d
        difference |= bytes.uint32(at: 16) ^ e
        return difference == 0
    }

    /// Writes the 20 bytes at the start of `buffer`; nothing when it is shorter.
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count >= Self.byteCount else { return }
        buffer.storeBytes(of: a.bigEndian, toByteOffset: 0, as: UInt32.self)
        buffer.storeBytes(of: b.bigEndian, toByteOffset: 4, as: UInt32.self)
        buffer.storeBytes(of: c.bigEndian, toByteOffset: 8, as: UInt32.self)
        buffer.storeBytes(of: d.bigEndian, toByteOffset: 12, as: UInt32.self)
        buffer.storeBytes(of: e.bigEndian, toByteOffset: 16, as: UInt32.self)
    }

    /// RFC 3174 §6.2, with the 16 word schedule of method 2. `block` has at least 64 bytes; the first 64 count.
    mutating func absorb(_ block: UnsafeRawBufferPointer) {
        var words = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 { words[index] = block.uint32(at: index &* 4) }
        let start = self
        for step in 0..<20 { turn(b & c | ~b & d, 0x5A82_7999, words.next(step)) }
        for step in 20..<40 { turn(b ^ c ^ d, 0x6ED9_EBA1, words.next(step)) }
        for step in 40..<60 { turn(b & c | b & d | c & d, 0x8F1B_BCDC, words.next(step)) }
        for step in 60..<80 { turn(b ^ c ^ d, 0xCA62_C1D6, words.next(step)) }
        a = a &+ start.a
        b = b &+ start.b
        c = c &+ start.c
        d = d &+ start.d
        e = e &+ start.e
    }

    @inline(__always)
    private mutating func turn(_ mixed: UInt32, _ constant: UInt32, _ word: UInt32) {
        let first = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ word
        e = d
        d = c
        c = b << 30 | b >> 2
        b = a
        a = first
    }
}

extension InlineArray where count == 16, Element == UInt32 {
    /// The word of `step` (0..<80), made from those of the 16 steps before.
    @inline(__always)
    fileprivate mutating func next(_ step: Int) -> UInt32 {
        let slot = step & 15
        guard step >= 16 else { return self[slot] }
        let mixed = self[(step &+ 13) & 15] ^ self[(step &+ 8) & 15] ^ self[(step &+ 2) & 15] ^ self[slot]
        self[slot] = mixed << 1 | mixed >> 31
        return self[slot]
    }
}
