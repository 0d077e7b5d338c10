import Bencode
import TestSupport
import Testing

/// Session parameters that the relay does not do (RFC 4568 §6.3.7).
@Suite struct SessionParameterTests {
    private static let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

    /// The lines that the other side is told of an offer with these.
    private func told(_ lines: [String]) -> [String] {
        let body = Body(at: "10.0.0.1").section("audio 4000 RTP/SAVP 0", lines.map { "a=crypto:\($0)" })
        let reply = TestRelay().offer(body, Tags("A"), ["SDES": ["nonew"]])
        return reply.section.values(of: "crypto").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    }

    @Test(arguments: ["KDR=1", "FEC_ORDER=SRTP_FEC", "FOO=bar"])
    func nextLineIsChosen(_ parameter: String) {
        let difficult = "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key) \(parameter)"
        let plain = "2 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key) -FOO=bar"
        #expect(told([difficult, plain]) == ["2 AES_CM_128_HMAC_SHA1_32"])
        // Alone it counts, as peers have seen it count.
        #expect(told([difficult]) == ["1 AES_CM_128_HMAC_SHA1_80"])
    }
}
