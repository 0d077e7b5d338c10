import SRTPKeying
import Testing

@Suite struct CryptoSuiteTests {
    /// Name, octets of key, salt, SRTP tag and SRTCP tag, protection profile: RFC 4568 §6.2, RFC 5764 §4.1.2, RFC 6188
    /// §4, RFC 7714 §14.
    static let suites: [(name: String, key: Int, salt: Int, rtp: Int, rtcp: Int, profile: UInt16?)] = [
        ("AEAD_AES_256_GCM", 32, 12, 16, 16, 8),
        ("AEAD_AES_128_GCM", 16, 12, 16, 16, 7),
        ("AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, nil),
        ("AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, nil),
        ("AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, nil),
        ("AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, nil),
        ("AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, 1),
        ("AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, 2),
        ("F8_128_HMAC_SHA1_80", 16, 14, 10, 10, nil),
        ("F8_128_HMAC_SHA1_32", 16, 14, 4, 10, nil),
        ("NULL_HMAC_SHA1_80", 16, 14, 10, 10, 5),
        ("NULL_HMAC_SHA1_32", 16, 14, 4, 10, 6),
    ]

    @Test func areInDefaultOrderWithTheirLengths() {
        #expect(CryptoSuite.allCases.map(\.name) == Self.suites.map(\.name))
        for (suite, expected) in zip(CryptoSuite.allCases, Self.suites) {
            #expect(suite.masterKeyLength == expected.key)
            #expect(suite.masterSaltLength == expected.salt)
            #expect(suite.keyingLength == expected.key + expected.salt)
            #expect(suite.rtpTagLength == expected.rtp)
            #expect(suite.rtcpTagLength == expected.rtcp)
            #expect(suite.protectionProfile ?? 0 == expected.profile ?? 0)
            #expect(suite.encrypts == !expected.name.hasPrefix("NULL"))
        }
    }

    @Test func areFoundByNameInEitherCase() {
        for suite in CryptoSuite.allCases {
            #expect(CryptoSuite(name: suite.name) == suite)
            #expect(CryptoSuite(name: suite.name.lowercased()) == suite)
        }
        for name in ["", "AES_CM_128", "AES_CM_128_HMAC_SHA1_800", "SEED_CTR_128_HMAC_SHA1_80"] {
            #expect(CryptoSuite(name: name) == nil)
        }
    }

    @Test func areFoundByProfile() {
        let found = (0...16).compactMap { CryptoSuite(protectionProfile: $0) }
        #expect(
            found == [.aesCM128Tag80, .aesCM128Tag32, .nullTag80, .nullTag32, .aeadAES128GCM, .aeadAES256GCM])
    }
}
