import Forwarding
import NetTypes
import PacketPath
import Quality
import RTP
import Testing

/// What the ends report is read on its way through.
@Suite struct ReportTests {
    private let relay = Relay()
    private let (a, aControl): (LocalPortID, LocalPortID)
    private let (b, bControl): (LocalPortID, LocalPortID)
    private static let aRTCP = Peer.address("192.0.2.1:4001")

    init() {
        (a, aControl, b, bControl) = (relay.open(0), relay.open(1), relay.open(2), relay.open(3))
        for (port, control, other, otherControl, remote, remoteControl) in [
            (a, aControl, b, bControl, Peer.signalled, Self.aRTCP), (b, bControl, a, aControl, Peer.far, Peer.farRTCP),
        ] {
            let sinks = [Sink(port: other, traffic: .rtp), Sink(port: otherControl, traffic: .rtcp)]
            var media = plan(port, remote: remote, to: sinks, learning: .immediate)
            media.codecImpairments = [0: .g711]
            relay.install(media)
            var reports = plan(control, .rtcp, remote: remoteControl, to: sinks, learning: .immediate)
            reports.companion = port
            relay.install(reports)
        }
    }

    private func senderReport(_ ssrc: UInt32, time: UInt64) -> [UInt8] {
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: ssrc,
            information: SenderInformation(ntpTimestamp: time << 16, rtpTimestamp: 0, packets: 50, octets: 8000))
        return builder.bytes
    }

    private func receiverReport(_ reporter: UInt32, on source: UInt32, time: UInt32, held: UInt32) -> [UInt8] {
        var builder = RTCPBuilder()
        builder.appendReceiverReport(
            ssrc: reporter,
            blocks: [
                ReportBlock(
                    ssrc: source, fractionLost: 64, cumulativeLost: 9, extendedHighestSequenceNumber: 77, jitter: 80,
                    lastReport: time, delaySinceLastReport: held)
            ])
        return builder.bytes
    }

    /// A hears B's stream 6, and says so 140 ms after B's report passed, having held it for 100 ms; then B does.
    @Test func roundTripAndQuality() throws {
        for number in 0..<3 as Range<UInt16> {
            relay.arrive(rtp(number, timestamp: UInt32(number) * 160, ssrc: 6), on: b, from: Peer.far)
            relay.arrive(rtp(number, timestamp: UInt32(number) * 160, ssrc: 5), on: a, from: Peer.signalled)
            relay.now += 20 * Relay.millisecond
        }
        relay.arrive(senderReport(6, time: 0xABCD), on: bControl, from: Peer.farRTCP)
        relay.arrive(senderReport(5, time: 0x1234), on: aControl, from: Self.aRTCP)
        relay.now += 140 * Relay.millisecond
        relay.arrive(receiverReport(5, on: 6, time: 0xABCD, held: 6554), on: aControl, from: Self.aRTCP)
        let first = try relay.counters(a)
        #expect(abs(Int(first.roundTripMicroseconds) - 40_000) < 20)
        let report = try #require(first.receptionReports.first)
        #expect(report.reporter == 5 && report.source == 6 && report.reports == 1)
        #expect(report.fractionLost == 64 && report.cumulativeLost == 9 && report.jitter == 80)
        #expect(report.clockRate == 8000 && report.nanoseconds == relay.now)
        #expect(report.quality.average?.jitterMicroseconds == 10_000)
        #expect(report.quality.average?.lossBasisPoints == 2500)
        #expect(
            first.senderReports == [
                SenderReport(source: 5, packets: 50, octets: 8000, nanoseconds: relay.now - 140 * Relay.millisecond)
            ])
        relay.now += 10 * Relay.millisecond
        relay.arrive(receiverReport(6, on: 5, time: 0x1234, held: 6554), on: bControl, from: Peer.farRTCP)
        let second = try #require(try relay.counters(b).receptionReports.first?.quality.average)
        #expect(abs(Int(second.legRoundTripMicroseconds) - 50_000) < 20)
        #expect(abs(Int(second.roundTripMicroseconds) - 90_000) < 40)
        let all = relay.table.statistics(ofPool: 0)
        #expect(all.opinionScore.samples == 2 && all.roundTrip.samples == 1 && all.legRoundTrip.samples == 2)
        #expect(abs(all.loss.average - 25) < 0.01 && all.jitter.average == 10)
    }

    /// At most one sample a second, and none without a round trip.
    @Test func samplesAreLimited() throws {
        relay.arrive(rtp(ssrc: 6), on: b, from: Peer.far)
        relay.arrive(receiverReport(5, on: 6, time: 0, held: 0), on: aControl, from: Self.aRTCP)
        #expect(try relay.counters(a).receptionReports.first?.quality.samples == 0)
        relay.arrive(senderReport(6, time: 7), on: bControl, from: Peer.farRTCP)
        for _ in 0..<5 {
            relay.now += 300 * Relay.millisecond
            relay.arrive(receiverReport(5, on: 6, time: 7, held: 0), on: aControl, from: Self.aRTCP)
        }
        let report = try #require(try relay.counters(a).receptionReports.first)
        #expect(report.reports == 6 && report.quality.samples == 1)
    }

    /// More reporters than there is room for: the one silent for longest makes room.
    @Test func reportersAreLimited() throws {
        for reporter in 1...10 as ClosedRange<UInt32> {
            relay.now += Relay.millisecond
            relay.arrive(receiverReport(reporter, on: 6, time: 0, held: 0), on: aControl, from: Self.aRTCP)
        }
        #expect(try relay.counters(a).receptionReports.map(\.reporter) == [8, 9, 10])
    }

    @Test func extendedReports() throws {
        // XR of 5 about 6: VoIP metrics; of 6: its reference time, which 5 answers with DLRR.
        let metrics: [UInt8] = [
            0x80, 207, 0, 10, 0, 0, 0, 5, 7, 0, 0, 8, 0, 0, 0, 6, 26, 13, 128, 3, 0, 200, 7, 208, 0, 90, 0, 60, 0, 0, 0,
            16, 80, 127, 41, 39, 0, 0, 0, 60, 0, 80, 0, 90,
        ]
        relay.arrive(metrics, on: aControl, from: Self.aRTCP)
        let voice = try #require(try relay.counters(a).receptionReports.first?.voiceMetrics)
        #expect(voice.lossRate == 26 && voice.discardRate == 13 && voice.burstDensity == 128 && voice.gapDensity == 3)
        #expect(voice.burstMilliseconds == 200 && voice.gapMilliseconds == 2000)
        #expect(voice.roundTripMilliseconds == 90 && voice.endSystemMilliseconds == 60)
        #expect(voice.rFactor == 80 && voice.listeningQuality == 41 && voice.conversationalQuality == 39)
        #expect(voice.jitterBufferMilliseconds == 60)
        relay.arrive(
            [0x80, 207, 0, 4, 0, 0, 0, 6, 4, 0, 0, 2, 0, 0, 0x11, 0x22, 0x33, 0x44, 0, 0], on: bControl,
            from: Peer.farRTCP)
        relay.now += 30 * Relay.millisecond
        relay.arrive(
            [0x80, 207, 0, 5, 0, 0, 0, 5, 5, 0, 0, 3, 0, 0, 0, 6, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0], on: aControl,
            from: Self.aRTCP)
        #expect(try relay.counters(a).roundTripMicroseconds == 30_000)
    }

    /// Lies about times lead to no round trip.
    @Test(arguments: [(7, 65_536 * 10), (8, 0), (0, 0)] as [(UInt32, UInt32)])
    func nonsense(_ time: UInt32, _ held: UInt32) throws {
        relay.arrive(senderReport(6, time: 7), on: bControl, from: Peer.farRTCP)
        relay.now += Relay.millisecond
        relay.arrive(receiverReport(5, on: 6, time: time, held: held), on: aControl, from: Self.aRTCP)
        #expect(try relay.counters(a).roundTripMicroseconds == 0)
    }

    @Test func goodbye() throws {
        relay.arrive([0x81, 203, 0, 1, 0, 0, 0, 9], on: aControl, from: Self.aRTCP)
        let last = try #require(try relay.counters(a).events.last)
        #expect(last.kind == .goodbye && last.value == 9 && last.microseconds == relay.now / 1000)
    }

    /// Five seconds of G.711 with one packet in fifty lost make a sample.
    @Test func measuredQuality() throws {
        for number in 0..<600 as Range<UInt16> where number % 50 != 7 {
            relay.now += 20 * Relay.millisecond
            relay.arrive(rtp(number, timestamp: UInt32(number) * 160, ssrc: 6), on: b, from: Peer.far)
        }
        let quality = try relay.counters(b).measuredQuality
        #expect(quality.samples == 2)
        #expect((150...250).contains(quality.average?.lossBasisPoints ?? 0))
        #expect((390...440).contains(quality.average?.opinionScoreHundredths ?? 0))
    }
}
