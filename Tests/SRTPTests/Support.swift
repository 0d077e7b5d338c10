import SRTPKeying

@testable import SRTP

/// Octets from pairs of hex digits; white space is left out.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A repeatable source of octets (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func octets(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// RTP and RTCP packets for tests.
enum Packet {
    static let ssrc: UInt32 = 0xCAFE_BABE

    static func rtp(
        _ sequenceNumber: UInt16, ssrc: UInt32 = ssrc, csrcs: Int = 0, extensionWords: Int? = nil,
        payload: [UInt8]? = nil
    ) -> [UInt8] {
        var packet: [UInt8] = [0x80 | UInt8(csrcs) | (extensionWords == nil ? 0 : 0x10), 0x60]
        packet += bigEndian(sequenceNumber) + bigEndian(UInt32(sequenceNumber) &* 160) + bigEndian(ssrc)
        for source in 0..<csrcs { packet += bigEndian(UInt32(source) &+ 0x0101_0101) }
        if let extensionWords {
            packet += [0xBE, 0xDE] + bigEndian(UInt16(extensionWords))
            packet += [UInt8](repeating: 0x33, count: extensionWords * 4)
        }
        return packet + (payload ?? (0..<160).map { UInt8(truncatingIfNeeded: $0) &+ UInt8(sequenceNumber & 0xFF) })
    }

    /// A sender report and a source description of some length.
    static func rtcp(ssrc: UInt32 = ssrc, blocks: Int = 44) -> [UInt8] {
        [0x80, 200] + bigEndian(UInt16(6)) + bigEndian(ssrc) + (0..<blocks).map { UInt8(truncatingIfNeeded: $0 &* 3) }
    }

    static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// A packet in a buffer with room behind it, turned over by `body`; the octets of the outcome, or all of them.
func inPlace(
    _ packet: [UInt8], room: Int = 64, _ body: (UnsafeMutableRawBufferPointer) -> SRTPResult
) -> (result: SRTPResult, octets: [UInt8]) {
    var buffer = packet + [UInt8](repeating: 0xEE, count: room)
    let result = buffer.withUnsafeMutableBytes { body($0) }
    guard case .ok(let length) = result else { return (result, Array(buffer.prefix(packet.count))) }
    return (result, Array(buffer.prefix(length)))
}

extension SRTPSender {
    mutating func rtp(_ packet: [UInt8], room: Int = 64) -> (result: SRTPResult, octets: [UInt8]) {
        inPlace(packet, room: room) { protectRTP($0, length: packet.count) }
    }

    mutating func rtcp(_ packet: [UInt8], room: Int = 64) -> (result: SRTPResult, octets: [UInt8]) {
        inPlace(packet, room: room) { protectRTCP($0, length: packet.count) }
    }

    /// The protected packet, or nothing.
    mutating func protected(_ packet: [UInt8]) -> [UInt8] {
        let (result, octets) = rtp(packet)
        if case .ok = result { return octets }
        return []
    }
}

extension SRTPReceiver {
    mutating func rtp(_ packet: [UInt8]) -> (result: SRTPResult, octets: [UInt8]) {
        inPlace(packet, room: 0) { unprotectRTP($0) }
    }

    mutating func rtcp(_ packet: [UInt8]) -> (result: SRTPResult, octets: [UInt8]) {
        inPlace(packet, room: 0) { unprotectRTCP($0) }
    }
}

extension SRTPPolicy {
    /// A policy with a key made from `seed`.
    static func seeded(_ suite: CryptoSuite, seed: UInt64 = 1) -> SRTPPolicy {
        var generator = SeededGenerator(state: seed)
        return SRTPPolicy(suite: suite, masterKey: MasterKey(randomFor: suite, using: &generator))
    }

    var keyOctets: [UInt8] { masterKey.withUnsafeBytes { Array($0) } }
}

extension SessionKeys {
    /// Session keys given directly, as the test vectors of the RFCs do.
    static func given(
        key: [UInt8], salt: [UInt8], authentication: [UInt8] = [UInt8](repeating: 0, count: 20)
    ) -> SessionKeys {
        SessionKeys(
            cipherKey: SecretBytes(key), salt: SecretBytes(salt), authenticationKey: SecretBytes(authentication))
    }
}
