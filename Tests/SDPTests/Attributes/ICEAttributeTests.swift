import NetTypes
import SDP
import Testing

@Suite struct ICEAttributeTests {
    /// RFC 8839 §5.1 and what browsers add.
    @Test func candidate() throws {
        let text = "1 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998 generation 0 ufrag a"
        let candidate = try #require(ICECandidate(text))
        #expect(candidate.text == text)
        #expect(candidate.foundation == "1")
        #expect(candidate.component == 1)
        #expect(candidate.isUDP)
        #expect(candidate.priority == 1_694_498_815)
        #expect(candidate.address?.description == "192.0.2.3:45664")
        #expect(candidate.type == .serverReflexive)
        #expect(candidate.relatedHost == "203.0.113.141")
        #expect(candidate.relatedPort == 8998)
        #expect(candidate.extensions.map(\.name) == ["generation", "ufrag"])
    }

    @Test func mDNSAndTCP() throws {
        let host = try #require(ICECandidate("1 1 udp 2 8f3e.local 5000 typ host"))
        #expect(host.address == nil)
        #expect(host.host == "8f3e.local")
        #expect(host.isUDP)
        let tcp = try #require(ICECandidate("1 2  TCP 2 2001:db8::1 9 typ foo tcptype active"))
        #expect(!tcp.isUDP)
        #expect(tcp.type == .other("foo"))
        #expect(tcp.text == "1 2  TCP 2 2001:db8::1 9 typ foo tcptype active")
    }

    @Test func composed() throws {
        let address = try #require(TransportAddress("198.51.100.7:30000"))
        let candidate = ICECandidate(foundation: "abc", component: 1, priority: 2_130_706_431, address: address)
        #expect(candidate.text == "abc 1 UDP 2130706431 198.51.100.7 30000 typ host")
        #expect(ICECandidate(candidate.text) == candidate)
        let relayed = ICECandidate(
            foundation: "abc", component: 2, priority: 1, address: address, type: .relayed, related: address,
            extensions: [ICECandidate.Extension(name: "network-cost", value: "10")])
        #expect(
            relayed.text
                == "abc 2 UDP 1 198.51.100.7 30000 typ relay raddr 198.51.100.7 rport 30000 network-cost 10")
        #expect(ICECandidate(relayed.text) == relayed)
    }

    @Test(arguments: [
        "", "1", "1 1 UDP 1 10.1.1.1 1", "1 1 UDP 1 10.1.1.1 1 typ", "1 1 UDP 1 10.1.1.1 1 type host",
        "1 0 UDP 1 10.1.1.1 1 typ host", "1 257 UDP 1 10.1.1.1 1 typ host", "1 x UDP 1 10.1.1.1 1 typ host",
        "1 1 UDP 4294967296 10.1.1.1 1 typ host", "1 1 UDP -1 10.1.1.1 1 typ host",
        "1 1 UDP 1 10.1.1.1 65536 typ host", "1 1 UDP 1 10.1.1.1 1 typ host generation",
        "123456789012345678901234567890123 1 UDP 1 10.1.1.1 1 typ host",
    ])
    func badCandidate(_ text: String) {
        #expect(ICECandidate(text) == nil)
    }

    @Test func types() throws {
        for type in [ICECandidate.CandidateType.host, .serverReflexive, .peerReflexive, .relayed, .other("x")] {
            #expect(ICECandidate("1 1 UDP 1 10.1.1.1 1 typ \(type.text)")?.type == type)
        }
    }

    @Test func credentials() throws {
        let parsed = try description([
            "v=0", "a=ice-lite", "a=ice-ufrag:sess", "a=ice-pwd:sessionpassword", "a=ice-options:trickle ice2",
            "m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0", "a=ice-ufrag:own", "a=ice-pwd:ownpassword",
            "a=candidate:bad", "a=candidate:1 1 UDP 1 10.1.1.1 1 typ host", "a=end-of-candidates", "a=ice-options",
        ])
        #expect(parsed.isICELite)
        #expect(parsed.iceOptions == ["trickle", "ice2"])
        #expect(parsed.media[0].iceOptions == nil)
        #expect(parsed.media[1].iceOptions == [])
        #expect(parsed.media[0].iceCredentials == nil)
        #expect(
            parsed.iceCredentials(for: parsed.media[0])
                == ICECredentials(usernameFragment: "sess", password: "sessionpassword"))
        #expect(
            parsed.iceCredentials(for: parsed.media[1])
                == ICECredentials(usernameFragment: "own", password: "ownpassword"))
        #expect(parsed.media[1].iceCandidates.count == 1)
        #expect(parsed.media.map(\.hasEndOfCandidates) == [false, true])
        let plain = try section(["a=ice-ufrag:only"])
        #expect(plain.iceCredentials == nil)
    }
}
