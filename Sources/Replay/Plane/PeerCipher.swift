internal import RTP
internal import SRTP
internal import SRTPKeying

/// Plays the encryption of a peer whose keys are in no capture: what stands in the clear, or the header that even
/// encrypted packets show, is protected with a key that the replay has chosen.
final class PeerCipher {
    private var sender: SRTPSender
    /// The highest index of each source.
    private var indices: [UInt32: UInt64] = [:]
    private let suite: CryptoSuite
    private var nextRTCPIndex: UInt64 = 0
    private static let room = 64

    init?(_ policy: SRTPPolicy) {
        guard let sender = try? SRTPSender(policy) else { return nil }
        self.sender = sender
        suite = policy.suite
    }

    /// A suite that adds `overhead` octets to a packet of RTP, so that packets have the size that they had.
    static func suite(adding overhead: Int?) -> CryptoSuite {
        switch overhead {
        case 4: .aesCM128Tag32
        case 16: .aeadAES128GCM
        default: .aesCM128Tag80
        }
    }

    /// A key of `suite` that is the same in every run. Nothing secret is kept with it.
    static func policy(_ suite: CryptoSuite, mark: UInt8) -> SRTPPolicy? {
        MasterKey([UInt8](repeating: mark, count: suite.keyingLength), for: suite)
            .map { SRTPPolicy(suite: suite, masterKey: $0) }
    }

    /// The datagram that the peer would have sent; `nil` for what is no media.
    ///
    /// - Parameters:
    ///   - captured: what was captured of the datagram, from its first octet on.
    ///   - count: octets that the datagram had.
    ///   - clear: the packet without its encryption, if it is known.
    func datagram(_ captured: [UInt8], count: Int, clear: [UInt8]?) -> [UInt8]? {
        switch captured.withUnsafeBytes({ DatagramKind(of: $0) }) {
        case .rtp:
            return protected(clear ?? header(captured, count: count - Int(suite.rtpTagLength)))
        case .rtcp:
            // Of encrypted reports the sender is all that is seen: an empty report takes their place.
            guard captured.count >= 8 else { return nil }
            return protectedReport(clear ?? [0x80, 201, 0, 1] + captured[4..<8])
        default: return nil
        }
    }

    /// The header as it was, and a payload that is made up.
    private func header(_ captured: [UInt8], count: Int) -> [UInt8] {
        let length = captured.withUnsafeBytes { RTPHeader($0)?.payloadOffset } ?? RTPHeader.minimumCount
        var packet = Array(captured.prefix(length))
        if captured.count < length || captured.count == RTPHeader.minimumCount { packet[0] &= 0xE0 }
        // A count of padding would be zero.
        packet[0] &= ~0x20
        return UnknownPayload.fill(packet, to: count)
    }

    private func protected(_ packet: [UInt8]) -> [UInt8]? {
        guard packet.count >= RTPHeader.minimumCount else { return nil }
        let ssrc = packet[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
        let index = index(of: ssrc, UInt16(packet[2]) << 8 | UInt16(packet[3]))
        return turn(packet) { sender.protectRTP($0, length: packet.count, keeping: index) }
    }

    private func protectedReport(_ packet: [UInt8]) -> [UInt8]? {
        defer { nextRTCPIndex += 1 }
        return turn(packet) { sender.protectRTCP($0, length: packet.count, keeping: nextRTCPIndex) }
    }

    private func turn(
        _ packet: [UInt8], _ protect: (UnsafeMutableRawBufferPointer) -> SRTPResult
    ) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: Self.room)
        guard case .ok(let length) = buffer.withUnsafeMutableBytes(protect) else { return nil }
        return Array(buffer[..<length])
    }

    /// The index nearest to the highest one so far (RFC 3711 §3.3.1). A packet that comes again has the same one.
    private func index(of ssrc: UInt32, _ sequence: UInt16) -> UInt64 {
        guard let highest = indices[ssrc] else {
            indices[ssrc] = UInt64(sequence)
            return UInt64(sequence)
        }
        var index = highest & ~0xFFFF | UInt64(sequence)
        if index + 0x8000 < highest {
            index += 0x10000
        } else if index > highest + 0x8000, index >= 0x10000 {
            index -= 0x10000
        }
        indices[ssrc] = max(highest, index)
        return index
    }
}

/// What stands for octets that were not captured: no silence, of which a diagnosis would speak.
enum UnknownPayload {
    /// `bytes` with so many made up behind them that there are `count`.
    static func fill(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        bytes + (min(bytes.count, count)..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    }
}
