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

    private static let gcmKey = "u7L3cIzgtbe37ZWoePt8SJyGYn2Zgc2GGdmUgQ=="

    private func keys(_ suite: String, _ key: String, _ parameter: String, _ words: [BencodeValue]) -> [String] {
        let body = Body(at: "10.0.0.1").section(
            "audio 4000 RTP/SAVP 0", ["a=crypto:1 \(suite) inline:\(key) \(parameter)"])
        let relay = TestRelay()
        let lines = (0..<2).map { _ in
            relay.offer(body, Tags("A"), ["SDES": .list(words)]).section.values(of: "crypto")
        }
        // Whichever copy of the offer is answered.
        #expect(lines[0] == lines[1])
        return lines[0].map { String($0.split(separator: " ")[2].dropFirst(7)) }
    }

    /// Packets that look different on the two sides must not be protected with one key of GCM (RFC 7714 §9.1).
    @Test(
        arguments: [
            ("AEAD_AES_128_GCM", gcmKey, "UNENCRYPTED_SRTCP", ["nonew", "encrypted_srtcp"], false),
            ("AEAD_AES_128_GCM", gcmKey, "", ["nonew", "unencrypted_srtcp"], false),
            ("AEAD_AES_128_GCM", gcmKey, "", ["nonew", "unencrypted_srtp"], false),
            ("AEAD_AES_128_GCM", gcmKey, "UNENCRYPTED_SRTCP", ["nonew", "unencrypted_srtcp"], true),
            ("AEAD_AES_128_GCM", gcmKey, "UNENCRYPTED_SRTCP", ["nonew"], true),
            ("AES_CM_128_HMAC_SHA1_80", key, "UNENCRYPTED_SRTCP", ["nonew", "encrypted_srtcp"], true),
        ] as [(String, String, String, [BencodeValue], Bool)])
    func keyGoesOn(_ suite: String, _ key: String, _ parameter: String, _ words: [BencodeValue], _ goesOn: Bool) {
        let told = keys(suite, key, parameter, words)
        #expect(told.count == 1)
        #expect((told.first == String(key.prefix { $0 != "=" })) == goesOn)
    }
}
