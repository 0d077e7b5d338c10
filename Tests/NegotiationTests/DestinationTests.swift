import Bencode
import Forwarding
import TestSupport
import Testing

/// Where media may be sent to, and where not.
@Suite struct DestinationTests {
    private let sipSource: BencodeDictionary = [
        "flags": ["SIP-source-address"], "received-from": ["IP4", "10.0.0.7"],
    ]

    /// The address of the SIP message stands for every address in the SDP, that of RTCP included.
    @Test func sipSourceCoversRTCP() {
        let relay = TestRelay()
        let body = Body.audio(["a=rtcp:5001 IN IP4 10.9.9.9"])
        let section = relay.offer(body, Tags("A"), sipSource).section
        #expect(relay.rtpFlow(into: section.port).map(\.to) == ["10.0.0.7:4000"])
        #expect(relay.rtcpFlow(into: section.port + 1).map(\.to) == ["10.0.0.7:5001"])
        let plain = relay.offer(body, Tags("A"), call: "plain").section
        #expect(relay.rtcpFlow(into: plain.port + 1).map(\.to) == ["10.9.9.9:5001"])
    }

    /// The relay's own host is nobody's to be sent packets to: its control socket is there.
    @Test(arguments: ["audio 2223 RTP/AVP 0", "application 2223 UDP/BFCP *"])
    func loopbackIsNoDestination(_ head: String) {
        let relay = TestRelay()
        let section = relay.offer(Body(at: "127.0.0.1").section(head)).section
        #expect(section.port != 0)
        #expect(relay.rtpFlow(into: section.port).map(\.to) == [nil])
        #expect(relay.rtcpFlow(into: section.port + 1).map(\.to) == [nil])
        #expect(relay.answer(Body(at: "127.0.0.2").section(head)).result == "ok")
        let plans = relay.plane.snapshot.plans.values
        #expect(!plans.isEmpty && plans.allSatisfy { $0.remote == nil })
    }

    @Test(arguments: [("2001:db8::9", true), ("::1", false), ("::ffff:127.0.0.1", false), ("::ffff:127.9.9.9", false)])
    func loopbackInIPv6(_ address: String, isDestination: Bool) {
        let relay = TestRelay(interfaces: ["2001:db8::1"])
        let section = relay.offer(.audio(at: address)).section
        #expect(section.port != 0)
        #expect(relay.rtpFlow(into: section.port).map { $0.to != nil } == [isDestination])
    }

    @Test func loopbackForRTCPAlone() {
        let relay = TestRelay()
        let section = relay.offer(.audio(["a=rtcp:2223 IN IP4 127.0.0.1"])).section
        #expect(relay.rtcpFlow(into: section.port + 1).map(\.to) == [nil])
    }

    @Test func loopbackCandidates() {
        let relay = TestRelay()
        let lines = [
            "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901",
            "a=candidate:1 1 UDP 2130706431 127.0.0.1 2223 typ host",
            "a=candidate:2 1 UDP 2130706431 10.0.0.1 4000 typ host",
        ]
        relay.offer(.audio(lines))
        relay.answer(.audio(at: "10.0.0.2", lines))
        let fragment = Body(at: nil).section(
            "audio 9 RTP/AVP 0", lines.map { $0.replacing("4000", with: "4010") })
        #expect(relay.offer(fragment, Tags("A"), ["flags": ["fragment"]]).result == "ok")
        let candidates = relay.plane.snapshot.plans.values.compactMap(\.ice).flatMap(\.remoteCandidates)
        #expect(!candidates.isEmpty)
        #expect(candidates.allSatisfy { !"\($0)".contains("127.0.0.1") })
    }

    /// On a relay that lives on loopback, as in tests, its peers are there too.
    @Test func loopbackRelay() {
        let relay = TestRelay(interfaces: ["127.0.0.1"])
        let section = relay.offer(Body.audio(at: "127.0.0.1", ["a=rtcp:4005 IN IP4 127.0.0.3"])).section
        #expect(relay.rtpFlow(into: section.port).map(\.to) == ["127.0.0.1:4000"])
        #expect(relay.rtcpFlow(into: section.port + 1).map(\.to) == ["127.0.0.3:4005"])
    }
}
