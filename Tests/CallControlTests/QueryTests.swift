import Bencode
import Forwarding
import NetTypes
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
