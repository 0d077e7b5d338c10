/// 16 octets in wire order, what every cipher here takes at most.
struct InitializationVector {
    /// The first and the last eight octets, each as a big-endian number in memory.
    private(set) var words: (UInt64, UInt64)

    @inline(__always)
    init(_ first: UInt64, _ last: UInt64) { words = (first.bigEndian, last.bigEndian) }

    /// Reads a salt of at most 16 octets; the rest is zero.
    init(salt: borrowing SecretBytes) {
        words = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: salt.bytes.prefix(16)) }
    }

    @inline(__always)
    var first: UInt64 { words.0.bigEndian }

    @inline(__always)
    var last: UInt64 { words.1.bigEndian }

    /// AES-CM (RFC 3711 §4.1.1): `(k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)`.
    @inline(__always)
    static func counterMode(salt: InitializationVector, ssrc: UInt32, index: UInt64) -> InitializationVector {
        InitializationVector(salt.first ^ UInt64(ssrc), salt.last ^ index &<< 16)
    }

    /// AES-GCM (RFC 7714 §8.1 and §9.1), 12 octets: `00 00 || SSRC || 48 bits of index`, XOR salt. The SRTCP index,
    /// which has 31 bits, takes the same place.
    @inline(__always)
    static func gcm(salt: InitializationVector, ssrc: UInt32, index: UInt64) -> InitializationVector {
        InitializationVector(
            salt.first ^ (UInt64(ssrc) &<< 16 | index &>> 32), salt.last ^ index &<< 32)
    }

    /// f8 for SRTP (RFC 3711 §4.1.2.2): the header from the marker on, and the roll-over counter.
    @inline(__always)
    static func f8(rtpHeader header: UnsafeRawPointer, index: UInt64) -> InitializationVector {
        let first = UInt64(bigEndian: header.loadUnaligned(as: UInt64.self)) & (UInt64.max >> 8)
        let ssrc = UInt32(bigEndian: header.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        return InitializationVector(first, UInt64(ssrc) &<< 32 | index &>> 16)
    }

    /// f8 for SRTCP (RFC 3711 §4.1.2.3): E and index, and the first header.
    @inline(__always)
    static func f8(rtcpHeader header: UnsafeRawPointer, index: UInt64) -> InitializationVector {
        InitializationVector(
            0x8000_0000 | index, UInt64(bigEndian: header.loadUnaligned(as: UInt64.self)))
    }

    @inline(__always)
    func withUnsafePointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        Swift.withUnsafePointer(to: words) { body(UnsafeRawPointer($0)) }
    }
}
