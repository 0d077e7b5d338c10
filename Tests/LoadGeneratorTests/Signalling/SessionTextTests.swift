import LoadGenerator
import NetTypes
import Testing

struct SessionTextTests {
    @Test(arguments: ["127.0.0.2:40000", "[::1]:5004"], [1, 10])
    func ownSessionHasItsAddress(address: String, packetsPerBurst: Int) throws {
        let address = try #require(TransportAddress(address))
        let workload = MediaWorkload(packetsPerBurst: packetsPerBurst)
        let text = SessionText.text(at: address, workload: workload, multiplexed: true)
        #expect(SessionText.mediaAddress(of: text) == address)
        #expect(text.utf8.suffix(14).elementsEqual("\r\na=rtcp-mux\r\n".utf8))
    }

    @Test(arguments: [
        ("c=IN IP4 127.0.0.1\r\nm=audio 10 RTP/AVP 0\r\n", "127.0.0.1:10"),
        ("c=IN IP4 127.0.0.1\nm=audio 10 RTP/AVP 0\nc=IN IP4 127.0.0.9\n", "127.0.0.9:10"),
        ("m=audio 10 RTP/AVP 0\r\nc=IN IP6 ::1\r\nm=video 12 RTP/AVP 96\r\nc=IN IP6 ::2\r\n", "[::1]:10"),
    ])
    func addressOfTheFirstMedium(text: String, address: String) {
        #expect(SessionText.mediaAddress(of: text)?.description == address)
    }

    @Test(arguments: [
        "", "v=0\r\n", "m=audio 10 RTP/AVP 0\r\n", "c=IN IP4 127.0.0.1\r\n",
        "c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n",
        "c=IN IP4 host\r\nm=audio 10 RTP/AVP 0\r\n", "c=IN IP4 127.0.0.1\r\nm=audio 99999 RTP/AVP 0\r\n",
        "m=\r\nc=\r\n",
    ])
    func noAddress(text: String) {
        #expect(SessionText.mediaAddress(of: text) == nil)
    }
}
