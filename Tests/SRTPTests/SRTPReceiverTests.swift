import SRTPKeying
import Testing

@testable import SRTP

@Suite struct SRTPReceiverTests {
    /// A sender and a receiver with one key.
    struct Pair: ~Copyable {
        var sender: SRTPSender
        var receiver: SRTPReceiver

        init(_ policy: SRTPPolicy) throws {
            let sender = try SRTPSender(policy)
            let receiver = try SRTPReceiver(policy)
            self.sender = sender
            self.receiver = receiver
        }
    }

    /// Lengths at and around the blocks of the ciphers.
    static let payloadLengths = [0, 1, 15, 16, 17, 160, 1000, 1188, 2047, 2048, 2049, 9000]

    @Test(arguments: CryptoSuite.allCases, [UInt64(1), 2])
    func givesBackWhatWasSent(suite: CryptoSuite, seed: UInt64) throws {
        var pair = try Pair(.seeded(suite, seed: seed))
        var generator = SeededGenerator(state: seed)
        for (number, length) in Self.payloadLengths.enumerated() {
            let packet = Packet.rtp(
                UInt16(number), csrcs: number % 4, extensionWords: number % 3 == 0 ? number : nil,
                payload: generator.octets(length))
            let outcome = pair.receiver.rtp(pair.sender.protected(packet))
            #expect(outcome.result == .ok(length: packet.count))
            #expect(outcome.octets == packet)
            let report = Packet.rtcp(blocks: length)
            let protected = pair.sender.rtcp(report).octets
            #expect(pair.receiver.rtcp(protected).octets == report)
            #expect(pair.receiver.rtcp(protected).result == .replayed)
        }
    }

    @Test(arguments: CryptoSuite.allCases)
    func tellsOneKeyFromAnother(suite: CryptoSuite) throws {
        var pair = try Pair(.seeded(suite, seed: 1))
        var other = try SRTPReceiver(.seeded(suite, seed: 2))
        let packet = pair.sender.protected(Packet.rtp(1))
        let outcome = other.rtp(packet)
        #expect(outcome.result == .authenticationFailed)
        #expect(outcome.octets == packet)
        let report = pair.sender.rtcp(Packet.rtcp()).octets
        #expect(other.rtcp(report).result == .authenticationFailed)
        #expect(other.positions.isEmpty)
        // The same octets are still good for who has the key.
        #expect(pair.receiver.rtp(packet).octets == Packet.rtp(1))
        #expect(pair.receiver.rtcp(report).octets == Packet.rtcp())
    }

    @Test(arguments: CryptoSuite.allCases)
    func everyOctetIsAuthenticated(suite: CryptoSuite) throws {
        var pair = try Pair(.seeded(suite))
        let packet = pair.sender.protected(Packet.rtp(7, csrcs: 1, extensionWords: 1))
        let report = pair.sender.rtcp(Packet.rtcp()).octets
        for index in packet.indices {
            var tampered = packet
            tampered[index] ^= 1 << UInt8(index % 8)
            let outcome = pair.receiver.rtp(tampered)
            #expect([.authenticationFailed, .malformed].contains(outcome.result), "octet \(index)")
            #expect(outcome.octets == tampered)
        }
        for index in report.indices {
            var tampered = report
            tampered[index] ^= 1 << UInt8(index % 8)
            let outcome = pair.receiver.rtcp(tampered)
            #expect([.authenticationFailed, .malformed].contains(outcome.result), "octet \(index)")
            #expect(outcome.octets == tampered)
        }
        #expect(pair.receiver.positions.isEmpty)
        #expect(pair.receiver.rtp(packet).octets == Packet.rtp(7, csrcs: 1, extensionWords: 1))
        #expect(pair.receiver.rtcp(report).octets == Packet.rtcp())
    }

    @Test(arguments: CryptoSuite.allCases)
    func everyPrefixIsRefused(suite: CryptoSuite) throws {
        var pair = try Pair(.seeded(suite))
        let packet = pair.sender.protected(Packet.rtp(7))
        let report = pair.sender.rtcp(Packet.rtcp()).octets
        for length in packet.indices {
            let result = pair.receiver.rtp(Array(packet.prefix(length))).result
            #expect([.authenticationFailed, .malformed].contains(result), "\(length)")
        }
        for length in report.indices {
            let result = pair.receiver.rtcp(Array(report.prefix(length))).result
            #expect([.authenticationFailed, .malformed].contains(result), "\(length)")
        }
    }

    @Test func dropsReplayedAndLatePackets() throws {
        var pair = try Pair(.seeded(.aesCM128Tag80))
        let packets = (0..<400).map { pair.sender.protected(Packet.rtp(UInt16($0))) }
        for number in [0, 1, 3, 200] {
            #expect(pair.receiver.rtp(packets[number]).octets == Packet.rtp(UInt16(number)))
        }
        for number in [0, 1, 2, 3, 72, 200] { #expect(pair.receiver.rtp(packets[number]).result == .replayed) }
        for number in [73, 199, 100] {
            #expect(pair.receiver.rtp(packets[number]).octets == Packet.rtp(UInt16(number)))
        }
        for number in [73, 199, 100] { #expect(pair.receiver.rtp(packets[number]).result == .replayed) }
    }

    @Test func aWiderWindowTakesLaterPackets() throws {
        var policy = SRTPPolicy.seeded(.aesCM128Tag80)
        policy.replayWindow = 1024
        var pair = try Pair(policy)
        let packets = (0..<1100).map { pair.sender.protected(Packet.rtp(UInt16($0))) }
        #expect(pair.receiver.rtp(packets[1099]).result == .ok(length: 172))
        #expect(pair.receiver.rtp(packets[76]).result == .ok(length: 172))
        #expect(pair.receiver.rtp(packets[75]).result == .replayed)
    }

    @Test func keepsTheRTCPWindowPerSSRC() throws {
        var pair = try Pair(.seeded(.aesCM128Tag80))
        let reports = (0..<300).map { pair.sender.rtcp(Packet.rtcp(ssrc: UInt32($0 % 2))).octets }
        for number in [299, 298, 173, 172] { #expect(pair.receiver.rtcp(reports[number]).result == .ok(length: 52)) }
        for number in [299, 298, 173, 172, 171, 170] {
            #expect(pair.receiver.rtcp(reports[number]).result == .replayed)
        }
    }

    @Test(arguments: [CryptoSuite.aesCM128Tag80, .aeadAES128GCM, .aesF8Tag32, .nullTag80])
    func countsTheRolloverThroughLossAndReordering(suite: CryptoSuite) throws {
        var pair = try Pair(.seeded(suite))
        var generator = SeededGenerator(state: 9)
        var pending: [(UInt16, [UInt8])] = []
        var number = UInt16(60_000)
        var received = 0
        // Far enough for three roll-overs, in strides of lost packets.
        while received < 1500 {
            number &+= UInt16.random(in: 1...400, using: &generator)
            pending.append((number, pair.sender.protected(Packet.rtp(number))))
            guard pending.count > 8 else { continue }
            // What is taken late is inside the window only when the strides were short.
            let place = Int.random(in: 0..<2, using: &generator)
            let (sent, octets) = pending.remove(at: place)
            let outcome = pair.receiver.rtp(octets)
            if outcome.result != .replayed {
                #expect(outcome.octets == Packet.rtp(sent))
                received += 1
            }
        }
        #expect(try #require(pair.receiver.positions.first?.rtpIndex) >> 16 >= 3)
    }

    @Test func joinsAStreamOfAnyAge() throws {
        for rollover in [UInt64(1), 2, 17, 64] {
            var pair = try Pair(.seeded(.aesCM128Tag80))
            pair.sender.resume(
                at: SRTPStreamPosition(ssrc: Packet.ssrc, rtpIndex: rollover << 16 | 500, rtcpIndex: nil))
            let packet = pair.sender.protected(Packet.rtp(501))
            #expect(pair.receiver.rtp(packet).octets == Packet.rtp(501))
            #expect(pair.receiver.positions.map(\.rtpIndex) == [rollover << 16 | 501])
            #expect(pair.receiver.rtp(packet).result == .replayed)
        }
    }

    @Test func doesNotJoinBeyondTheLimit() throws {
        var policy = SRTPPolicy.seeded(.aeadAES256GCM)
        policy.rolloverGuesses = 3
        var pair = try Pair(policy)
        pair.sender.resume(at: SRTPStreamPosition(ssrc: 1, rtpIndex: 4 << 16, rtcpIndex: nil))
        pair.sender.resume(at: SRTPStreamPosition(ssrc: 2, rtpIndex: 3 << 16, rtcpIndex: nil))
        let beyond = pair.sender.protected(Packet.rtp(1, ssrc: 1))
        let outcome = pair.receiver.rtp(beyond)
        #expect(outcome.result == .authenticationFailed)
        #expect(outcome.octets == beyond)
        let within = pair.sender.protected(Packet.rtp(1, ssrc: 2))
        #expect(pair.receiver.rtp(within).octets == Packet.rtp(1, ssrc: 2))
        // Told of the counter, it follows.
        pair.receiver.resume(at: SRTPStreamPosition(ssrc: 1, rtpIndex: 4 << 16, rtcpIndex: nil))
        #expect(pair.receiver.rtp(beyond).octets == Packet.rtp(1, ssrc: 1))
    }

    @Test func followsOverALossOfMoreThanHalfTheRange() throws {
        var pair = try Pair(.seeded(.aesCM128Tag80))
        #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(10))).result == .ok(length: 172))
        // Another sender with the key, further on than 2^15 packets.
        var ahead = try SRTPSender(.seeded(.aesCM128Tag80))
        ahead.resume(at: SRTPStreamPosition(ssrc: Packet.ssrc, rtpIndex: 2 << 16 | 20, rtcpIndex: nil))
        #expect(pair.receiver.rtp(ahead.protected(Packet.rtp(21))).octets == Packet.rtp(21))
        #expect(pair.receiver.positions.map(\.rtpIndex) == [2 << 16 | 21])
        // The counter never goes back: what was sent under an older one is refused.
        #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(22))).result == .authenticationFailed)
    }

    @Test func forgedPacketsUseUpTheCreditAndDoNoHarm() throws {
        var policy = SRTPPolicy.seeded(.aesCM128Tag80)
        policy.rolloverGuesses = 8
        var pair = try Pair(policy)
        var generator = SeededGenerator(state: 3)
        for number in 0..<1000 {
            let forged = Packet.rtp(UInt16(number), ssrc: UInt32(number), payload: generator.octets(50))
            #expect(pair.receiver.rtp(forged).result == .authenticationFailed)
        }
        #expect(pair.receiver.positions.isEmpty)
        // A stream from the start needs no credit, and one that is joined late gets some again.
        #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(1))).result == .ok(length: 172))
        pair.sender.resume(at: SRTPStreamPosition(ssrc: 9, rtpIndex: 5 << 16, rtcpIndex: nil))
        let joined = (1...20).filter {
            pair.receiver.rtp(pair.sender.protected(Packet.rtp(UInt16($0), ssrc: 9))).result == .ok(length: 172)
        }
        #expect(joined.count >= 10)
    }

    @Test func anSSRCThatReturnsCannotBeReplayed() throws {
        var policy = SRTPPolicy.seeded(.aesCM128Tag80)
        policy.streamLimit = 2
        var pair = try Pair(policy)
        let first = pair.sender.protected(Packet.rtp(10, ssrc: 1))
        let report = pair.sender.rtcp(Packet.rtcp(ssrc: 1)).octets
        #expect(pair.receiver.rtp(first).result == .ok(length: 172))
        #expect(pair.receiver.rtcp(report).result == .ok(length: 52))
        for ssrc: UInt32 in 2...6 {
            #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(1, ssrc: ssrc))).result == .ok(length: 172))
        }
        #expect(pair.receiver.rtp(first).result != .ok(length: 172))
        #expect(pair.receiver.rtcp(report).result == .replayed)
        #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(11, ssrc: 1))).octets == Packet.rtp(11, ssrc: 1))
    }

    @Test func changesOfSSRCKeepEveryCounter() throws {
        var pair = try Pair(.seeded(.aeadAES128GCM))
        for number: UInt16 in [65_534, 65_535, 0, 1] {
            for ssrc: UInt32 in 1...8 {
                let packet = Packet.rtp(number, ssrc: ssrc)
                #expect(pair.receiver.rtp(pair.sender.protected(packet)).octets == packet)
            }
        }
        #expect(pair.receiver.positions.map(\.rtpIndex) == [UInt64?](repeating: 0x1_0001, count: 8))
    }

    @Test func theLastIndexOfAKey() throws {
        var pair = try Pair(.seeded(.aesCM128Tag80))
        let position = SRTPStreamPosition(ssrc: Packet.ssrc, rtpIndex: 0xFFFF_FFFF_FFFE, rtcpIndex: nil)
        pair.sender.resume(at: position)
        pair.receiver.resume(at: position)
        #expect(pair.receiver.rtp(pair.sender.protected(Packet.rtp(0xFFFF))).octets == Packet.rtp(0xFFFF))
        #expect(pair.receiver.rtp(Packet.rtp(0) + [UInt8](repeating: 0, count: 10)).result == .keyExpired)
    }
}
