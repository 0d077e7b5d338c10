/// How the numbers of a file are written.
enum ByteOrder: Sendable, BitwiseCopyable {
    case little
    case big

    func uint16(_ bytes: [UInt8], at offset: Int) -> UInt16 {
        let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
        return self == .little ? second << 8 | first : first << 8 | second
    }

    func uint32(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        let (first, second) = (UInt32(uint16(bytes, at: offset)), UInt32(uint16(bytes, at: offset + 2)))
        return self == .little ? second << 16 | first : first << 16 | second
    }

    func uint64(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        let (first, second) = (UInt64(uint32(bytes, at: offset)), UInt64(uint32(bytes, at: offset + 4)))
        return self == .little ? second << 32 | first : first << 32 | second
    }
}

extension [UInt8] {
    /// Files are written in little-endian order.
    mutating func appendLittle(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Packets are written in network byte order.
    mutating func appendBig(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func storeBig(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(value >> 8)
        self[offset + 1] = UInt8(value & 0xFF)
    }
}
