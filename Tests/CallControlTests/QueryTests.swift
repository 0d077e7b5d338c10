import Bencode
import Forwarding
import NetTypes
import Quality
import TestSupport
import Testing

/// `query`: parties, streams and counters (ng-protocol §7). Its shape is pinned by the recorded scenarios.
@Suite struct QueryTests {
    private let relay = TestRelay()

    private func establish() -> (a: UInt16, b: UInt16) {
        let toB = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        let toA = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B", branch: "b1")).section.port
        return (toA, toB)
    }

    @Test(arguments: [
        (Tags(nil), ["A", "B"]), (Tags("A"), ["A", "B"]), (Tags("B"), ["A", "B"]), (Tags("A", "B"), ["A", "B"]),
        (Tags("unknown"), []), (Tags("A", "unknown"), []), (Tags("unknown", "B"), ["A", "B"]),
    ])
    func showsThePartyAndItsPeer(_ tags: Tags, _ shown: [String]) {
        _ = establish()
        #expect(relay.query(tags).keys("tags") == Set(shown))
    }

    @Test func showsOneOfTwoBranches() {
        _ = establish()
        relay.offer(.audio(), Tags("A", branch: "b2"))
        relay.answer(.audio(at: "10.0.0.3"), Tags("A", "C", branch: "b2"))
        #expect(relay.query(Tags("B")).keys("tags") == ["B"])
        #expect(relay.query(Tags("C")).keys("tags") == ["A", "C"])
        #expect(relay.query().keys("tags") == ["A", "B", "C"])
    }

    @Test func showsWhatThePortsHaveSeen() {
        let ports = establish()
        relay.clock.advance(seconds: 9)
        let seen = relay.clock.now
        var stream = StreamStatistics(ssrc: 0x0102_0304)
        (stream.payloadType, stream.packets, stream.bytes, stream.lost) = (8, 50, 8_600, 3)
        (stream.lastTimestamp, stream.extendedHighestSequenceNumber) = (160_000, 65_541)
        relay.plane.receive(50, on: ports.a, now: seen)
        relay.plane.update { state in
            for lease in state.leased.values where lease.local.port == ports.a {
                state.counters[lease.id]?.ingress = [stream]
                state.counters[lease.id]?.lastSSRC = stream.ssrc
                state.counters[lease.id]?.isConfirmed = true
                state.counters[lease.id]?.endpoint = TransportAddress("10.0.0.77:4444")
            }
        }
        relay.clock.advance(seconds: 3)
        let reply = relay.query()
        let rtp = reply.value("tags", "A", "medias", "0", "streams", "0")?.dictionary
        #expect(rtp?.first("local port")?.integer == Int64(ports.a))
        #expect(rtp?.first("stats") == ["packets": 50, "bytes": 8_600, "errors": 0])
        #expect(rtp?.first("SSRC")?.integer == 0x0102_0304)
        #expect(rtp?.first("last packet")?.integer == 1_790_000_010)
        #expect(rtp?.first("endpoint") == ["family": "IPv4", "address": "10.0.0.77", "port": 4444])
        #expect(rtp?.first("advertised endpoint") == ["family": "IPv4", "address": "10.0.0.1", "port": 4000])
        #expect(rtp?.first("flags")?.list?.contains("confirmed") == true)
        #expect(reply.value("tags", "A", "medias", "0", "codec") == "PCMA/8000")
        let entry: BencodeDictionary = [
            "bytes": 8_600, "packets": 50, "last RTP timestamp": 160_000, "last RTP seq": 65_541, "cumulative loss": 3,
        ]
        #expect(reply.value("SSRC", "16909060") == .dictionary(entry))
        #expect(reply.value("totals", "RTP") == ["packets": 50, "bytes": 8_600, "errors": 0])
        #expect(reply.value("tags", "B", "medias", "0", "streams", "0", "stats", "packets") == 0)
    }

    /// A media thread may still have the endpoint of the plan before. As long as nothing has come it is none that was
    /// learned, so the one that was signalled holds.
    @Test(arguments: [false, true])
    func aSignalledEndpointCountsAtOnce(_ hasHeard: Bool) {
        let ports = establish()
        if hasHeard { relay.plane.receive(1, on: ports.b, now: relay.clock.now) }
        relay.plane.update { state in
            for lease in state.leased.values where lease.local.port == ports.b {
                state.counters[lease.id, default: PortCounters()].endpoint = TransportAddress("10.0.0.2:4000")
            }
        }
        relay.answer(.audio(at: "10.0.0.3"), Tags("A", "C", branch: "b1"))
        let shown = relay.query().value("tags", "C", "medias", "0", "streams", "0", "endpoint", "address")
        #expect(shown == (hasHeard ? "10.0.0.2" : "10.0.0.3"))
    }

    private func tally(_ losses: [UInt16], from time: UInt64) -> QualityTally {
        var tally = QualityTally()
        for (index, loss) in losses.enumerated() {
            tally.add(
                QualitySample(
                    reportedLossBasisPoints: loss, jitterMicroseconds: 12_000, roundTripMicroseconds: 60_000,
                    legRoundTripMicroseconds: 20_000, nanoseconds: time + UInt64(index) * 1_000_000_000))
        }
        return tally
    }

    /// What an end reports stands under the SSRC that it sends.
    @Test func showsTheQualityThatAnEndReports() throws {
        let ports = establish()
        let start = relay.clock.now
        relay.clock.advance(seconds: 20)
        relay.plane.update { state in
            for lease in state.leased.values where lease.local.port == ports.a {
                var counters = PortCounters()
                counters.ingress = [StreamStatistics(ssrc: 5)]
                var report = ReceptionReport(reporter: 5, source: 6)
                report.quality = tally([0, 1000, 200], from: start)
                counters.receptionReports = [report]
                state.counters[lease.id] = counters
            }
        }
        let reply = relay.query()
        let average = try #require(reply.value("SSRC", "5", "average MOS")?.dictionary)
        #expect(average.first("samples") == 3)
        #expect(average.first("round-trip time") == 60_000)
        #expect(average.first("round-trip time leg") == 20_000)
        #expect(average.first("jitter") == 12)
        #expect(average.first("packet loss") == 4)
        let (lowest, highest) = (reply.value("SSRC", "5", "lowest MOS"), reply.value("SSRC", "5", "highest MOS"))
        // R = 0.18 · 83.2² − 27.9 · 83.2 + 1126.62 − 0.024 · 42, by hand 50.3; and 88.9.
        #expect(lowest?.dictionary?.first("MOS") == 26)
        #expect(highest?.dictionary?.first("MOS") == 43)
        #expect(lowest?.dictionary?.first("packet loss") == 10)
        #expect(lowest?.dictionary?.first("reported at") == 1_790_000_002)
        #expect(highest?.dictionary?.first("reported at") == 1_790_000_001)
    }

    /// Without reports, an end hears what was measured of the other one's packets.
    @Test func showsTheMeasuredQualityWithoutReports() throws {
        let ports = establish()
        let now = relay.clock.now
        relay.plane.update { state in
            for lease in state.leased.values where lease.local.port == ports.a || lease.local.port == ports.b {
                var counters = PortCounters()
                var stream = StreamStatistics(ssrc: lease.local.port == ports.a ? 5 : 6)
                (stream.packets, stream.payloadType, stream.clockRate) = (100, 8, 8000)
                (stream.lost, stream.skips) = lease.local.port == ports.a ? (10, 10) : (0, 0)
                stream.lastPacketNanoseconds = now
                counters.ingress = [stream]
                state.counters[lease.id] = counters
            }
        }
        let reply = relay.query()
        #expect(reply.value("SSRC", "5", "average MOS", "MOS") == 44)
        #expect(reply.value("SSRC", "5", "average MOS", "samples") == 1)
        #expect(reply.value("SSRC", "6", "average MOS", "packet loss") == 9)
        #expect(reply.value("SSRC", "6", "lowest MOS", "MOS")?.integer ?? 0 < 40)
    }

    @Test func timesAreSecondsOfTheEpoch() {
        relay.offer(.audio())
        relay.clock.advance(seconds: 10)
        relay.answer(.audio(at: "10.0.0.2"))
        relay.clock.advance(seconds: 10)
        let reply = relay.query()
        #expect(reply.value("created") == 1_790_000_001)
        #expect(reply.value("created_us") == 0)
        #expect(reply.value("created_ts") == 1_790_000_001_000_000)
        #expect(reply.value("last signal") == 1_790_000_011)
    }

    @Test func labelsAndMetadata() {
        relay.offer(.audio(), Tags("A"), ["label": "caller", "metadata": "m1"])
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), ["label": "callee"])
        let reply = relay.query()
        #expect(reply.value("metadata") == "m1")
        #expect(reply.value("tags", "A", "label") == "caller")
        #expect(reply.value("tags", "B", "label") == "callee")
        // A label that somebody else claims is his (ng-protocol §3.2).
        relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A"), ["label": "caller"])
        #expect(relay.query().value("tags", "A", "label") == nil)
        #expect(relay.query().value("tags", "B", "label") == "caller")
    }
}
