import CAES
import SRTPKeying
import Testing

@testable import SRTP

/// The ciphers below the packet format, against the RFCs.
@Suite struct CipherVectorTests {
    struct CounterVector: Sendable {
        var key: String
        var first: String
        var last: String
    }

    /// RFC 3711 B.2, RFC 6188 §7.3 and §7.1: the first and the last three blocks of 65282.
    static let counterVectors = [
        CounterVector(
            key: "2B7E151628AED2A6ABF7158809CF4F3C",
            first: "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0",
            last: "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44"),
        CounterVector(
            key: "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
            first: "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d",
            last: "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc158dd3"),
        CounterVector(
            key: "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
            first: "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31",
            last: "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f"),
    ]

    @Test(arguments: counterVectors)
    func counterMode(vector: CounterVector) throws {
        let cipher = try CounterModeCipher(key: SecretBytes(hex(vector.key)))
        let salt = InitializationVector(salt: SecretBytes(hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")))
        var octets = [UInt8](repeating: 0, count: 65_282 * 16)
        let isDone = octets.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { cipher.apply($0, count: bytes.count, vector: salt) }
        }
        #expect(isDone == true)
        #expect(Array(octets.prefix(48)) == hex(vector.first))
        #expect(Array(octets.suffix(48)) == hex(vector.last))
    }

    /// Of a processor that has them; elsewhere libcrypto alone does it.
    @Test(.enabled(if: caes_is_available() == 1), arguments: counterVectors)
    func counterModeInstructions(vector: CounterVector) throws {
        let salt = InitializationVector(salt: SecretBytes(hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")))
        let block = KeyBlock(salt: SecretBytes(count: 0))
        let instructions = CounterModeInstructions(key: SecretBytes(hex(vector.key)), in: block.roundKeys)
        let cipher = try #require(instructions)
        var octets = [UInt8](repeating: 0, count: 65_282 * 16)
        octets.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { cipher.apply(start, count: bytes.count, vector: salt) }
        }
        #expect(Array(octets.prefix(48)) == hex(vector.first))
        #expect(Array(octets.suffix(48)) == hex(vector.last))
    }

    /// Every length up to more blocks than are done at a time, and nothing behind the end.
    @Test(.enabled(if: caes_is_available() == 1), arguments: [16, 24, 32])
    func instructionsAgreeWithLibcrypto(keyLength: Int) throws {
        let key = (0..<keyLength).map { UInt8(truncatingIfNeeded: $0 * 73 + 5) }
        let block = KeyBlock(salt: SecretBytes(count: 0))
        let instructions = CounterModeInstructions(key: SecretBytes(key), in: block.roundKeys)
        let own = try #require(instructions)
        let other = try CounterModeCipher(key: SecretBytes(key))
        let vector = InitializationVector(0xFEDC_BA98_7654_3210, 0x0123_4567_89AB_0000)
        for count in 0...300 {
            let plain = (0..<320).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            var (first, second) = (plain, plain)
            first.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { own.apply(start + 1, count: count, vector: vector) }
            }
            let isDone = second.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { other.apply($0 + 1, count: count, vector: vector) }
            }
            #expect(isDone == true)
            #expect(first == second, "\(count) octets")
        }
    }

    @Test(.enabled(if: caes_is_available() == 1), arguments: [0, 8, 15, 17, 31, 33])
    func noRoundKeysForAnotherLength(keyLength: Int) {
        let block = KeyBlock(salt: SecretBytes(count: 0))
        let isMade = CounterModeInstructions(key: SecretBytes(count: keyLength), in: block.roundKeys) != nil
        #expect(!isMade)
    }

    @Test func counterModeVector() {
        let salt = InitializationVector(salt: SecretBytes(hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")))
        let vector = InitializationVector.counterMode(salt: salt, ssrc: 0x0102_0304, index: 0xA1A2_A3A4_A5A6)
        #expect(
            vector.withUnsafePointer { Array(UnsafeRawBufferPointer(start: $0, count: 16)) }
                == hex("F0F1F2F3 F5F7F5F3 595B595F 595B 0000".replacing(" ", with: "")))
    }

    /// RFC 3711 B.1, whose salt has 32 bits.
    @Test func f8() throws {
        let key = SecretBytes(hex("234829008467be186c3de14aae72d62c"))
        let cipher = try F8Cipher(key: key, salt: SecretBytes(hex("32f2870d")))
        var packet = hex("806e5cba50681de55c621599") + Array("pseudorandomness is the next best thing".utf8)
        packet.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            let vector = InitializationVector.f8(rtpHeader: start, index: 0xD462_564A << 16 | 0x5CBA)
            #expect(
                vector.withUnsafePointer { Array(UnsafeRawBufferPointer(start: $0, count: 16)) }
                    == hex("006e5cba50681de55c621599d462564a"))
            let isDone = cipher.apply(start + 12, count: bytes.count - 12, vector: vector)
            #expect(isDone)
        }
        #expect(
            Array(packet.dropFirst(12))
                == hex(
                    "019ce7a26e7854014a6366aa95d4eefd1ad4172a14f9faf455b7f1d4b62bd08f562c0eef7c4802"))
    }

    /// The definition, block by block, over more than one piece of keystream.
    @Test func f8OverManyBlocks() throws {
        let (key, salt) = (hex("000102030405060708090a0b0c0d0e0f"), hex("a0a1a2a3a4a5a6a7a8a9aaabacad"))
        let count = 3 * Keystream.capacity + 21
        let cipher = try F8Cipher(key: SecretBytes(key), salt: SecretBytes(salt))
        let block = try CipherContext(algorithm: "AES-128-ECB", key: SecretBytes(key), operation: .encrypt)
        let mask = salt + [0x55, 0x55]
        let masked = try CipherContext(
            algorithm: "AES-128-ECB", key: SecretBytes(zip(key, mask).map { $0 ^ $1 }), operation: .encrypt)
        func encrypt(_ context: borrowing CipherContext, _ octets: [UInt8]) -> [UInt8] {
            var result = octets
            result.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { _ = context.update(start, from: start, count: 16) }
            }
            return result
        }
        let derived = encrypt(masked, Packet.bigEndian(UInt64(1)) + Packet.bigEndian(UInt64(2)))
        var expected: [UInt8] = []
        var last = [UInt8](repeating: 0, count: 16)
        for index in 0...count / 16 {
            let counter = [UInt8](repeating: 0, count: 8) + Packet.bigEndian(UInt64(index))
            last = encrypt(block, (0..<16).map { derived[$0] ^ counter[$0] ^ last[$0] })
            expected += last
        }
        var octets = [UInt8](repeating: 0, count: count)
        octets.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress {
                _ = cipher.apply(start, count: bytes.count, vector: InitializationVector(1, 2))
            }
        }
        #expect(octets == Array(expected.prefix(count)))
    }

    /// RFC 2202 §3, the cases with a key of at most one block.
    @Test(arguments: [PrimitiveProvider.direct, .contexts])
    func hmac(provider: PrimitiveProvider) throws {
        let vectors: [(key: [UInt8], text: [UInt8], digest: String)] = [
            ([UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
            ),
            ((1...25).map { $0 }, [UInt8](repeating: 0xCD, count: 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
        ]
        for vector in vectors {
            let states = SecretBytes(count: HMACSHA1.statesLength)
            let memory = try #require(states.bytes.baseAddress)
            let hmac = try HMACSHA1(key: SecretBytes(vector.key), provider: provider, in: memory)
            // Twice, as a message must not depend on the one before it.
            for _ in 0..<2 {
                let (head, tail) = (vector.text.dropLast(4), vector.text.suffix(4))
                let trailer = tail.reduce(0) { $0 << 8 | UInt32($1) }
                let digest = hmac.authenticate(Array(head), count: head.count, trailer: trailer)
                let octets = digest.map { withUnsafeBytes(of: $0.words) { Array($0) } }
                #expect(octets == hex(vector.digest))
            }
        }
    }
}
