import Bencode
import Forwarding
import TestSupport
import Testing

/// `ICE=optional` and `ICE=force-relay`: the relay is one candidate among those of the parties (sdp-behaviour §11).
@Suite struct BypassTests {
    private let relay = TestRelay()

    private static func body(_ address: String, _ port: UInt16, priorities: [String: [UInt32]] = [:]) -> Body {
        let candidates = priorities.sorted { $0.key < $1.key }.flatMap { type, numbers in
            numbers.map { "a=candidate:1 1 UDP \($0) \(address) \(port) typ \(type)" }
        }
        return Body(at: address).section(
            "audio \(port) RTP/AVP 0",
            ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"] + candidates + ["a=crypto:7 FOO inline:x"])
    }

    @Test(arguments: ["optional", "force-relay"])
    func packetsGoThroughAsTheyAre(_ policy: String) throws {
        let toB = relay.offer(Self.body("10.0.0.1", 4000), Tags("A"), ["ICE": .text(policy)]).section
        #expect(toB.port == 4000 && toB.address == "10.0.0.1")
        #expect(toB.has("a=ice-ufrag:abcd") && toB.has("a=crypto:7 FOO inline:x"))
        let toA = relay.answer(Self.body("10.0.0.2", 5000), Tags("A", "B"), ["ICE": .text(policy)]).section
        #expect(toA.port == 5000 && toA.address == "10.0.0.2")
        let ports = try [toB, toA].map { section in
            try section.values(of: "candidate").map { try #require(UInt16($0.split(separator: " ")[5])) }
        }
        #expect(ports.map(\.count) == [2, 2])
        #expect(relay.rtpFlow(into: ports[0][0]) == [.init(out: ports[1][0], to: "10.0.0.1:4000")])
        #expect(relay.rtpFlow(into: ports[1][0]) == [.init(out: ports[0][0], to: "10.0.0.2:5000")])
        #expect(relay.rtcpFlow(into: ports[0][1]) == [.init(out: ports[1][1], to: "10.0.0.1:4001")])
        for port in ports.joined() {
            let plan = try #require(relay.plane.plan(port: port))
            #expect(plan.carries == .opaque && plan.ice == nil && plan.security == nil)
        }
        relay.delete()
        #expect(relay.plane.openPorts == 0 && relay.plane.violations == [])
    }

    @Test(
        arguments: [
            ("optional", ["host": [2_130_706_431, 2_130_706_430]], "2097152255", "host"),
            ("optional", ["host": [2_113_929_471], "relay": [255]], "2113929727", "host"),
            ("optional", ["srflx": [1_694_498_815]], "2130706431", "host"),
            ("force-relay", ["host": [2_130_706_431]], "16777215", "relay"),
            ("force-relay", ["relay": [1, 16_777_215]], "511", "relay"),
            ("force-relay", ["relay": [16_777_215]], "255", "relay"),
            ("optional", ["host": [4_294_967_295]], "2097152255", "host"),
        ] as [(String, [String: [UInt32]], String, String)])
    func priorityFollowsThoseReceived(
        _ policy: String, _ priorities: [String: [UInt32]], _ expected: String, _ type: String
    ) throws {
        let body = Self.body("10.0.0.1", 4000, priorities: priorities)
        let toB = relay.offer(body, Tags("A"), ["ICE": .text(policy)]).section
        let ours = try #require(toB.values(of: "candidate").first { $0.contains("198.51.100.7") }).split(separator: " ")
        #expect(ours[3] == expected)
        #expect(ours[7] == type)
        #expect(ours.count == (type == "relay" ? 12 : 8))
    }

    @Test func withoutICETheRelayIsInTheWay() throws {
        let toB = relay.offer(.audio(), Tags("A"), ["ICE": "optional"]).section
        #expect(toB.address == "198.51.100.7" && toB.values(of: "candidate").count == 2)
        let plan = try #require(relay.plane.plan(port: toB.port))
        #expect(plan.ice != nil && plan.carries == .rtp)
    }

    /// What holds for the whole session holds where the section goes.
    @Test func linesOfTheSessionGoAlong() {
        let body = Body(at: "10.0.0.1")
            .session(["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=sendonly"])
            .section("audio 4000 RTP/AVP 0")
        let toB = relay.offer(body, Tags("A"), ["ICE": "optional"]).section
        for line in ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=sendonly"] { #expect(toB.has(line)) }
    }

    /// A data channel: its checks are between the parties, and no agent of the relay may take them.
    @Test func checksOfOpaqueSectionsGoThrough() throws {
        let lines = ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=rtcp-mux", "a=setup:actpass"]
        let head = "application 4000 UDP/DTLS/SCTP webrtc-datachannel"
        let toB = relay.offer(Body(at: "10.0.0.1").section(head, lines), Tags("A"), ["ICE": "force"]).section
        let toA = relay.answer(Body(at: "10.0.0.2").section(head, lines)).section
        for section in [toA, toB] {
            let plan = try #require(relay.plane.plan(port: section.port))
            #expect(plan.carries == .opaque && plan.ice == nil && plan.security == nil)
        }
    }

    @Test func laterOfferTakesItBack() throws {
        relay.offer(Self.body("10.0.0.1", 4000), Tags("A"), ["ICE": "optional"])
        relay.answer(Self.body("10.0.0.2", 5000), Tags("A", "B"), ["ICE": "optional"])
        let toB = relay.offer(Self.body("10.0.0.1", 4000), Tags("A", "B"), ["ICE": "force"]).section
        #expect(toB.address == "198.51.100.7" && !toB.has("a=ice-ufrag:abcd"))
        relay.answer(Self.body("10.0.0.2", 5000), Tags("A", "B"))
        let plan = try #require(relay.plane.plan(port: toB.port))
        #expect(plan.carries == .rtp && plan.ice != nil)
    }
}
