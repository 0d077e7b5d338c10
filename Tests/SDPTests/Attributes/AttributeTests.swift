import NetTypes
import SDP
import Testing

/// Access to attributes by name.
@Suite struct AttributeTests {
    @Test func names() throws {
        let audio = try section(["a=x", "a=x:1", "a=X:2", "a=xy:3", "a=y:", "a=z:a:b", "i=x:9"])
        #expect(audio.attribute(named: "x") == Attribute(name: "x", value: nil))
        #expect(audio.attributeValue(named: "x") == nil)
        #expect(audio.attributeValue(named: "X") == "2")
        #expect(audio.attributeValue(named: "y") == nil)
        #expect(audio.hasAttribute(named: "y"))
        #expect(audio.attributeValue(named: "z") == "a:b")
        #expect(!audio.hasAttribute(named: "xyz"))
        #expect(!audio.hasAttribute(named: ""))
        #expect(audio.attributes.map(\.text) == ["x", "x:1", "X:2", "xy:3", "y", "z:a:b"])
        #expect(Line(UInt8(ascii: "i"), "x").attribute == nil)
    }

    @Test(arguments: [
        (["a=sendonly"], Direction.sendonly), (["a=sendonly", "a=recvonly"], .recvonly),
        (["a=inactive", "a=x"], .inactive),
        (["a=sendrecv"], .sendrecv), (["a=SENDONLY"], nil), (["a=sendonly:"], nil), (["i=sendonly"], nil), ([], nil),
    ])
    func direction(_ lines: [String], _ expected: Direction?) throws {
        #expect(try section(lines).direction == expected)
        #expect(try description(["v=0"] + lines).direction == expected)
    }

    @Test func directionMeaning() {
        #expect(Direction.allCases.filter(\.sends) == [.sendrecv, .sendonly])
        #expect(Direction.allCases.filter(\.receives) == [.sendrecv, .recvonly])
    }

    /// RFC 3605 §2.1
    @Test func rtcp() throws {
        #expect(RTCPAttribute("53020") == RTCPAttribute(port: 53020))
        #expect(
            RTCPAttribute("53020 IN IP4 126.16.64.4")
                == RTCPAttribute(port: 53020, address: IPAddress("126.16.64.4")))
        #expect(
            RTCPAttribute("53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD")?.text
                == "53020 IN IP6 2001:2345:6789:abcd:ef01:2345:6789:abcd")
        #expect(try section(["a=rtcp:1", "a=rtcp-mux"]).rtcp?.port == 1)
        #expect(try section(["a=rtcp:1", "a=rtcp-mux"]).hasRTCPMux)
        #expect(try section(["a=rtcp-mux-only"]).hasRTCPMux == false)
    }

    @Test(arguments: [
        "", "x", "65536", "1 IN", "1 IN IP4", "1 IN IP4 host.example", "1 IN IP6 10.1.1.1", "1 XX IP4 10.1.1.1",
        "1 IN IP4 10.1.1.1 x", "-1", "1 IN IP4 10.1.1.1/1",
    ])
    func badRTCP(_ text: String) {
        #expect(RTCPAttribute(text) == nil)
    }

    /// RFC 8866 §6.4, §6.5
    @Test(arguments: [("20", 20), ("12.5", 12), ("0", 0), ("x", nil), ("-5", nil), ("70000", nil), ("", nil)])
    func packetTime(_ text: String, _ expected: Int?) throws {
        let audio = try section(["a=ptime:" + text, "a=maxptime:" + text])
        #expect(audio.packetTime == (text.isEmpty ? nil : text))
        #expect(audio.maximumPacketTime == (text.isEmpty ? nil : text))
        #expect(audio.packetTimeMilliseconds == expected)
        #expect(audio.maximumPacketTimeMilliseconds == expected)
    }

    @Test func bandwidth() throws {
        let audio = try section(["b=AS:80", "b=X-YZ:", "b=garbage", "b=TIAS:64000"])
        #expect(
            audio.bandwidths == [
                Bandwidth(type: "AS", value: "80"), Bandwidth(type: "X-YZ", value: ""),
                Bandwidth(type: "TIAS", value: "64000"),
            ])
        #expect(audio.bandwidths.map(\.text) == ["AS:80", "X-YZ:", "TIAS:64000"])
    }

    /// RFC 5888 §5, §8.1
    @Test func groups() throws {
        let parsed = try description([
            "v=0", "a=group:LS 1 2", "a=group:BUNDLE", "a=group", "m=audio 1 RTP/AVP 0", "a=mid:1",
            "m=video 0 RTP/AVP 31", "a=bundle-only",
        ])
        #expect(parsed.groups == [Group(semantics: "LS", ids: ["1", "2"]), Group(semantics: "BUNDLE", ids: [])])
        #expect(parsed.groups.map(\.text) == ["LS 1 2", "BUNDLE"])
        #expect(parsed.media.map(\.mid) == ["1", nil])
        #expect(parsed.media.map(\.isBundleOnly) == [false, true])
    }
}
