import Forwarding
import NetTypes
import SRTP
import SRTPKeying
import Testing

/// A peer's end of an encrypted leg.
final class SecureEnd {
    private var sender: SRTPSender
    private var receiver: SRTPReceiver

    /// Sends with `sending` and receives with `receiving`.
    init(sending: SRTPPolicy, receiving: SRTPPolicy) throws {
        sender = try SRTPSender(sending)
        receiver = try SRTPReceiver(receiving)
    }

    convenience init(sending: SDESAttribute, receiving: SDESAttribute) throws {
        try self.init(sending: SRTPPolicy(sending), receiving: SRTPPolicy(receiving))
    }

    func protect(_ packet: [UInt8], isRTCP: Bool = false) throws -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0, count: 160)
        let result = buffer.withUnsafeMutableBytes {
            isRTCP ? sender.protectRTCP($0, length: packet.count) : sender.protectRTP($0, length: packet.count)
        }
        guard case .ok(let length) = result else { throw Refusal(result: result) }
        return Array(buffer[..<length])
    }

    func unprotect(_ packet: [UInt8], isRTCP: Bool = false) throws -> [UInt8] {
        var buffer = packet
        let result = buffer.withUnsafeMutableBytes {
            isRTCP ? receiver.unprotectRTCP($0) : receiver.unprotectRTP($0)
        }
        guard case .ok(let length) = result else { throw Refusal(result: result) }
        return Array(buffer[..<length])
    }

    struct Refusal: Error {
        var result: SRTPResult
    }
}

/// A key made from a small number.
func sdes(_ number: UInt64, _ suite: CryptoSuite = .aesCM128Tag80, mki: UInt64? = nil) -> SDESAttribute {
    var generator = SeededGenerator(seed: number)
    var attribute = SDESAttribute(
        tag: 1, suite: suite, masterKey: MasterKey(randomFor: suite, using: &generator))
    attribute.masterKeyIdentifier = mki.flatMap { MasterKeyIdentifier(value: $0, length: 4) }
    return attribute
}

func policy(_ number: UInt64) -> SRTPPolicy { SRTPPolicy(sdes(number)) }

func dtls(_ association: UInt64, _ role: DTLSPlan.Role = .client) throws -> DTLSPlan {
    let fingerprint = CertificateFingerprint(hash: .sha256, digest: [UInt8](repeating: 7, count: 32))
    return DTLSPlan(association: association, role: role, fingerprint: try #require(fingerprint))
}

/// A ClientHello; with a cookie, the answer to a HelloVerifyRequest.
func hello(_ random: UInt8, cookie: [UInt8] = [], isFragment: Bool = false) -> [UInt8] {
    let body =
        [254, 253] + [UInt8](repeating: random, count: 32) + [0, UInt8(cookie.count)] + cookie + [0, 2, 192, 43, 1, 0]
    let whole = UInt8(body.count + (isFragment ? 1 : 0))
    let message = [1, 0, 0, whole, 0, cookie.isEmpty ? 0 : 1, 0, 0, 0, 0, 0, UInt8(body.count)] + body
    return [22, 254, 255, 0, 0, 0, 0, 0, 0, 0, random, 0, UInt8(message.count)] + message
}

/// The cookie in a HelloVerifyRequest; empty for anything else.
func cookie(in request: [UInt8]?) -> [UInt8] {
    guard let request, request.count > 28, request[13] == 3, request.count == 28 + Int(request[27]) else { return [] }
    return Array(request[28...])
}

/// What a handshake record may look like.
let record: [UInt8] = [22, 254, 253] + [UInt8](repeating: 9, count: 60)
