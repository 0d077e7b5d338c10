import NetTypes
import SRTP
import SRTPKeying
import STUN

/// Datagrams for the packet path: such as the keys, passwords and formats of the plans ask for, and any others.
struct PathPackets: ~Copyable {
    struct Packet {
        var bytes: [UInt8]
        /// Protected with a key that plans have.
        var isAuthentic = false
        /// Signed with the password of the plans.
        var isCheck = false
        /// Carries octets that can be told again.
        var hasMarker = false
        /// A ClientHello with room for a cookie, which the real one may be in.
        var isVerifiable = false
    }

    private static let marker: [UInt8] = [0xC1, 0xEA, 0x4D, 0xA7, 0x17, 0x5E, 0xC2, 0x37]
    static let fragment = "ours"
    static let password = "0123456789abcdefghijkl"

    private var sequence: UInt16 = 65_500
    private var senders: [SenderBox] = []

    /// Of the last HelloVerifyRequest.
    private var cookie: [UInt8] = []

    /// Takes note of what the relay itself has sent.
    mutating func note(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > 28, bytes[0] == 22, bytes[13] == 3 { cookie = Array(bytes[28...]) }
    }

    private final class SenderBox {
        var sender: SRTPSender

        init?(_ policy: SRTPPolicy) {
            guard let sender = try? SRTPSender(policy) else { return nil }
            self.sender = sender
        }
    }

    init() {
        senders = (0..<3).compactMap { SenderBox(policy($0)) }
    }

    static func attribute(_ number: Int) -> SDESAttribute? {
        let suite = CryptoSuite.aesCM128Tag80
        return MasterKey((0..<suite.keyingLength).map { UInt8($0 * 3 + number) }, for: suite)
            .map { SDESAttribute(tag: 1, suite: suite, masterKey: $0) }
    }

    func policy(_ number: Int) -> SRTPPolicy {
        guard let attribute = Self.attribute(number) else { fatalError("a key of the right length is none") }
        return SRTPPolicy(attribute)
    }

    static func showsMarker(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= marker.count else { return false }
        return (0...(bytes.count - marker.count)).contains { start in
            marker.indices.allSatisfy { bytes[start + $0] == marker[$0] }
        }
    }

    mutating func next(_ reader: inout ByteReader) -> Packet {
        switch reader.index(below: 8) {
        case 0: return Packet(bytes: rtp(), hasMarker: true)
        case 1: return Packet(bytes: [0x80, 201, 0, 1, 0, 0, 0, 5])
        case 2: return protected(reader.index(below: senders.count), isRTCP: false)
        case 3: return protected(reader.index(below: senders.count), isRTCP: true)
        case 4: return check(&reader)
        case 5: return hello(&reader)
        case 6: return Packet(bytes: [22, 254, 253, 0, 1] + reader.octets(reader.index(below: 64)))
        default: return Packet(bytes: reader.octets(reader.index(below: 200)))
        }
    }

    private mutating func rtp() -> [UInt8] {
        sequence &+= 1
        return [0x80, 0, UInt8(sequence >> 8), UInt8(sequence & 0xFF), 0, 0, 0, 1, 0, 0, 0, 5] + Self.marker
            + Self.marker
    }

    private mutating func protected(_ number: Int, isRTCP: Bool) -> Packet {
        let plain = isRTCP ? [0x80, 201, 0, 1, 0, 0, 0, 5] : rtp()
        var buffer = plain + [UInt8](repeating: 0, count: 64)
        let result = buffer.withUnsafeMutableBytes {
            isRTCP
                ? senders[number].sender.protectRTCP($0, length: plain.count)
                : senders[number].sender.protectRTP($0, length: plain.count)
        }
        guard case .ok(let length) = result else { return Packet(bytes: plain) }
        return Packet(bytes: Array(buffer[..<length]), isAuthentic: true, hasMarker: !isRTCP)
    }

    private func check(_ reader: inout ByteReader) -> Packet {
        let choice = reader.byte()
        var buffer = [UInt8](repeating: 0, count: 300)
        let isSigned = choice & 1 == 0
        let count = buffer.withUnsafeMutableBytes { memory -> Int in
            var builder = STUNMessageBuilder(
                STUNMessageType(.binding, .request), STUNTransactionID(high: 1, low: UInt64(reader.byte())),
                into: memory)
            builder.addUsername(receiver: Array(Self.fragment.utf8), sender: Array("them".utf8))
            builder.addPriority(1000)
            if choice & 2 == 0 {
                builder.addICEControlled(tieBreaker: 5)
            } else {
                builder.addICEControlling(tieBreaker: 5)
            }
            if choice & 4 == 0 { builder.addUseCandidate() }
            let password = isSigned ? Self.password : "wrong"
            builder.addIntegrity(Array(password.utf8).withUnsafeBytes { HMACSHA1(key: $0) })
            builder.addFingerprint()
            return builder.finish() ?? 0
        }
        return Packet(bytes: Array(buffer[..<count]), isCheck: isSigned)
    }

    private func hello(_ reader: inout ByteReader) -> Packet {
        let choice = reader.byte()
        let random = choice & 3
        let cookie = choice & 4 == 0 ? [] : choice & 8 == 0 ? self.cookie : reader.octets(reader.index(below: 17))
        let fixed = [UInt8](repeating: random, count: 32) + [0, UInt8(cookie.count)]
        let body = [254, 253] + fixed + cookie + [0, 2, 192, 43, 1, 0]
        let whole = UInt8(body.count + reader.index(below: 2))
        let message = [1, 0, 0, whole, 0, 0, 0, 0, 0, 0, 0, UInt8(body.count)] + body
        return Packet(
            bytes: [22, 254, 255, 0, 0, 0, 0, 0, 0, 0, random, 0, UInt8(message.count)] + message,
            isVerifiable: cookie.count == 16)
    }
}
