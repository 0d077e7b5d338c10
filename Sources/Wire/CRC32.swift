/// CRC-32 as of ISO/IEC/IEEE 8802-3 and ITU-T V.42 §8.1.1.6.2: reflected polynomial 0xEDB88320, start and final XOR
/// of all ones. STUN's FINGERPRINT is made from it (RFC 8489 §14.7).
public enum CRC32 {
    /// The checksum of `bytes`; 0 for none.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            let index = Int(truncatingIfNeeded: (remainder ^ UInt32(byte)) & 0xFF)
            remainder = remainder >> 8 ^ table[index]
        }
        return ~remainder
    }

    /// The remainder of each byte value.
    private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
        var remainder = byte
        for _ in 0..<8 {
            remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320
        }
        return remainder
    }
}
