import Testing

@testable import LoadGenerator

struct SDESLineTests {
    @Test(arguments: SRTPSuite.allCases)
    func aLineReadsBackAsItWasWritten(suite: SRTPSuite) {
        let line = SDESLine(tag: 7, keying: .random(suite))
        #expect(line.attribute.hasPrefix("crypto:7 \(suite.rawValue) inline:"))
        #expect(SDESLine(line.attribute.dropFirst("crypto:".count)) == line)
    }

    @Test func lifetimeIsLeftOut() {
        let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
        let line = SDESLine("1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20")
        #expect(line?.keying.octets == Array("YS___semctl () {\t220;}\n}\nunles".utf8))
    }

    @Test(arguments: [
        "", "1 AES_CM_128_HMAC_SHA1_80", "1 F8_128_HMAC_SHA1_80 inline:AAAA", "x AES_CM_128_HMAC_SHA1_80 inline:AAAA",
        "1 AES_CM_128_HMAC_SHA1_80 inline:", "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
        "1 AES_CM_128_HMAC_SHA1_80 inline:!!!!WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnV",
        "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz UNENCRYPTED_SRTP",
    ])
    func otherLinesAreRefused(text: String) {
        #expect(SDESLine(text) == nil)
    }
}
