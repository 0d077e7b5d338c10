internal import Forwarding
internal import RTP
internal import SRTP

/// Looks into packets for the sake of whoever asks what is wrong with a call. Never for one that passes on its usual way.
extension PacketPath {
    /// Failed packets that are looked at on one port.
    private static let examinations: UInt32 = 64
    /// With fewer octets nothing can be said of their distribution.
    private static let leastPayload = 40

    /// After a packet that could not be decrypted: whether it was encrypted at all, and whether the next one is to be
    /// looked at.
    @inline(never)
    func suspect(_ leg: UnsafeMutablePointer<Leg>, _ row: CounterRow, _ result: SRTPResult?, isPlain: Bool) {
        guard case .authenticationFailed = result else { return }
        let words = CounterRow.Word.unexpected + CounterRow.Unexpected.examined.rawValue / 2
        let examined = UInt32(truncatingIfNeeded: row.load(words))
        if leg.pointee.isSuspicious, examined < Self.examinations {
            row.count(.examined)
            if isPlain { row.count(.unencrypted) }
        }
        leg.pointee.isSuspicious = examined < Self.examinations
    }

    /// Whether a datagram that claims to be SRTP or SRTCP was certainly never encrypted.
    ///
    /// Encrypted octets are evenly distributed, so that the number of different ones among them is known within narrow
    /// limits; those of uncompressed speech are not. Of compressed speech nothing can be said. A compound of RTCP ends
    /// where its headers say; that of SRTCP is followed by an index and a tag.
    @inline(never)
    func isInTheClear(_ datagram: UnsafeRawBufferPointer, isRTCP: Bool) -> Bool {
        if isRTCP { return RTCPReader.isCompound(datagram) }
        guard let header = RTPHeader(datagram), datagram.count - header.payloadOffset >= Self.leastPayload else {
            return false
        }
        return !Self.isEven(UnsafeRawBufferPointer(rebasing: datagram[header.payloadOffset...]))
    }

    /// Whether the number of different octets is one that independent and evenly distributed octets may have, within
    /// six standard deviations.
    static func isEven(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen = InlineArray<4, UInt64>(repeating: 0)
        for byte in bytes { seen[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
        var different = 0
        for index in seen.indices { different += seen[index].nonzeroBitCount }
        // Of 256 boxes with n balls: how many stay empty, and the variance of that.
        let (one, two) = (power(255.0 / 256, bytes.count), power(254.0 / 256, bytes.count))
        let empty = 256 * one
        let variance = empty + 256 * 255 * two - empty * empty
        let distance = Double(256 - different) - empty
        return distance * distance <= 36 * max(variance, 1)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, base, exponent) = (1.0, base, exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result *= base }
            base *= base
            exponent >>= 1
        }
        return result
    }

    /// The SSRC in the place where RTP has it; `nil` for a datagram that is too short.
    static func source(of datagram: UnsafeRawBufferPointer) -> UInt32? {
        guard datagram.count >= RTPHeader.minimumCount else { return nil }
        return UInt32(bigEndian: datagram.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    /// Whether the octets of a payload are all the same, but for the sign that some codecs keep in the highest bit.
    func isDigitalSilence(_ packet: ArrivedPacket) -> Bool {
        guard packet.kind == .rtp, packet.count - packet.header.payloadOffset >= Self.leastPayload else { return false }
        let payload = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)[packet.header.payloadOffset...]
        guard let first = payload.first else { return false }
        return payload.allSatisfy { ($0 ^ first) & 0x7F == 0 }
    }
}
