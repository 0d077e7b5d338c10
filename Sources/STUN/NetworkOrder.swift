extension UnsafeRawBufferPointer {
    /// Two bytes in network order. The caller has checked that they are there.
    @inline(__always)
    func uint16(at offset: Int) -> UInt16 { UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }

    /// Four bytes in network order. The caller has checked that they are there.
    @inline(__always)
    func uint32(at offset: Int) -> UInt32 { UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

    /// Eight bytes in network order. The caller has checked that they are there.
    @inline(__always)
    func uint64(at offset: Int) -> UInt64 { UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }

    /// `count` bytes from `offset`. The caller has checked that they are there.
    @inline(__always)
    func slice(at offset: Int, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[offset..<(offset + count)])
    }
}
