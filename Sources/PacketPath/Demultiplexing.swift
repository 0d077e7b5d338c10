internal import Forwarding
internal import RTP

extension ArrivedPacket {
    /// First stage: tells what `datagram` is on a port that carries `carriage` (RFC 7983, RFC 5761 §4); `nil` when it
    /// has no business there or is shorter than its own header says.
    ///
    /// Padding is not looked at: under SRTP, which may pass through here, its count is encrypted.
    ///
    /// - Parameters:
    ///   - count: octets that are left of `memory` without what SRTP had appended.
    ///   - room: octets of writable memory from the start of `memory`.
    @inline(__always)
    init?(_ memory: UnsafeMutableRawBufferPointer, count: Int, room: Int, on carriage: Carriage) {
        guard let bytes = memory.baseAddress, count > 0 else { return nil }
        let datagram = UnsafeRawBufferPointer(start: bytes, count: count)
        self.bytes = bytes
        self.count = count
        self.room = room
        if carriage == .opaque {
            kind = .opaque
            header = .none
            return
        }
        switch DatagramKind(of: datagram) {
        case .rtp:
            guard carriage != .rtcp, let header = RTPHeader(datagram) else { return nil }
            kind = .rtp
            self.header = header
        case .rtcp:
            guard RTCPReader.beginsWithPacket(datagram) else { return nil }
            kind = .rtcp
            header = .none
        case .stun, .dtls, .zrtp, .turnChannel, .unknown:
            // Where a plan asks for ICE or DTLS, they have branched off before.
            return nil
        }
    }
}

extension RTPHeader {
    /// Stands where a datagram has no RTP header.
    @inline(__always)
    fileprivate static var none: RTPHeader {
        RTPHeader(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0)
    }
}
