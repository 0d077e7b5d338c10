import SRTP
import SRTPKeying

/// SRTP and SRTCP: only what was protected with the key comes through, and only as it was.
///
/// The first octet chooses the suite and whether it is RTCP, the second what is done: with an even one the rest is a
/// packet off the wire; with an odd one it is what a packet carries, and the last three octets change that packet.
enum SRTPProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        var reader = ByteReader(bytes)
        let choice = reader.byte()
        let suite = CryptoSuite.allCases[Int(choice & 0x0F) % CryptoSuite.allCases.count]
        guard let key = MasterKey((0..<suite.keyingLength).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }, for: suite)
        else {
            return "a key of the right length is none"
        }
        var policy = SRTPPolicy(suite: suite, masterKey: key)
        if choice & 0x20 != 0 { policy.masterKeyIdentifier = MasterKeyIdentifier(value: 5, length: 4) }
        policy.encryptsRTP = choice & 0x40 == 0
        policy.encryptsRTCP = choice & 0x80 == 0
        let isRTCP = choice & 0x10 != 0
        let isOwn = reader.flag()
        let body = Array(reader.rest().prefix(1500))
        return isOwn ? changed(body, policy, isRTCP: isRTCP) : foreign(body, policy, isRTCP: isRTCP)
    }

    private static func foreign(_ packet: [UInt8], _ policy: SRTPPolicy, isRTCP: Bool) -> String? {
        guard var receiver = try? SRTPReceiver(policy) else { return nil }
        var buffer = packet
        for _ in 0..<2 {
            let result = unprotect(&buffer, &receiver, isRTCP: isRTCP)
            if case .ok = result { return "a packet was let in that nobody has protected" }
            if buffer != packet { return "a refused packet was changed" }
        }
        return nil
    }

    private static func changed(_ body: [UInt8], _ policy: SRTPPolicy, isRTCP: Bool) -> String? {
        guard body.count >= 3, var receiver = try? SRTPReceiver(policy), var sender = try? SRTPSender(policy) else {
            return nil
        }
        let change = body.suffix(3)
        let head: [UInt8] =
            isRTCP ? [0x81, 200, 0, 6, 1, 2, 3, 4] : [0x80, 96, 0xFF, 0xFE, 0, 0, 0, 1, 1, 2, 3, 4]
        let plain = head + body.dropLast(3)
        var buffer = plain + [UInt8](repeating: 0, count: 300)
        let result = buffer.withUnsafeMutableBytes {
            isRTCP ? sender.protectRTCP($0, length: plain.count) : sender.protectRTP($0, length: plain.count)
        }
        guard case .ok(let length) = result else { return "cannot protect: \(result)" }
        let wire = Array(buffer[..<length])
        var forged = wire
        let place = (Int(change[change.startIndex]) << 8 | Int(change[change.startIndex + 1])) % wire.count
        forged[place] ^= change[change.startIndex + 2] == 0 ? 1 : change[change.startIndex + 2]
        let before = forged
        if case .ok = unprotect(&forged, &receiver, isRTCP: isRTCP) { return "a changed packet was let in" }
        if forged != before { return "a refused packet was changed" }
        var whole = wire
        guard case .ok(let clear) = unprotect(&whole, &receiver, isRTCP: isRTCP), Array(whole[..<clear]) == plain else {
            return "a packet does not come out as it went in"
        }
        whole = wire
        if case .ok = unprotect(&whole, &receiver, isRTCP: isRTCP) { return "a packet was let in twice" }
        return nil
    }

    private static func unprotect(_ packet: inout [UInt8], _ receiver: inout SRTPReceiver, isRTCP: Bool) -> SRTPResult {
        packet.withUnsafeMutableBytes { isRTCP ? receiver.unprotectRTCP($0) : receiver.unprotectRTP($0) }
    }
}
