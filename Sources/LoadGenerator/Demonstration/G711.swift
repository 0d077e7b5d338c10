/// ITU-T G.711 µ-law (RTP payload type 0, PCMU), sample by sample.
package enum MuLaw {
    /// The code word nearest to a 16-bit sample.
    package static func encode(_ sample: Int16) -> UInt8 {
        let bias: Int32 = 0x84
        let magnitude = min(abs(Int32(sample)), 32635) + bias
        let segment = 24 - Int32(magnitude.leadingZeroBitCount)
        let interval = magnitude >> (segment + 3) & 0x0F
        let sign: Int32 = sample < 0 ? 0x80 : 0
        return ~UInt8(truncatingIfNeeded: sign | segment << 4 | interval)
    }

    /// The 16-bit sample a code word stands for.
    package static func decode(_ code: UInt8) -> Int16 {
        let bits = ~code
        let segment = Int32(bits >> 4 & 7)
        let magnitude = ((Int32(bits & 0x0F) << 3) + 0x84) << segment - 0x84
        return Int16(truncatingIfNeeded: bits & 0x80 != 0 ? -magnitude : magnitude)
    }
}
