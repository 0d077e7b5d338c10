import SDP
import Testing

/// Descriptions after those printed in RFCs, with addresses for host names.
@Suite struct RFCExampleTests {
    static let examples: [(name: String, lines: [String])] = [
        (
            "RFC 8866 §5",
            [
                "v=0", "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1", "s=Call to John Smith",
                "i=SDP Offer #1", "u=http://www.jdoe.example.com/home.html",
                "e=Jane Doe <jane@jdoe.example.com>", "p=+1 617 555-6011", "c=IN IP4 198.51.100.1", "t=0 0",
                "m=audio 49170 RTP/AVP 0", "m=audio 49180 RTP/AVP 0", "m=video 51372 RTP/AVP 99",
                "c=IN IP6 2001:db8::2", "a=rtpmap:99 h263-1998/90000",
            ]
        ),
        (
            "RFC 3605 §2.1",
            [
                "v=0", "o=- 1 1 IN IP4 126.16.64.4", "s=-", "c=IN IP4 126.16.64.4", "t=0 0",
                "m=audio 49170 RTP/AVP 0", "a=rtcp:53020", "m=audio 49170 RTP/AVP 0",
                "a=rtcp:53020 IN IP4 126.16.64.4", "m=audio 49170 RTP/AVP 0",
                "a=rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD",
            ]
        ),
        (
            "RFC 8839 §A",
            [
                "v=0", "o=jdoe 2890844526 2890842807 IN IP6 2001:db8:8101:3a55:4858:a2a9:22ff:99b9", "s=",
                "c=IN IP4 192.0.2.3", "t=0 0", "a=ice-options:ice2", "a=ice-pacing:50",
                "a=ice-pwd:asd88fgpdd777uzjYhagZg", "a=ice-ufrag:8hhY", "m=audio 45664 RTP/AVP 0", "b=RS:0",
                "b=RR:0", "a=rtpmap:0 PCMU/8000",
                "a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host",
                "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
            ]
        ),
        (
            "RFC 4585 §4.3",
            [
                "v=0",
                "o=alice 3203093520 3203093520 IN IP4 192.0.2.9",
                "s=Media with feedback", "t=0 0", "c=IN IP4 192.0.2.9", "m=audio 49170 RTP/AVP 0 98",
                "a=rtpmap:98 H263-1998/90000", "a=rtcp-fb:98 nack rpsi", "a=rtcp-fb:* nack",
            ]
        ),
    ]

    @Test(arguments: examples)
    func roundTrip(_ name: String, _ lines: [String]) throws {
        let parsed = try description(lines)
        #expect(parsed.serialized() == bytes(lines), "\(name)")
        try parsed.validateForRelay()
    }

    /// RFC 3264 §10.1: an offer of three streams, of which the answer refuses one.
    @Test func offerAndAnswer() throws {
        let offer = try description([
            "v=0", "o=alice 2890844526 2890844526 IN IP4 192.0.2.1", "s=", "c=IN IP4 192.0.2.1", "t=0 0",
            "m=audio 49170 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 51372 RTP/AVP 31", "a=rtpmap:31 H261/90000",
            "m=video 53000 RTP/AVP 32", "a=rtpmap:32 MPV/90000",
        ])
        let answer = try description([
            "v=0", "o=bob 2890844730 2890844730 IN IP4 192.0.2.2", "s=", "c=IN IP4 192.0.2.2", "t=0 0",
            "m=audio 49920 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 0 RTP/AVP 31", "m=video 53000 RTP/AVP 32",
            "a=rtpmap:32 MPV/90000",
        ])
        #expect(offer.media.map(\.port) == [49170, 51372, 53000])
        #expect(answer.media.map(\.port) == [49920, 0, 53000])
        #expect(offer.media.map(\.payloadTypes) == answer.media.map(\.payloadTypes))
        #expect(offer.media[2].rtpMaps == [RTPMap(payloadType: 32, encodingName: "MPV", clockRate: 90000)])
    }
}
