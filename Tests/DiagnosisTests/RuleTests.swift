import CallReports
import Diagnosis
import Forwarding
import NetTypes
import SRTPKeying
import Testing

/// Rules whose facts a simulated call does not easily come to: each changes one thing in the report on a good call.
@Suite struct RuleTests {
    static let second: UInt64 = 1_000_000_000
    static let now = 1000 * second

    /// What one port of a good call has seen.
    private static func counters(ssrc: UInt32, peer: TransportAddress) -> PortCounters {
        var stream = StreamStatistics(ssrc: ssrc)
        (stream.packets, stream.bytes, stream.payloadType, stream.clockRate) = (1500, 1500 * 172, 8, 8000)
        (stream.samplesPerPacket, stream.expected) = (160, 1500)
        (stream.firstPacketNanoseconds, stream.lastPacketNanoseconds) = (now - 30 * second, now - 10_000_000)
        var counters = PortCounters()
        (counters.rtpIn.packets, counters.rtpOut.packets, counters.ingress) = (1500, 1500, [stream])
        (counters.firstPacketNanoseconds, counters.lastPacketNanoseconds) = (now - 30 * second, now - 10_000_000)
        (counters.endpoint, counters.isConfirmed) = (peer, true)
        return counters
    }

    private static func party(_ number: UInt32, _ tag: String, at address: String, local: String) -> PartyReport {
        var signalled = SignalledMedia(transport: "RTP/AVP")
        let peer = place(address)
        (signalled.isKnown, signalled.endpoint) = (true, peer)
        signalled.formats = [.init(payloadType: 8, name: "PCMA/8000")]
        let port = PortReport(
            local: place(local), isRTCP: false, isCurrent: true, counters: counters(ssrc: number + 1, peer: peer))
        return PartyReport(
            number: number, tag: tag, peer: 1 - number,
            sections: [SectionReport(index: 0, mediaType: "audio", signalled: signalled, ports: [port])])
    }

    static var good: CallReport {
        var report = CallReport(callID: "call", takenNanoseconds: now, takenMicroseconds: 0)
        (report.createdNanoseconds, report.lastSignalNanoseconds) = (now - 35 * second, now - 31 * second)
        report.isAnswered = true
        report.parties = [
            party(0, "A", at: "203.0.113.4:4000", local: "192.0.2.10:30000"),
            party(1, "B", at: "198.51.100.6:4100", local: "192.0.2.10:30002"),
        ]
        return report
    }

    /// A change of what was signalled for a party and of what its port has seen.
    typealias Change = @Sendable (inout SignalledMedia, inout PortReport, inout PortCounters) -> Void

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let cause: Cause
        let report: CallReport
    }

    static func changed(_ party: Int, _ change: Change) -> CallReport {
        var report = good
        var section = report.parties[party].sections[0]
        var counters = section.ports[0].counters ?? PortCounters()
        change(&section.signalled, &section.ports[0], &counters)
        section.ports[0].counters = counters
        report.parties[party].sections[0] = section
        return report
    }

    static func drop(_ reason: DropReason, _ count: UInt64, _ counters: inout PortCounters) {
        counters.drops[Int(reason.rawValue)] = count
        counters.dropNanoseconds[Int(reason.rawValue)] = now - 100_000_000
    }

    static func forget(_ counters: inout PortCounters) {
        (counters.rtpIn.packets, counters.ingress) = (0, [])
        (counters.firstPacketNanoseconds, counters.lastPacketNanoseconds) = (0, 0)
    }

    /// ICE of a party of whom nothing came.
    static func withChecks(_ change: @escaping @Sendable (inout CheckStatistics) -> Void) -> CallReport {
        changed(0) { signalled, _, counters in
            forget(&counters)
            (signalled.usesICE, signalled.candidates, counters.endpoint, counters.isConfirmed) = (true, 1, nil, false)
            var checks = CheckStatistics()
            (checks.hasRemote, checks.remoteCandidates, checks.pairs, checks.checksSent) = (true, 1, 1, 7)
            change(&checks)
            counters.checks = checks
        }
    }

    /// DTLS of a party of whom nothing came.
    private static func withHandshake(_ state: HandshakeReport.State, received: UInt32 = 0) -> CallReport {
        changed(0) { signalled, port, counters in
            forget(&counters)
            (signalled.transport, signalled.offersDTLS) = ("UDP/TLS/RTP/SAVP", true)
            counters.protection = ProtectionState(keying: .dtls)
            port.handshake = HandshakeReport(state: state, datagramsReceived: received)
        }
    }

    static let cases: [Case] = [
        Case(testDescription: "good", cause: .healthy, report: good),
        Case(
            testDescription: "the last packet alone is of an unknown type", cause: .healthy,
            report: changed(0) { _, _, counters in
                counters.ingress[0].payloadType = 107
                counters.unnegotiatedPackets = 1
            }),
        Case(
            testDescription: "a further party rings, while the caller talks", cause: .unanswered,
            report: changed(1) { signalled, _, counters in
                forget(&counters)
                (signalled.isKnown, signalled.endpoint, counters.endpoint) = (false, nil, nil)
            }),
        Case(
            testDescription: "a further party talks, and its answer is missing", cause: .answerMissing,
            report: changed(1) { signalled, _, counters in
                (signalled.isKnown, signalled.endpoint, counters.endpoint) = (false, nil, nil)
            }),
        Case(
            testDescription: "the system refuses to send", cause: .sendRefused,
            report: changed(1) { _, _, counters in
                drop(.sendFailed, 1500, &counters)
                counters.rtpOut.packets = 0
                (counters.socketErrors.sent, counters.socketErrors.lastSent) = (1500, 1)
            }),
        Case(
            testDescription: "too large for the relay", cause: .oversized,
            report: changed(0) { _, _, counters in
                forget(&counters)
                drop(.truncated, 300, &counters)
            }),
        Case(
            testDescription: "a key is used up", cause: .keyExpired,
            report: changed(0) { _, _, counters in drop(.keyExpired, 9, &counters) }),
        Case(
            testDescription: "packets go in circles", cause: .looped,
            report: changed(0) { _, _, counters in drop(.looped, 9, &counters) }),
        Case(
            testDescription: "transcoding does not keep up", cause: .transcoderBusy,
            report: changed(0) { _, _, counters in drop(.transcoderBusy, 9, &counters) }),
        Case(
            testDescription: "no way out", cause: .noReceiver,
            report: changed(0) { _, _, counters in drop(.noSink, 900, &counters) }),
        Case(
            testDescription: "nothing leaves, and nobody knows why", cause: .notForwarded,
            report: changed(1) { _, _, counters in counters.rtpOut.packets = 0 }),
        Case(
            testDescription: "no report on what is heard", cause: .receiverReportsNothing,
            report: changed(1) { _, _, counters in counters.rtcpIn.packets = 6 }),
        Case(
            testDescription: "a part fails its authentication", cause: .srtpAuthentication,
            report: changed(0) { _, _, counters in
                counters.protection = ProtectionState(keying: .sdes)
                counters.protection?.isKeyed = true
                drop(.authenticationFailed, 700, &counters)
            }),
        Case(
            testDescription: "every pair failed", cause: .iceFailed,
            report: withChecks {
                $0.state = .failed
                ($0.answersReceived, $0.failedPairs) = (2, 1)
            }),
        Case(
            testDescription: "never nominated", cause: .iceNotNominated,
            report: changed(0) { signalled, _, counters in
                forget(&counters)
                (signalled.usesICE, counters.isConfirmed) = (true, false)
                var checks = CheckStatistics()
                (checks.hasRemote, checks.state, checks.answersReceived, checks.checksAnswered) = (
                    true, .connected, 3, 3
                )
                counters.checks = checks
            }),
        Case(
            testDescription: "nobody checks a lite agent", cause: .iceUnanswered,
            report: withChecks {
                $0.isLite = true
                $0.checksSent = 0
            }),
        Case(testDescription: "the handshake breaks off", cause: .dtlsFailed, report: withHandshake(.failed("alert"))),
        Case(testDescription: "the handshake times out", cause: .dtlsFailed, report: withHandshake(.timedOut)),
        Case(
            testDescription: "where to send the handshake is not known", cause: .dtlsWaiting,
            report: withHandshake(.waiting)),
        Case(
            testDescription: "a handshake in circles", cause: .dtlsIncomplete,
            report: withHandshake(.handshaking, received: 9)),
        Case(
            testDescription: "somebody's RTCP alone", cause: .onlyRTCP,
            report: changed(0) { _, _, counters in
                forget(&counters)
                (counters.rtcpIn.packets, counters.lastPacketNanoseconds) = (4, now - second)
            }),
    ]

    /// Reports of the callee that lag behind what the caller has sent.
    static func lagging(rate: UInt64, missing: UInt32, expected: UInt64? = nil) -> CallReport {
        var report = good
        let packets = 30 * rate
        report.parties[0].sections[0].ports[0].counters?.ingress[0].packets = packets
        report.parties[0].sections[0].ports[0].counters?.ingress[0].expected = expected ?? packets
        report.parties[0].sections[0].ports[0].counters?.ingress[0].extendedHighestSequenceNumber = 60_000
        var block = ReceptionReport(reporter: 2, source: 1)
        (block.reports, block.nanoseconds, block.extendedHighestSequenceNumber) = (
            4, now - 4 * second, 60_000 - missing
        )
        report.parties[1].sections[0].ports[0].counters?.receptionReports = [block]
        return report
    }

    /// What is between reports is no lag, however fast the stream, and neither are other sequence numbers.
    @Test func reportsLagBehind() {
        #expect(CallDiagnosis(Self.lagging(rate: 50, missing: 900)).cause == .receiverHearsNothing)
        #expect(CallDiagnosis(Self.lagging(rate: 200, missing: 1200)).severity == .healthy)
        #expect(CallDiagnosis(Self.lagging(rate: 200, missing: 3100)).cause == .receiverHearsNothing)
        #expect(CallDiagnosis(Self.lagging(rate: 50, missing: 900, expected: 100)).severity == .healthy)
    }

    /// A call of two bundled sections, each end with numbers of its own: what is sent has those of the receiver.
    static func bundled(audio: UInt8, video: UInt8, isShowing: Bool = true) -> CallReport {
        var report = good
        for party in report.parties.indices {
            var section = report.parties[party].sections[0]
            section.signalled.formats = [.init(payloadType: party == 0 ? 111 : 109, name: "opus/48000/2")]
            var other = SectionReport(index: 1, mediaType: "video", signalled: section.signalled)
            other.signalled.bundleOwner = 0
            other.signalled.formats = [.init(payloadType: party == 0 ? 96 : 120, name: "VP8/90000")]
            var counters = section.ports[0].counters ?? PortCounters()
            counters.ingress[0].payloadType = party == 0 ? audio : 111
            counters.ingress[0].samplesPerPacket = 960
            var stream = counters.ingress[0]
            (stream.ssrc, stream.payloadType) = (77 + UInt32(party), party == 0 ? video : 96)
            if !isShowing, party == 0 { stream.lastPacketNanoseconds = now - 100 * second }
            counters.ingress.insert(stream, at: 0)
            section.ports[0].counters = counters
            report.parties[party].sections = [section, other]
        }
        return report
    }

    @Test func bundlesGoByTheReceiversNumbers() {
        for (audio, video) in [(109, 120), (111, 96), (127, 120)] as [(UInt8, UInt8)] {
            let diagnosis = CallDiagnosis(Self.bundled(audio: audio, video: video))
            let cause: Cause = audio == 111 ? .payloadTypeNumber : .healthy
            #expect(diagnosis.cause == cause && diagnosis.severity != .fault, "\(diagnosis.account)")
        }
    }

    /// A camera that is switched off is no fault, whether its video came before or not, with a goodbye or without.
    @Test func aCameraIsOff() {
        let diagnosis = CallDiagnosis(Self.bundled(audio: 109, video: 120, isShowing: false))
        #expect(diagnosis.cause == .idle && diagnosis.severity == .note, "\(diagnosis.account)")
        var separate = Self.good
        for party in separate.parties.indices {
            var video = separate.parties[party].sections[0]
            (video.index, video.mediaType) = (1, "video")
            video.ports[0].local = place("192.0.2.10:3100\(party)")
            separate.parties[party].sections.append(video)
        }
        separate.parties[0].sections[1].ports[0].counters?.ingress[0].lastPacketNanoseconds =
            Self.now - 100 * Self.second
        separate.parties[0].sections[1].ports[0].counters?.events = [
            PortEvent(.goodbye, value: 0, microseconds: (Self.now - 99 * Self.second) / 1000)
        ]
        #expect(CallDiagnosis(separate).cause == .idle)
        separate.parties[0].sections[1].ports[0].counters?.ingress = []
        separate.parties[0].sections[1].ports[0].counters?.rtpIn.packets = 0
        separate.parties[0].sections[1].ports[0].counters?.rtcpIn.packets = 20
        #expect(CallDiagnosis(separate).cause == .idle, "\(CallDiagnosis(separate).account)")
    }

    /// A report on an interval of heavy loss, with losses since the beginning.
    static func reporting(lost: Int32, before: UInt64) -> CallReport {
        var report = good
        report.parties[0].sections[0].ports[0].counters?.ingress[0].lost = before
        var block = ReceptionReport(reporter: 2, source: 1)
        (block.reports, block.nanoseconds, block.fractionLost, block.cumulativeLost) = (4, now - second, 128, lost)
        report.parties[1].sections[0].ports[0].counters?.receptionReports = [block]
        return report
    }

    /// Of an end that is silent most of the time a few packets a second beside its own are not much.
    @Test func pausesDoNotMakeMuchOfLittle() {
        for (reason, party) in [(.foreignSource, 0), (.authenticationFailed, 0), (.sendFailed, 1)]
            as [(DropReason, Int)]
        {
            for (rate, severity) in [(2, false), (40, true)] as [(UInt64, Bool)] {
                var report = Self.good
                report.createdNanoseconds = Self.now - 1000 * Self.second
                report.lastSignalNanoseconds = Self.now - 999 * Self.second
                report.parties[0].sections[0].ports[0].counters?.ingress[0].firstPacketNanoseconds = 1
                var counters = report.parties[party].sections[0].ports[0].counters ?? PortCounters()
                Self.drop(reason, 60, &counters)
                counters.foreignSource = ForeignSource(address: place("192.0.2.99:9"), nanoseconds: Self.now)
                counters.dropRun = DropRun(
                    reason: reason, packets: 60, sinceNanoseconds: Self.now - 60 * Self.second / rate)
                report.parties[party].sections[0].ports[0].counters = counters
                let diagnosis = CallDiagnosis(report)
                #expect((diagnosis.severity == .fault) == severity, "\(reason) \(rate): \(diagnosis.account)")
            }
        }
    }

    /// Loss that the relay saw, too, is not behind it.
    @Test func lossIsFoundWhereItIs() {
        #expect(CallDiagnosis(Self.reporting(lost: 700, before: 0)).cause == .lossBehindRelay)
        #expect(CallDiagnosis(Self.reporting(lost: 120, before: 110)).severity != .fault)
        #expect(CallDiagnosis(Self.reporting(lost: -5, before: .max)).cause != .lossBehindRelay)
    }

    /// Between the first and the last moment of patience it is the nomination that is missing, not the handshake.
    @Test func handshakesWaitForTheNomination() {
        for (waited, severity) in [(7, .tooEarly), (12, .fault)] as [(UInt64, Severity)] {
            var report = Self.withHandshake(.handshaking)
            report.lastSignalNanoseconds = Self.now - waited * Self.second
            var checks = CheckStatistics()
            (checks.hasRemote, checks.state, checks.answersReceived, checks.checksAnswered) = (true, .connected, 3, 3)
            report.parties[0].sections[0].ports[0].counters?.checks = checks
            report.parties[0].sections[0].ports[0].counters?.isConfirmed = false
            let diagnosis = CallDiagnosis(report)
            #expect(diagnosis.cause == .iceNotNominated && diagnosis.severity == severity, "\(diagnosis.account)")
        }
    }

    /// Consent that was lost before the last agreement is not what is the matter with it.
    @Test func consentIsThatOfTheLastAgreement() {
        for (lost, cause) in [(20, .iceConsentLost), (33, .iceUnanswered)] as [(UInt64, Cause)] {
            var report = Self.withChecks { _ in }
            report.parties[0].sections[0].ports[0].counters?.events = [
                PortEvent(.consentLost, value: 0, microseconds: (Self.now - lost * Self.second) / 1000)
            ]
            #expect(CallDiagnosis(report).cause == cause)
        }
    }

    /// Of what passes in part nobody says that there is none.
    @Test func aPartIsNotTheWhole() throws {
        let one = try #require(Self.cases.first { $0.testDescription == "a part fails its authentication" })
        #expect(!CallDiagnosis(one.report).sentence.hasPrefix("No "))
    }

    /// A data channel that nothing goes through says nothing of the audio beside it.
    @Test func dataChannelsAreBesideTheCall() {
        var report = Self.good
        for party in report.parties.indices {
            var data = report.parties[party].sections[0]
            (data.index, data.mediaType, data.signalled.isUnderstood) = (1, "application", false)
            data.ports[0].local = place("192.0.2.10:3200\(party)")
            data.ports[0].counters = PortCounters()
            report.parties[party].sections.append(data)
        }
        let diagnosis = CallDiagnosis(report)
        #expect(diagnosis.cause == .healthy && diagnosis.directions.contains { $0.cause == .idle })
    }

    /// A tag that is one endless character is cut all the same.
    @Test func namesAreShort() {
        var report = Self.good
        report.parties.append(report.parties[1])
        report.parties[2].number = 2
        report.parties[1].tag = "e" + String(repeating: "\u{301}", count: 5000)
        #expect(CallDiagnosis(report).directions.allSatisfy { $0.sentence.unicodeScalars.count < 300 })
    }

    /// Two causes are told as two.
    @Test func eachDirectionHasItsCause() {
        var report = Self.changed(0) { _, _, counters in
            Self.forget(&counters)
            Self.drop(.truncated, 300, &counters)
        }
        report.parties[1].sections[0].ports[0].counters = {
            var counters = PortCounters()
            counters.endpoint = place("198.51.100.6:4100")
            return counters
        }()
        let diagnosis = CallDiagnosis(report)
        #expect(diagnosis.sentence.contains("No audio from the caller to the callee: "), "\(diagnosis.account)")
        #expect(diagnosis.sentence.contains("; nor from the callee to the caller: nothing arrives"))
    }

    @Test(arguments: cases)
    func oneChange(_ one: Case) {
        let diagnosis = CallDiagnosis(one.report)
        #expect(diagnosis.cause == one.cause, "\(diagnosis.account)")
    }

    @Test func aCallWithoutMedia() {
        let diagnosis = CallDiagnosis(CallReport(callID: "x", takenNanoseconds: 1, takenMicroseconds: 1))
        #expect(diagnosis.cause == .nothingSignalled && diagnosis.severity == .note && diagnosis.directions.isEmpty)
    }

    /// No instant and no number leads anywhere but to a verdict.
    @Test func extremesDoNotTrap() {
        for value in [0, 1, .max / 2, .max] as [UInt64] {
            for one in Self.cases {
                var report = one.report
                (report.takenNanoseconds, report.lastSignalNanoseconds, report.deletionNanoseconds) = (
                    value, .max, value
                )
                report.ending = "REGULAR"
                for party in report.parties.indices {
                    var counters = report.parties[party].sections[0].ports[0].counters ?? PortCounters()
                    counters.rtpIn.packets = value
                    counters.lastPacketNanoseconds = value
                    counters.firstPacketNanoseconds = .max
                    counters.drops = counters.drops.map { _ in value }
                    counters.dropNanoseconds = []
                    for stream in counters.ingress.indices {
                        counters.ingress[stream].packets = value
                        counters.ingress[stream].lost = value
                        counters.ingress[stream].lastPacketNanoseconds = value
                        counters.ingress[stream].bytes = .max
                    }
                    report.parties[party].sections[0].ports[0].counters = counters
                    report.parties[party].sections[0].signalled.bundleOwner = 7
                    report.parties[party].peer = 99
                }
                #expect(!CallDiagnosis(report).sentence.isEmpty)
            }
        }
    }

    /// Each verdict can be come to.
    @Test func everyCauseIsTested() {
        var seen = Set((PlainFaults.all + SecureFaults.all + GoodCalls.all).map(\.cause) + Self.cases.map(\.cause))
        seen.formUnion([.nothingSignalled, .rejected, .forkedAway])
        #expect(Set(Cause.allCases).subtracting(seen).isEmpty)
    }
}
