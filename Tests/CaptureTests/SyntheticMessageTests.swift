import Capture
import NetTypes
import Testing

@Suite struct SyntheticMessageTests {
    @Test func anythingFitsIntoTheHeaders() {
        let bytes = SyntheticMessage.sip(
            isRequest: true, from: .offerer, to: .relay, callID: "a\r\nb <x>", fromTag: "", toTag: nil, sequence: 1,
            sdp: Array("v=0\r\n".utf8))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("INVITE sip:relay@192.0.2.1 SIP/2.0\r\n"))
        #expect(text.contains("\r\nCall-ID: a%0D%0Ab%20%3Cx%3E\r\n"))
        #expect(text.contains("\r\nFrom: <sip:offerer@192.0.2.10>;tag=-\r\n"))
        #expect(text.hasSuffix("Content-Length: 5\r\n\r\nv=0\r\n"))
    }

    @Test func aStreamIsAnnounced() {
        var stream = AnnouncedStream(
            address: TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000), mediaType: "video\r\na=x")
        stream.formats = [(96, "VP8/90000"), (97, "evil\r\nb=1")]
        stream.rtcpPort = 4001
        let bytes = SyntheticMessage.announcement(of: stream, identifier: 7)
        let text = String(decoding: bytes[24...], as: UTF8.self)
        #expect(text.contains("m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtcp:4001\r\n"))
    }
}
