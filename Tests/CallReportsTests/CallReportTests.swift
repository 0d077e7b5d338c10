import CallReports
import Forwarding
import NetTypes
import Quality
import Testing

@Suite struct CallReportTests {
    private func section(_ counters: [PortCounters]) -> SectionReport {
        var signalled = SignalledMedia(transport: "RTP/AVP")
        signalled.formats = [.init(payloadType: 0, name: "PCMU/8000"), .init(payloadType: 96, name: "H264/90000")]
        return SectionReport(
            index: 0, mediaType: "audio", signalled: signalled,
            ports: counters.enumerated().map { index, counters in
                PortReport(
                    local: TransportAddress(IPAddress(ipv4: 1), UInt16(index)), isRTCP: false, isCurrent: true,
                    counters: counters)
            })
    }

    @Test func sumsOverPorts() {
        var (one, two) = (PortCounters(), PortCounters())
        var stream = StreamStatistics(ssrc: 1)
        (stream.packets, stream.lost, stream.clockRate, stream.jitter) = (98, 2, 8000, 80)
        (stream.lastPacketNanoseconds, stream.longestGapNanoseconds) = (50, 7)
        one.rtpIn.packets = 98
        one.ingress = [stream]
        one.firstPacketNanoseconds = 9
        (stream.jitter, stream.lastPacketNanoseconds) = (8, 60)
        two.rtpIn.packets = 98
        two.ingress = [stream]
        two.firstPacketNanoseconds = 4
        two.drops[Int(DropReason.replayed.rawValue)] = 3
        let sum = section([one, two]).received
        #expect(sum.packets == 196 && sum.lost == 4 && sum.lossPercent == 2)
        #expect(sum.jitterMicroseconds == 1000 && sum.lastPacketNanoseconds == 60)
        #expect(sum.firstPacketNanoseconds == 4 && sum.longestGapNanoseconds == 7)
        #expect(sum.drops.map(\.reason) == [.replayed] && sum.drops.map(\.count) == [3])
        #expect(section([]).received == DirectionSummary())
    }

    @Test func qualityOfShortCalls() {
        var counters = PortCounters()
        var stream = StreamStatistics(ssrc: 1)
        (stream.packets, stream.clockRate) = (24, 8000)
        counters.ingress = [stream]
        #expect(section([counters]).measuredQuality == nil, "too short")
        counters.ingress[0].packets = 25
        #expect(section([counters]).measuredQuality?.opinionScoreHundredths == 441)
        counters.ingress[0].payloadType = 96
        #expect(section([counters]).measuredQuality == nil, "video")
        counters.measuredQuality.add(QualitySample())
        #expect(section([counters]).measuredQuality?.opinionScoreHundredths == 0, "samples count more")
    }

    @Test func handshakes() {
        var protection = ProtectionState(keying: .dtls)
        func state(_ outcomes: [SecurityEvent.Outcome]) -> HandshakeReport.State {
            HandshakeReport(protection, outcomes: outcomes.map { .init($0, nanoseconds: 1) }).state
        }
        #expect(state([]) == .waiting)
        protection.isPeerKnown = true
        #expect(state([]) == .handshaking)
        #expect(state([.timedOut]) == .timedOut)
        #expect(state([.timedOut, .fingerprintMismatch]) == .fingerprintMismatch)
        protection.isKeyed = true
        #expect(state([]) == .done)
        #expect(state([.closedByPeer]) == .closedByPeer)
    }

    @Test func ages() {
        var report = CallReport(callID: "c", takenNanoseconds: 100, takenMicroseconds: 0)
        report.createdNanoseconds = 40
        #expect(report.ageNanoseconds == 60)
        #expect(report.age(of: 0) == nil && report.age(of: 90) == 10 && report.age(of: 101) == 0)
    }
}
