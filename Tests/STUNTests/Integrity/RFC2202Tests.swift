import STUN
import Testing

@Suite struct RFC2202Tests {
    /// RFC 2202 §3
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b617318655057264e28bc0b6fb378c8ef146be00"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xCD, count: 50),
            "4c9007f4026250c6bc8414f9bf50c86c2d7235da"
        ),
        (
            [UInt8](repeating: 0x0C, count: 20), Array("Test With Truncation".utf8),
            "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"
        ),
        (
            [UInt8](repeating: 0xAA, count: 80), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
        (
            [UInt8](repeating: 0xAA, count: 80),
            Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"
        ),
    ])
    func hmac(_ key: [UInt8], _ message: [UInt8], _ expected: String) {
        let code = message.withUnsafeBytes { HMACSHA1(key).code(of: $0) }
        #expect(code.bytes == hex(expected))
        #expect(hex(expected).withUnsafeBytes { code.matches($0) })
    }

    @Test func comparisonLooksAtEveryByteAndTheLength() {
        let code = [1, 2, 3].withUnsafeBytes { HMACSHA1("key").code(of: $0) }
        for position in 0..<SHA1Digest.byteCount {
            var other = code.bytes
            other[position] ^= 0x80
            #expect(!other.withUnsafeBytes { code.matches($0) })
        }
        #expect(!code.bytes.dropLast().withUnsafeBytes { code.matches($0) })
        #expect(![UInt8]().withUnsafeBytes { code.matches($0) })
    }
}
