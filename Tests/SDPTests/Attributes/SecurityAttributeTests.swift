import SDP
import Testing

/// `fingerprint`, `setup`, `tls-id`, `crypto`.
@Suite struct SecurityAttributeTests {
    /// RFC 8122 §5
    @Test func fingerprint() throws {
        let text =
            "SHA-256 12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD"
        let fingerprint = try #require(Fingerprint(text))
        #expect(fingerprint.hashFunction == "sha-256")
        #expect(fingerprint.bytes.count == 32)
        #expect(fingerprint.bytes.prefix(3) == [0x12, 0xDF, 0x3E])
        #expect(fingerprint.text == text.replacing("SHA", with: "sha"))
        #expect(Fingerprint(text.lowercased()) == fingerprint)
        #expect(Fingerprint(hashFunction: "sha-1", bytes: [0, 10, 255]).text == "sha-1 00:0A:FF")
    }

    @Test(arguments: [
        "", "sha-256", "sha-256 ", "sha-256 1", "sha-256 GG", "sha-256 1:2", "sha-256 AA:", "sha-256 :AA", "sha-1 AA x",
    ])
    func badFingerprint(_ text: String) {
        #expect(Fingerprint(text) == nil)
    }

    @Test func keysOfASection() throws {
        let audio = try section([
            "a=setup:foo", "a=setup:actpass", "a=setup:active", "a=fingerprint:md5", "a=fingerprint:sha-1 AB",
            "a=tls-id:x",
            "a=crypto:x", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a|2^20|1:4 FEC_ORDER=FEC_SRTP KDR=1",
        ])
        #expect(audio.setup == .actpass)
        #expect(audio.fingerprints == [Fingerprint(hashFunction: "sha-1", bytes: [0xAB])])
        #expect(audio.tlsID == "x")
        #expect(audio.cryptoAttributes.map(\.tag) == [1])
        for role in SetupRole.allCases { #expect(try section(["a=setup:\(role.rawValue)"]).setup == role) }
    }

    /// RFC 4568 §4, §9.1
    @Test(arguments: [
        (
            "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP",
            UInt32(1), ["FEC_ORDER=FEC_SRTP"]
        ),
        ("999999999 F8_128_HMAC_SHA1_80 inline:a;inline:b", 999_999_999, []),
    ])
    func crypto(_ text: String, _ tag: UInt32, _ parameters: [String]) throws {
        let attribute = try #require(CryptoAttribute(text))
        #expect(attribute.tag == tag)
        #expect(attribute.keyParameters.hasPrefix("inline:"))
        #expect(attribute.sessionParameters == parameters)
        #expect(attribute.text == text)
    }

    @Test(arguments: ["", "1", "1 AES", "x AES inline:a", "1234567890 AES inline:a", "-1 AES inline:a"])
    func badCrypto(_ text: String) {
        #expect(CryptoAttribute(text) == nil)
    }
}
