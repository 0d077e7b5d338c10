import SRTPKeying
import Testing

@testable import SRTP

@Suite struct SRTPSenderTests {
    @Test(arguments: CryptoSuite.allCases)
    func addsTheTrailerAndNothingElse(suite: CryptoSuite) throws {
        var sender = try SRTPSender(.seeded(suite))
        #expect(sender.rtpOverhead == suite.rtpTagLength)
        #expect(sender.rtcpOverhead == suite.rtcpTagLength + 4)
        let packet = Packet.rtp(1, csrcs: 2, extensionWords: 3)
        let (result, octets) = sender.rtp(packet)
        #expect(result == .ok(length: packet.count + suite.rtpTagLength))
        let header = 12 + 8 + 4 + 12
        #expect(octets.prefix(header) == packet.prefix(header))
        #expect((octets[header..<packet.count] == packet[header...]) == !suite.encrypts)
        let report = Packet.rtcp()
        #expect(sender.rtcp(report).octets.prefix(8) == report.prefix(8))
    }

    @Test(arguments: CryptoSuite.allCases)
    func needsRoomForTheTrailer(suite: CryptoSuite) throws {
        var sender = try SRTPSender(.seeded(suite))
        let packet = Packet.rtp(1)
        let short = sender.rtp(packet, room: sender.rtpOverhead - 1)
        #expect(short.result == .bufferTooSmall)
        #expect(short.octets == packet)
        #expect(sender.rtp(packet, room: sender.rtpOverhead).result == .ok(length: packet.count + sender.rtpOverhead))
        let report = Packet.rtcp()
        #expect(sender.rtcp(report, room: sender.rtcpOverhead - 1).result == .bufferTooSmall)
        #expect(
            sender.rtcp(report, room: sender.rtcpOverhead).result == .ok(length: report.count + sender.rtcpOverhead))
        #expect(sender.lastRTCPIndex == 0)
    }

    @Test func usesNoIndexTwice() throws {
        var sender = try SRTPSender(.seeded(.aesCM128Tag80))
        for number: UInt16 in [1000, 1001, 1005, 1003] { #expect(!sender.protected(Packet.rtp(number)).isEmpty) }
        for number: UInt16 in [1000, 1001, 1003, 1005, 800] {
            let packet = Packet.rtp(number)
            let outcome = sender.rtp(packet)
            #expect(outcome.result == .replayed)
            #expect(outcome.octets == packet)
        }
        #expect(!sender.protected(Packet.rtp(1002)).isEmpty)
        // Another SSRC has indices of its own.
        #expect(!sender.protected(Packet.rtp(1000, ssrc: 5)).isEmpty)
    }

    @Test func anSSRCThatReturnsDoesNotUseItsIndicesAgain() throws {
        var policy = SRTPPolicy.seeded(.aesCM128Tag80)
        policy.streamLimit = 2
        var sender = try SRTPSender(policy)
        sender.resume(at: SRTPStreamPosition(ssrc: 1, rtpIndex: 3 << 16 | 10, rtcpIndex: nil))
        for ssrc: UInt32 in 2...6 { #expect(!sender.protected(Packet.rtp(1, ssrc: ssrc)).isEmpty) }
        #expect(sender.rtp(Packet.rtp(10, ssrc: 1)).result == .replayed)
        #expect(sender.rtp(Packet.rtp(9, ssrc: 1)).result == .replayed)
        let next = sender.protected(Packet.rtp(11, ssrc: 1))
        var receiver = try SRTPReceiver(policy)
        receiver.resume(at: SRTPStreamPosition(ssrc: 1, rtpIndex: 3 << 16 | 10, rtcpIndex: nil))
        #expect(receiver.rtp(next).octets == Packet.rtp(11, ssrc: 1))
    }

    /// However many SSRCs come and go: none starts once more at the beginning of its indices.
    @Test func noSSRCIsForgotten() throws {
        var sender = try SRTPSender(.seeded(.aesCM128Tag80))
        let limit = UInt32(StreamTable.senderRetiredLimit + SRTPPolicy.seeded(.aesCM128Tag80).streamLimit)
        for ssrc in 1...limit { #expect(!sender.protected(Packet.rtp(7, ssrc: ssrc)).isEmpty) }
        #expect(sender.rtp(Packet.rtp(7, ssrc: limit + 1)).result == .keyExpired)
        for ssrc in 1...limit {
            #expect(sender.rtp(Packet.rtp(7, ssrc: ssrc)).result == .replayed)
            #expect(!sender.protected(Packet.rtp(8, ssrc: ssrc)).isEmpty)
        }
        #expect(sender.rtp(Packet.rtp(7, ssrc: limit + 1)).result == .keyExpired)
        #expect(sender.positions.count == Int(limit))
    }

    @Test func countsTheRolloverOfReorderedPackets() throws {
        var sender = try SRTPSender(.seeded(.aeadAES128GCM))
        for number: UInt16 in [65_533, 65_535, 1, 65_534, 0, 2] {
            #expect(!sender.protected(Packet.rtp(number)).isEmpty)
        }
        #expect(sender.positions == [SRTPStreamPosition(ssrc: Packet.ssrc, rtpIndex: 0x1_0002, rtcpIndex: nil)])
    }

    @Test func theKeyExpiresWithTheRolloverCounter() throws {
        var sender = try SRTPSender(.seeded(.aesCM128Tag80))
        let last = UInt64(0xFFFF_FFFF_FFFF)
        sender.resume(at: SRTPStreamPosition(ssrc: Packet.ssrc, rtpIndex: last - 1, rtcpIndex: nil))
        #expect(!sender.protected(Packet.rtp(0xFFFF)).isEmpty)
        #expect(sender.rtp(Packet.rtp(0)).result == .keyExpired)
        #expect(sender.rtp(Packet.rtp(1)).result == .keyExpired)
    }

    @Test func theKeyExpiresWithTheRTCPIndex() throws {
        var sender = try SRTPSender(.seeded(.aesCM128Tag80))
        sender.resume(at: SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: 0x7FFF_FFFE))
        let last = sender.rtcp(Packet.rtcp())
        #expect(last.octets.dropLast(10).suffix(4) == [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(sender.rtcp(Packet.rtcp()).result == .keyExpired)
        #expect(sender.rtcp(Packet.rtcp(ssrc: 1)).result == .keyExpired)
    }

    static let malformedRTP: [[UInt8]] = [
        [], [0x80], Array(Packet.rtp(1).prefix(11)), [0x40] + Packet.rtp(1).dropFirst(),
        [0xC0] + Packet.rtp(1).dropFirst(),
        // Fifteen CSRCs, an extension without its header, and one longer than the packet.
        [0x8F] + Packet.rtp(1).dropFirst().prefix(70), [0x90] + Packet.rtp(1).dropFirst().prefix(13),
        Packet.rtp(1, extensionWords: 9, payload: []).dropLast(), [UInt8](repeating: 0x80, count: 65_536),
    ]

    @Test(arguments: malformedRTP)
    func refusesWhatIsNotRTP(packet: [UInt8]) throws {
        var sender = try SRTPSender(.seeded(.aeadAES128GCM))
        #expect(sender.rtp(packet).result == .malformed)
        #expect(sender.positions.isEmpty)
    }

    @Test func refusesWhatIsNotRTCP() throws {
        var sender = try SRTPSender(.seeded(.aeadAES128GCM))
        for packet in [
            [], [0x80, 200, 0, 0, 1, 2, 3], [0x40, 200, 0, 1, 0, 0, 0, 1], [UInt8](repeating: 0x80, count: 65_536),
        ] {
            #expect(sender.rtcp(packet).result == .malformed)
        }
        #expect(sender.lastRTCPIndex == nil)
    }

    @Test func refusesALengthBeyondTheBuffer() throws {
        var sender = try SRTPSender(.seeded(.aesCM128Tag80))
        var packet = Packet.rtp(1)
        let results = packet.withUnsafeMutableBytes { bytes in
            [sender.protectRTP(bytes, length: bytes.count + 1), sender.protectRTCP(bytes, length: bytes.count + 1)]
        }
        #expect(results == [.malformed, .malformed])
        #expect(sender.protectRTP(UnsafeMutableRawBufferPointer(start: nil, count: 0), length: 0) == .malformed)
    }

    @Test func anAEADSuiteCannotGoWithoutAuthentication() {
        for suite in [CryptoSuite.aeadAES128GCM, .aeadAES256GCM] {
            var policy = SRTPPolicy.seeded(suite)
            policy.authenticatesRTP = false
            #expect(throws: SRTPError.unauthenticatedAEAD) { _ = try SRTPSender(policy) }
            #expect(throws: SRTPError.unauthenticatedAEAD) { _ = try SRTPReceiver(policy) }
        }
    }
}
