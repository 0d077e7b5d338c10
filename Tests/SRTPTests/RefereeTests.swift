import SRTPKeying
import Testing

@testable import SRTP

/// Every suite against libsrtp2, an implementation that shares nothing with this one. One at a time: libsrtp2 keeps
/// global state.
@Suite(.serialized) struct RefereeTests {
    /// All but f8, which libsrtp2 does not have.
    static let suites = CryptoSuite.allCases.filter { $0.cipher != .f8 }

    /// A policy and a sender and receiver of the engine that fit the referee with that policy.
    struct Bench: ~Copyable {
        let policy: SRTPPolicy
        var sender: SRTPSender
        var receiver: SRTPReceiver

        init(_ policy: SRTPPolicy) throws {
            let sender = SRTPSender(policy, transforms: try Self.transforms(policy, .encrypt))
            let receiver = SRTPReceiver(policy, transforms: try Self.transforms(policy, .decrypt))
            self.policy = policy
            self.sender = sender
            self.receiver = receiver
        }

        func refereeSends() throws -> Referee {
            guard let referee = Referee(policy, .sends) else { throw RefereeMissing() }
            return referee
        }

        func refereeReceives() throws -> Referee {
            guard let referee = Referee(policy, .receives) else { throw RefereeMissing() }
            return referee
        }

        /// libsrtp2 derives the keys of AES-192 with AES-256, taking the first octets of the salt for the last of
        /// the key. RFC 6188 §3 has AES-192 here, and its vectors are checked elsewhere; the rest of the packet can
        /// be compared by deriving as libsrtp2 does.
        static func transforms(
            _ policy: SRTPPolicy, _ operation: CipherContext.Operation
        ) throws -> TransformPair {
            guard policy.suite == .aesCM192Tag80 || policy.suite == .aesCM192Tag32 else {
                return try TransformPair(policy, operation: operation)
            }
            let octets = policy.keyOctets + [UInt8](repeating: 0, count: 8)
            let derivation = try KeyDerivation(MasterKey(keyLength: 32, saltLength: 14) { $0.copyBytes(from: octets) })
            return try TransformPair(
                policy, rtp: try SessionKeys.rtp(derivation, suite: policy.suite),
                rtcp: try SessionKeys.rtcp(derivation, suite: policy.suite), operation: operation)
        }
    }

    struct RefereeMissing: Error {}

    static let payloadLengths = [0, 1, 16, 17, 160, 1188, 2049]

    @Test(arguments: suites, [UInt64(1), 2, 3])
    func bothMakeTheSamePackets(suite: CryptoSuite, seed: UInt64) throws {
        var bench = try Bench(.seeded(suite, seed: seed))
        let referee = try bench.refereeSends()
        var generator = SeededGenerator(state: seed)
        for (number, length) in Self.payloadLengths.enumerated() where length > 0 || suite.cipher == .gcm {
            let packet = Packet.rtp(
                UInt16(number) &+ 65_533, csrcs: number % 3, extensionWords: number % 2 == 0 ? number : nil,
                payload: generator.octets(length))
            #expect(bench.sender.protected(packet) == referee.protectRTP(packet))
        }
        // libsrtp2 counts from 1.
        bench.sender.resume(at: SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: 0))
        for length in Self.payloadLengths where length % 4 == 0 {
            let report = Packet.rtcp(blocks: length)
            #expect(bench.sender.rtcp(report).octets == referee.protectRTCP(report))
        }
    }

    @Test(arguments: suites, [UInt64(1), 2, 3])
    func eachReadsTheOther(suite: CryptoSuite, seed: UInt64) throws {
        var bench = try Bench(.seeded(suite, seed: seed))
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        for number in 0..<200 {
            let packet = Packet.rtp(UInt16(number) &+ 65_436, csrcs: number % 3)
            #expect(receives.unprotectRTP(bench.sender.protected(packet)) == packet)
            #expect(bench.receiver.rtp(sends.protectRTP(packet) ?? []).octets == packet)
            let report = Packet.rtcp(blocks: number & ~3)
            #expect(receives.unprotectRTCP(bench.sender.rtcp(report).octets) == report)
            #expect(bench.receiver.rtcp(sends.protectRTCP(report) ?? []).octets == report)
        }
    }

    @Test(arguments: suites)
    func bothRefuseReplays(suite: CryptoSuite) throws {
        var bench = try Bench(.seeded(suite))
        let receives = try bench.refereeReceives()
        let packets = (0..<300).map { bench.sender.protected(Packet.rtp(UInt16($0) &+ 65_400)) }
        let reports = (0..<300).map { _ in bench.sender.rtcp(Packet.rtcp()).octets }
        var generator = SeededGenerator(state: 5)
        for _ in 0..<600 {
            let place = min(
                299, Int.random(in: 0..<10, using: &generator) * 30 + Int.random(in: 0..<30, using: &generator))
            let outcome = bench.receiver.rtp(packets[place])
            let verdict = receives.unprotectRTP(packets[place])
            #expect((outcome.result == .ok(length: 172)) == (verdict != nil), "packet \(place)")
            let reportOutcome = bench.receiver.rtcp(reports[place])
            let reportVerdict = receives.unprotectRTCP(reports[place])
            #expect((reportOutcome.result == .ok(length: 52)) == (reportVerdict != nil), "report \(place)")
        }
    }

    @Test(arguments: suites)
    func theRefereeRefusesEveryTamperedOctet(suite: CryptoSuite) throws {
        var bench = try Bench(.seeded(suite))
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        let plain = Packet.rtp(5, csrcs: 1, extensionWords: 1)
        let ours = bench.sender.protected(plain)
        let theirs = try #require(sends.protectRTP(plain))
        let ourReport = bench.sender.rtcp(Packet.rtcp()).octets
        let theirReport = try #require(sends.protectRTCP(Packet.rtcp()))
        for index in ours.indices {
            #expect(receives.unprotectRTP(Self.tampered(ours, index)) == nil)
            #expect(MutationTests.isRefused(bench.receiver.rtp(Self.tampered(theirs, index)).result))
        }
        for index in ourReport.indices {
            #expect(receives.unprotectRTCP(Self.tampered(ourReport, index)) == nil)
            #expect(MutationTests.isRefused(bench.receiver.rtcp(Self.tampered(theirReport, index)).result))
        }
        #expect(receives.unprotectRTP(ours) == plain)
        #expect(bench.receiver.rtp(theirs).octets == plain)
        #expect(receives.unprotectRTCP(ourReport) == Packet.rtcp())
        #expect(bench.receiver.rtcp(theirReport).octets == Packet.rtcp())
    }

    static func tampered(_ packet: [UInt8], _ index: Int) -> [UInt8] {
        var packet = packet
        packet[index] ^= 1 << UInt8(index % 8)
        return packet
    }

    @Test(arguments: suites)
    func theRolloverCounterIsTheSame(suite: CryptoSuite) throws {
        var bench = try Bench(.seeded(suite))
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        // Thirty thousand numbers at a stride, so that many counters pass; reordered around each wrap.
        var number = UInt16(65_500)
        for step in 0..<60 {
            number &+= step % 4 == 0 ? 30_000 : 1
            let packet = Packet.rtp(number)
            #expect(receives.unprotectRTP(bench.sender.protected(packet)) == packet)
            #expect(bench.receiver.rtp(sends.protectRTP(packet) ?? []).octets == packet)
            let late = Packet.rtp(number &- 3)
            if step % 4 == 0 {
                #expect(receives.unprotectRTP(bench.sender.protected(late)) == late)
                #expect(bench.receiver.rtp(sends.protectRTP(late) ?? []).octets == late)
            }
        }
        #expect(try #require(bench.receiver.positions.first?.rtpIndex) >> 16 >= 6)
    }

    @Test(arguments: suites)
    func aStreamOfTheRefereeCanBeJoinedLate(suite: CryptoSuite) throws {
        var bench = try Bench(.seeded(suite))
        let sends = try bench.refereeSends()
        #expect(sends.protectRTP(Packet.rtp(100)) != nil)
        #expect(sends.setRolloverCounter(40))
        let packet = Packet.rtp(101)
        let protected = try #require(sends.protectRTP(packet))
        #expect(bench.receiver.rtp(protected).octets == packet)
        #expect(bench.receiver.positions.map(\.rtpIndex) == [40 << 16 | 101])
    }

    @Test(arguments: suites)
    func theMasterKeyIdentifierIsInTheSamePlace(suite: CryptoSuite) throws {
        var policy = SRTPPolicy.seeded(suite)
        policy.masterKeyIdentifier = MasterKeyIdentifier(value: 0x0102_0304, length: 4)
        var bench = try Bench(policy)
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        let packet = Packet.rtp(1)
        #expect(receives.unprotectRTP(bench.sender.protected(packet), hasIdentifier: true) == packet)
        #expect(bench.receiver.rtp(sends.protectRTP(packet, hasIdentifier: true) ?? []).octets == packet)
        let report = Packet.rtcp()
        // libsrtp2 looks for the MKI of SRTCP where the tag of SRTP would end.
        if suite.rtpTagLength == suite.rtcpTagLength {
            #expect(receives.unprotectRTCP(bench.sender.rtcp(report).octets, hasIdentifier: true) == report)
        }
        #expect(bench.receiver.rtcp(sends.protectRTCP(report, hasIdentifier: true) ?? []).octets == report)
    }

    /// libsrtp2 has no AEAD packet without encryption but for SRTCP.
    @Test(arguments: suites)
    func theSessionParametersMeanTheSame(suite: CryptoSuite) throws {
        var policy = SRTPPolicy.seeded(suite)
        policy.encryptsRTCP = false
        if suite.cipher != .gcm { policy.encryptsRTP = false }
        var bench = try Bench(policy)
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        for number: UInt16 in [65_535, 0] {
            let packet = Packet.rtp(number)
            #expect(receives.unprotectRTP(bench.sender.protected(packet)) == packet)
            #expect(bench.receiver.rtp(sends.protectRTP(packet) ?? []).octets == packet)
            let report = Packet.rtcp()
            #expect(receives.unprotectRTCP(bench.sender.rtcp(report).octets) == report)
            #expect(bench.receiver.rtcp(sends.protectRTCP(report) ?? []).octets == report)
        }
    }

    @Test(arguments: suites.filter { $0.cipher != .gcm })
    func unauthenticatedPacketsAreTheSame(suite: CryptoSuite) throws {
        var policy = SRTPPolicy.seeded(suite)
        policy.authenticatesRTP = false
        var bench = try Bench(policy)
        let sends = try bench.refereeSends()
        let receives = try bench.refereeReceives()
        for number: UInt16 in [65_535, 0] {
            let packet = Packet.rtp(number)
            #expect(receives.unprotectRTP(bench.sender.protected(packet)) == packet)
            #expect(bench.receiver.rtp(sends.protectRTP(packet) ?? []).octets == packet)
        }
    }
}
