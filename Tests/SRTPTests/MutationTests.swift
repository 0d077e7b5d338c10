import SRTPKeying
import Testing

@testable import SRTP

/// What a hostile network can send: no trap, no packet that was not sent, and streams that go on after it.
@Suite struct MutationTests {
    @Test(arguments: CryptoSuite.allCases)
    func survivesMutation(suite: CryptoSuite) throws {
        var policy = SRTPPolicy.seeded(suite)
        policy.masterKeyIdentifier = suite.rtpTagLength == 10 ? MasterKeyIdentifier(value: 3, length: 4) : nil
        policy.rolloverGuesses = 2
        var sender = try SRTPSender(policy)
        var receiver = try SRTPReceiver(policy)
        var generator = SeededGenerator(state: UInt64(suite.rawValue))
        for number in 0..<400 {
            let plain = Packet.rtp(
                UInt16(truncatingIfNeeded: number &* 300), csrcs: number % 16, extensionWords: number % 5 == 0 ? 2 : nil
            )
            let report = Packet.rtcp(blocks: number % 90)
            let packet = sender.protected(plain)
            let protectedReport = sender.rtcp(report).octets
            for _ in 0..<10 {
                let mutated = Self.mutated(packet, &generator)
                if mutated != packet { #expect(Self.isRefused(receiver.rtp(mutated).result)) }
                let mutatedReport = Self.mutated(protectedReport, &generator)
                if mutatedReport != protectedReport { #expect(Self.isRefused(receiver.rtcp(mutatedReport).result)) }
            }
            #expect(receiver.rtp(packet).octets == plain)
            #expect(receiver.rtcp(protectedReport).octets == report)
        }
    }

    static func isRefused(_ result: SRTPResult) -> Bool {
        switch result {
        case .ok, .bufferTooSmall, .cipherFailed: false
        case .replayed, .authenticationFailed, .malformed, .keyExpired: true
        }
    }

    static func mutated(_ packet: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var octets = packet
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
            guard !octets.isEmpty else { return octets }
            let place = Int.random(in: octets.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: octets.removeLast(octets.count - place)
            case 2: octets.append(contentsOf: generator.octets(place % 40))
            default: octets[min(place, 15)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return octets
    }
}
