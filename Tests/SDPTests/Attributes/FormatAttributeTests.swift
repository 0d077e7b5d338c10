import SDP
import Testing

/// `rtpmap`, `fmtp`, `rtcp-fb`, `extmap`.
@Suite struct FormatAttributeTests {
    @Test(arguments: [
        ("99 h263-1998/90000", RTPMap(payloadType: 99, encodingName: "h263-1998", clockRate: 90000)),
        ("96 L8/8000", RTPMap(payloadType: 96, encodingName: "L8", clockRate: 8000)),
        ("97 L16/11025/2", RTPMap(payloadType: 97, encodingName: "L16", clockRate: 11025, channels: 2)),
        ("0  PCMU/8000 ", RTPMap(payloadType: 0, encodingName: "PCMU", clockRate: 8000)),
        ("103 AMR-WB/16000/1", RTPMap(payloadType: 103, encodingName: "AMR-WB", clockRate: 16000)),
        ("96 x", RTPMap(payloadType: 96, encodingName: "x", clockRate: 0)),
        ("96 x/", RTPMap(payloadType: 96, encodingName: "x", clockRate: 0)),
        ("96 x/y/z", RTPMap(payloadType: 96, encodingName: "x", clockRate: 0)),
        ("96 x/99999999999/0", RTPMap(payloadType: 96, encodingName: "x", clockRate: 0)),
        ("", nil), ("96", nil), ("x PCMU/8000", nil), ("128 PCMU/8000", nil), ("96 /8000", nil),
    ])
    func rtpMap(_ text: String, _ expected: RTPMap?) {
        #expect(RTPMap(text) == expected)
        if let expected { #expect(RTPMap(expected.text) == expected) }
    }

    @Test(arguments: [
        ("101 0-15", FormatParameters(payloadType: 101, parameters: "0-15")),
        ("96  a=1; b=2 ", FormatParameters(payloadType: 96, parameters: "a=1; b=2 ")),
        ("96", nil), ("96 ", nil), ("*", nil), ("t38 x", nil),
    ])
    func formatParameters(_ text: String, _ expected: FormatParameters?) {
        #expect(FormatParameters(text) == expected)
        if let expected { #expect(FormatParameters(expected.text) == expected) }
    }

    /// RFC 4585 §4.2, §4.4
    @Test(arguments: [
        ("98 nack rpsi", RTCPFeedback(payloadType: 98, value: "nack rpsi")),
        ("* nack", RTCPFeedback(payloadType: nil, value: "nack")),
        ("96 trr-int 100", RTCPFeedback(payloadType: 96, value: "trr-int 100")),
        ("*", nil), ("96", nil), ("nack", nil), ("** nack", nil),
    ])
    func rtcpFeedback(_ text: String, _ expected: RTCPFeedback?) {
        #expect(RTCPFeedback(text) == expected)
        if let expected { #expect(expected.text == text) }
    }

    @Test func gathered() throws {
        let video = try section(
            [
                "a=rtpmap:97 VP8/90000", "a=rtpmap:97 H264/90000", "a=fmtp:97 x=1", "a=rtpmap:0 FOO/8000",
                "a=rtcp-fb:97 nack", "a=rtcp-fb:* ccm fir", "a=rtcp-fb:97 nack pli", "a=rtcp-fb:55 nack",
                "a=rtpmap:bad", "a=rtcp-fb:", "a=fmtp",
            ], media: "video 1 RTP/AVPF 97 x 34 97")
        let attributes = video.formatAttributes
        #expect(attributes.rtpMaps[97]?.encodingName == "H264")
        #expect(attributes.rtpMaps.keys.sorted() == [0, 97])
        #expect(attributes.parameters == [97: "x=1"])
        #expect(attributes.feedback == [97: ["nack", "nack pli"], 55: ["nack"]])
        #expect(attributes.commonFeedback == ["ccm fir"])
        #expect(video.payloadTypes == [97, 34, 97])
        #expect(video.rtpMaps.count == 3)
        #expect(video.formatParameters.count == 1)
        #expect(video.rtcpFeedback.count == 4)
    }

    /// RFC 8285 §8
    @Test(arguments: [
        ("1 URI-toffset", ExtensionMap(id: 1, uri: "URI-toffset")),
        ("2/recvonly URI-gps-string", ExtensionMap(id: 2, direction: .recvonly, uri: "URI-gps-string")),
        ("4096 URI-x a b", ExtensionMap(id: 4096, uri: "URI-x", parameters: "a b")),
        ("", nil), ("1", nil), ("x urn:x", nil), ("1/up urn:x", nil), ("/sendonly urn:x", nil), ("70000 urn:x", nil),
    ])
    func extensionMap(_ text: String, _ expected: ExtensionMap?) {
        #expect(ExtensionMap(text) == expected)
        if let expected { #expect(expected.text == text) }
    }

    @Test(arguments: [
        (UInt16(0), false), (1, true), (14, true), (15, false), (16, true), (255, true), (256, false), (4096, false),
    ])
    func extensionIDs(_ id: UInt16, _ fits: Bool) {
        #expect(ExtensionMap(id: id, uri: "x").hasPacketID == fits)
    }

    @Test func extensionsOfASection() throws {
        let audio = try section(["a=extmap:1 urn:a", "a=extmap:x", "a=extmap:2 urn:b", "a=extmap-allow-mixed"])
        #expect(audio.extensionMaps.map(\.uri) == ["urn:a", "urn:b"])
        #expect(audio.allowsMixedExtensions)
    }
}
