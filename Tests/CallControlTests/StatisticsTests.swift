import Bencode
import CallControl
import Forwarding
import NetTypes
import Quality
import TestSupport
import Testing

/// The numbers of `statistics` (ng-protocol §8.1).
@Suite struct StatisticsTests {
    private func section(_ relay: TestRelay, _ name: String) -> BencodeDictionary {
        relay.statistics().value("statistics", name)?.dictionary ?? [:]
    }

    private func call(_ relay: TestRelay, _ id: String) -> (a: UInt16, b: UInt16) {
        let toB = relay.offer(.audio(), call: id).section.port
        return (relay.answer(.audio(at: "10.0.0.2"), call: id).section.port, toB)
    }

    @Test func nothingHasHappened() {
        let relay = TestRelay()
        relay.clock.advance(seconds: 7)
        let total = section(relay, "totalstatistics")
        #expect(total.first("uptime") == "7")
        #expect(total.first("avgcallduration") == "0.000000")
        #expect(total.first("totalcallsduration_stddev") == "0.000000")
        let zeros = [
            "managedsessions", "rejectedsessions", "timeoutsessions", "silenttimeoutsessions", "finaltimeoutsessions",
            "offertimeoutsessions", "regularterminatedsessions", "forcedterminatedsessions", "relayedpackets",
            "relayedpackets_user", "relayedpackets_kernel", "relayedbytes", "relayedpacketerrors", "zerowaystreams",
            "onewaystreams",
        ]
        for key in zeros { #expect(total.first(key) == 0, "\(key)") }
    }

    @Test func sessionsAreCounted() {
        let relay = TestRelay()
        for id in ["a", "b", "c"] { _ = call(relay, id) }
        relay.offer(.audio(), call: "d")
        relay.delete(call: "b")
        let current = section(relay, "currentstatistics")
        #expect(current.first("sessionstotal") == 3)
        #expect(current.first("sessionsown") == 3)
        #expect(current.first("sessionsforeign") == 0)
        #expect(section(relay, "totalstatistics").first("managedsessions") == 1)
    }

    @Test func convertedSectionsAreCounted() {
        let relay = TestRelay()
        _ = call(relay, "plain")
        relay.offer(.audio(), call: "converted", ["codec": ["transcode": ["G722"]]])
        #expect(section(relay, "currentstatistics").first("transcodedmedia") == 0)
        relay.answer(.audio(at: "10.0.0.2", formats: "9"), call: "converted")
        #expect(section(relay, "currentstatistics").first("transcodedmedia") == 2)
        // What goes on is what was agreed.
        relay.offer(.audio(formats: "9"), Tags("A", "B"), call: "converted")
        #expect(section(relay, "currentstatistics").first("transcodedmedia") == 2)
        relay.answer(.audio(at: "10.0.0.2", formats: "9"), Tags("A", "B"), call: "converted")
        #expect(section(relay, "currentstatistics").first("transcodedmedia") == 0)
    }

    @Test func durationsAreSummedUp() {
        let relay = TestRelay()
        for (id, seconds) in [("a", 2), ("b", 4), ("c", 9)] {
            _ = call(relay, id)
            relay.clock.advance(seconds: seconds)
            relay.delete(call: id)
        }
        let total = section(relay, "totalstatistics")
        #expect(total.first("managedsessions") == 3)
        #expect(total.first("avgcallduration") == "5.000000")
        #expect(total.first("totalcallsduration") == "15.000000")
        #expect(total.first("totalcallsduration2") == "101.000000")
        #expect(total.first("totalcallsduration_stddev") == "2.943920")
    }

    @Test func silentStreamsAreTold() {
        let relay = TestRelay()
        _ = call(relay, "zero")
        let one = call(relay, "one")
        let two = call(relay, "two")
        relay.offer(.audio(), call: "unanswered")
        relay.plane.receive(1, on: one.a, now: relay.clock.now)
        relay.plane.receive(1, on: two.a, now: relay.clock.now)
        relay.plane.receive(1, on: two.b, now: relay.clock.now)
        relay.controller.endAllCalls()
        let total = section(relay, "totalstatistics")
        #expect(total.first("onewaystreams") == 1)
        #expect(total.first("zerowaystreams")?.integer ?? 0 >= 1)
        #expect(total.first("forcedterminatedsessions") == 4)
    }

    @Test func mediaOfAllAddressesIsSummedUp() throws {
        let table = InterfaceTable(specs: ["in/192.0.2.10", "out/203.0.113.20"], minimum: 30_000, maximum: 30_099)
        let relay = TestRelay(table: table)
        var one = PoolStatistics()
        (one.lost, one.duplicates, one.reordered, one.skips, one.restarts) = (3, 2, 1, 4, 5)
        (one.ingress.packets, one.egress.bytes) = (7, 8)
        one.opinionScore = MeasureSums(samples: 2, total: 8, squares: 32.5)
        one.roundTrip = MeasureSums(samples: 1, total: 40_000, squares: 1.6e9)
        relay.plane.update { state in
            state.poolStatistics = [PortPoolID(0): one, PortPoolID(1): one]
        }
        let metrics = section(relay, "voip_metrics")
        #expect(metrics.first("packets_lost") == 6)
        #expect(metrics.first("rtp_duplicates") == 4)
        #expect(metrics.first("rtp_reordered") == 2)
        #expect(metrics.first("rtp_skips") == 8)
        #expect(metrics.first("rtp_seq_resets") == 10)
        #expect(metrics.first("rtt_e2e_average") == "40000.000000")
        #expect(metrics.first("rtt_e2e_samples_total") == 2)
        let mos = section(relay, "mos")
        #expect(mos.first("mos_average") == "4.000000")
        #expect(mos.first("mos_stddev") == "0.500000")
        let interface = try #require(relay.statistics().value("statistics", "interfaces", "1")?.dictionary)
        #expect(interface.first("packets_lost") == 3)
        #expect(interface.first("ingress") == ["packets": 7, "bytes": 0, "errors": 0])
        #expect(interface.first("egress") == ["packets": 0, "bytes": 8, "errors": 0])
        #expect(interface.first("voip_metrics")?.dictionary?.first("mos2_total") == "32.500000")
    }

    @Test func ratesAreOfTheLastSecond() {
        let relay = TestRelay()
        relay.pass(seconds: 1)
        relay.plane.update { state in
            (state.totals.packets, state.totals.bytes, state.totals.errors) = (50, 8_600, 2)
        }
        relay.pass(seconds: 1)
        var current = section(relay, "currentstatistics")
        #expect(current.first("packetrate") == 50)
        #expect(current.first("byterate") == 8_600)
        #expect(current.first("errorrate") == 2)
        #expect(current.first("packetrate_user") == 50)
        #expect(current.first("packetrate_kernel") == 0)
        let total = section(relay, "totalstatistics")
        #expect(total.first("relayedpackets") == 50)
        #expect(total.first("relayedbytes") == 8_600)
        #expect(total.first("relayedpacketerrors") == 2)
        // Late ticks do not make rates higher.
        relay.plane.update { $0.totals.packets = 150 }
        relay.clock.advance(seconds: 3)
        relay.pass(seconds: 1)
        current = section(relay, "currentstatistics")
        #expect(current.first("packetrate") == 25)
        #expect(current.first("byterate") == 0)
    }

    @Test func requestsAreCountedByClient() throws {
        let relay = TestRelay()
        let other = TransportAddress(IPAddress(ipv4: 0xC000_0201), 5)
        relay.send(["command": "ping"])
        relay.send(["command": "ping"], from: other)
        relay.send(["command": "ping"], from: TransportAddress(other.address, 6))
        relay.offer(.audio())
        relay.offer(.audio(port: 0), call: "bad")
        let control = section(relay, "controlstatistics")
        let proxies = try #require(control.first("proxies")?.list).compactMap(\.dictionary)
        #expect(proxies.map { $0.first("proxy") } == ["127.0.0.1", "192.0.2.1"])
        #expect(proxies.map { $0.first("pingcount") } == [1, 2])
        #expect(proxies.map { $0.first("offercount") } == [2, 0])
        #expect(proxies.map { $0.first("errorcount") } == [1, 0])
        #expect(control.first("totalpingcount") == 3)
        #expect(control.first("totaloffercount") == 2)
        #expect(control.first("totalanswercount") == 0)
    }

    /// Senders' addresses can be forged: their table is bounded, the sums are not.
    @Test func clientsAreCountedWithinBounds() throws {
        let relay = TestRelay()
        for number in 0..<1_200 as Range<UInt32> {
            relay.send(["command": "ping"], from: TransportAddress(IPAddress(ipv4: 0x0A00_0000 + number), 1))
        }
        let control = section(relay, "controlstatistics")
        #expect(try #require(control.first("proxies")?.list).count <= 1_025)
        #expect(control.first("totalpingcount") == 1_200)
    }

    @Test func interfacesShowTheirPorts() throws {
        let table = InterfaceTable(specs: ["in/192.0.2.10", "out/203.0.113.20"], minimum: 30_000, maximum: 30_099)
        let relay = TestRelay(table: table)
        relay.offer(.audio(), ["direction": ["in", "out"]])
        relay.offer(.audio(), call: "second", ["direction": ["in", "in"]])
        let interfaces = try #require(relay.statistics().value("statistics", "interfaces")?.list)
        let ports = interfaces.compactMap { $0.dictionary?.first("ports")?.dictionary }
        #expect(interfaces.map { $0.dictionary?.first("name") } == ["in", "out"])
        #expect(interfaces.map { $0.dictionary?.first("address") } == ["192.0.2.10", "203.0.113.20"])
        #expect(ports.map { $0.first("used") } == [6, 2])
        #expect(ports.map { $0.first("free") } == [94, 98])
        #expect(ports.map { $0.first("totals") } == [100, 100])
        #expect(ports.map { $0.first("used_pct") } == ["6.00", "2.00"])
        #expect(ports.map { $0.first("min") } == [30_000, 30_000])
        #expect(ports.map { $0.first("max") } == [30_099, 30_099])
    }

    @Test func streamsInUseAreCounted() {
        let relay = TestRelay()
        relay.offer(Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("video 4002 RTP/AVP 96"))
        #expect(section(relay, "currentstatistics").first("media_userspace") == 4)
        relay.delete()
        #expect(section(relay, "currentstatistics").first("media_userspace") == 0)
    }
}

extension TestRelay {
    fileprivate func offer(_ body: Body, _ options: BencodeDictionary) { offer(body, Tags("A"), options) }
}
