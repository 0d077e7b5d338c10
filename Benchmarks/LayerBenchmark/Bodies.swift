/// Descriptions as the usual user agents write them.
enum Bodies {
    /// A SIP phone: G.711 and DTMF.
    static func phone(port: Int) -> String {
        lines([
            "v=0", "o=- 1 1 IN IP4 10.0.0.1", "s=-", "c=IN IP4 10.0.0.1", "t=0 0", "m=audio \(port) RTP/AVP 0 8 101",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=sendrecv",
        ])
    }

    /// A browser: audio with ICE and DTLS.
    static func browser(setup: String) -> String {
        let candidates = (0..<6).map {
            "a=candidate:\(1000 + $0) 1 udp \(2_113_937_151 - $0) 10.0.0.\($0 + 1) \(50_000 + $0) typ host generation 0"
        }
        return lines(
            [
                "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
                "a=extmap-allow-mixed", "a=msid-semantic: WMS stream",
                "m=audio 50000 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 10.0.0.1",
                "a=rtcp:9 IN IP4 0.0.0.0",
            ] + candidates + [
                "a=ice-ufrag:Oyef", "a=ice-pwd:lLQ9Ijz3OqcI4BpAm3mYTJpC", "a=ice-options:trickle",
                "a=fingerprint:sha-256 " + Array(repeating: "7A", count: 32).joined(separator: ":"),
                "a=setup:\(setup)", "a=mid:0", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
                "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
                "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=sendrecv", "a=msid:stream track", "a=rtcp-mux",
                "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
                "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000",
                "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000",
                "a=rtpmap:126 telephone-event/8000", "a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6",
                "a=ssrc:3570614608 msid:stream track",
            ])
    }

    private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\r\n" }.joined() }
}
