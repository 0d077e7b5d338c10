import SRTPKeying
import Testing

@testable import SRTP

/// MKI and the session parameters of SDES.
@Suite struct SessionParameterTests {
    static func policy(_ suite: CryptoSuite, _ rest: String) throws -> SRTPPolicy {
        let line = SDESAttribute(tag: 1, suite: suite, masterKey: SRTPPolicy.seeded(suite).masterKey).text()
        return SRTPPolicy(try SDESAttribute(parsing: line + rest))
    }

    @Test(arguments: CryptoSuite.allCases, [1, 4, 128])
    func theMKIStandsWhereTheSuiteWantsIt(suite: CryptoSuite, length: Int) throws {
        let policy = try Self.policy(suite, "|5:\(length)")
        let identifier = [UInt8](repeating: 0, count: length - 1) + [5]
        var sender = try SRTPSender(policy)
        var receiver = try SRTPReceiver(policy)
        let isAEAD = suite.cipher == .gcm
        let packet = sender.rtp(Packet.rtp(1), room: 200).octets
        #expect(packet.count == Packet.rtp(1).count + length + suite.rtpTagLength)
        #expect(Array(packet.dropLast(isAEAD ? 0 : suite.rtpTagLength).suffix(length)) == identifier)
        let report = sender.rtcp(Packet.rtcp(), room: 200).octets
        #expect(Array(report.dropLast(isAEAD ? 0 : suite.rtcpTagLength).suffix(length)) == identifier)
        var otherPolicy = policy
        otherPolicy.masterKeyIdentifier = MasterKeyIdentifier(value: 6, length: length)
        var other = try SRTPReceiver(otherPolicy)
        #expect(other.rtp(packet).result == .authenticationFailed)
        #expect(other.rtcp(report).result == .authenticationFailed)
        #expect(receiver.rtp(packet).octets == Packet.rtp(1))
        #expect(receiver.rtcp(report).octets == Packet.rtcp())
    }

    @Test(arguments: CryptoSuite.allCases)
    func unencryptedPacketsAreStillAuthenticated(suite: CryptoSuite) throws {
        let policy = try Self.policy(suite, " UNENCRYPTED_SRTP UNENCRYPTED_SRTCP")
        var sender = try SRTPSender(policy)
        var receiver = try SRTPReceiver(policy)
        let packet = sender.protected(Packet.rtp(1))
        #expect(Array(packet.dropLast(suite.rtpTagLength)) == Packet.rtp(1))
        let report = sender.rtcp(Packet.rtcp()).octets
        #expect(Array(report.prefix(Packet.rtcp().count)) == Packet.rtcp())
        for index in packet.indices {
            var tampered = packet
            tampered[index] ^= 0x20
            #expect([.authenticationFailed, .malformed].contains(receiver.rtp(tampered).result))
        }
        for index in report.indices {
            var tampered = report
            tampered[index] ^= 0x20
            #expect([.authenticationFailed, .malformed].contains(receiver.rtcp(tampered).result))
        }
        #expect(receiver.rtp(packet).octets == Packet.rtp(1))
        #expect(receiver.rtcp(report).octets == Packet.rtcp())
    }

    @Test(arguments: CryptoSuite.allCases)
    func aReceiverGoesByTheFlagOfTheRTCPPacket(suite: CryptoSuite) throws {
        var clear = try SRTPSender(try Self.policy(suite, " UNENCRYPTED_SRTCP"))
        var receiver = try SRTPReceiver(try Self.policy(suite, ""))
        #expect(receiver.rtcp(clear.rtcp(Packet.rtcp()).octets).octets == Packet.rtcp())
        var secret = try SRTPSender(try Self.policy(suite, ""))
        secret.resume(at: SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: 9))
        var unencrypted = try SRTPReceiver(try Self.policy(suite, " UNENCRYPTED_SRTCP"))
        #expect(unencrypted.rtcp(secret.rtcp(Packet.rtcp()).octets).octets == Packet.rtcp())
    }

    @Test(arguments: CryptoSuite.allCases.filter { $0.cipher != .gcm })
    func unauthenticatedPacketsHaveNoTag(suite: CryptoSuite) throws {
        let policy = try Self.policy(suite, "|1:2 UNAUTHENTICATED_SRTP")
        var sender = try SRTPSender(policy)
        var receiver = try SRTPReceiver(policy)
        #expect(sender.rtpOverhead == 2)
        #expect(sender.rtcpOverhead == 4 + 2 + suite.rtcpTagLength)
        for number: UInt16 in [65_535, 0, 1] {
            let packet = sender.protected(Packet.rtp(number))
            #expect(packet.count == Packet.rtp(number).count + 2)
            #expect(receiver.rtp(packet).octets == Packet.rtp(number))
            // Not refused: the window could have been moved by anyone.
            #expect(receiver.rtp(packet).octets == Packet.rtp(number))
        }
        var report = sender.rtcp(Packet.rtcp()).octets
        #expect(receiver.rtcp(report).octets == Packet.rtcp())
        report = sender.rtcp(Packet.rtcp()).octets
        report[20] ^= 1
        #expect(receiver.rtcp(report).result == .authenticationFailed)
    }

    @Test(arguments: CryptoSuite.allCases)
    func theOtherProviderGivesTheSamePackets(suite: CryptoSuite) throws {
        let policy = SRTPPolicy.seeded(suite)
        let derivation = try KeyDerivation(policy.masterKey)
        var other = SRTPSender(
            policy,
            transforms: try TransformPair(
                policy, rtp: try SessionKeys.rtp(derivation, suite: suite),
                rtcp: try SessionKeys.rtcp(derivation, suite: suite), operation: .encrypt, provider: .contexts))
        var sender = try SRTPSender(policy)
        for number: UInt16 in 1...3 {
            #expect(other.protected(Packet.rtp(number)) == sender.protected(Packet.rtp(number)))
            #expect(other.rtcp(Packet.rtcp()).octets == sender.rtcp(Packet.rtcp()).octets)
        }
    }
}
