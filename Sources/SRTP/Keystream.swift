/// Memory in which a cipher prepares a piece of its keystream, in blocks of 16 octets, before it is combined with a
/// packet. Overwritten when it goes.
struct Keystream: ~Copyable {
    static let blockLength = 16
    /// Octets of one piece: a voice packet is one, a video packet a few, and there is one in memory per key.
    static let capacity = 32 * blockLength

    private let octets = SecretBytes(count: capacity)

    /// The start of the piece, aligned to a block.
    @inline(__always)
    var start: UnsafeMutableRawPointer? { octets.bytes.baseAddress }

    /// `count` octets, up to full blocks, and no more than fit.
    @inline(__always)
    static func pieceLength(for count: Int) -> Int { min(capacity, (count &+ blockLength &- 1) & ~(blockLength &- 1)) }

    /// Writes the blocks `(first, last + 0)`, `(first, last + 1)` … up to `length` octets, where `+` touches bits
    /// that are zero in `last`, or flips them for one that wants XOR.
    @inline(__always)
    static func fill(
        _ start: UnsafeMutableRawPointer, length: Int, with vector: InitializationVector, from counter: UInt64
    ) {
        let first = vector.first.bigEndian
        let last = vector.last
        var counter = counter
        var position = 0
        while position < length {
            let block = SIMD2(first, (last ^ counter).bigEndian)
            start.storeBytes(of: block, toByteOffset: position, as: SIMD2<UInt64>.self)
            counter &+= 1
            position &+= blockLength
        }
    }

    /// XORs `count` octets of keystream into `octets`.
    @inline(__always)
    static func combine(_ octets: UnsafeMutableRawPointer, with keystream: UnsafeRawPointer, count: Int) {
        var index = 0
        while index &+ blockLength <= count {
            let block = octets.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
            let key = keystream.load(fromByteOffset: index, as: SIMD2<UInt64>.self)
            octets.storeBytes(of: block ^ key, toByteOffset: index, as: SIMD2<UInt64>.self)
            index &+= blockLength
        }
        while index < count {
            let octet = octets.load(fromByteOffset: index, as: UInt8.self)
            let key = keystream.load(fromByteOffset: index, as: UInt8.self)
            octets.storeBytes(of: octet ^ key, toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
    }
}
