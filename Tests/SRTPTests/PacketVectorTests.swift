import SRTPKeying
import Testing

@testable import SRTP

/// Whole packets against the RFCs.
@Suite struct PacketVectorTests {
    static let rtp =
        "8040f17b 8041f8d3 5501a0b2"
        + "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573"
    static let rtcp =
        "81c8000d 4d617273"
        + "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

    /// RFC 7714 §16 and §17: session key, SRTP, SRTCP with index 0x5d4.
    struct Vector: Sendable {
        var suite: CryptoSuite
        var key: String
        var srtp: String
        var srtcp: String
    }

    static let vectors = [
        Vector(
            suite: .aeadAES128GCM, key: "000102030405060708090a0b0c0d0e0f",
            srtp: "8040f17b8041f8d35501a0b2"
                + "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                + "899d7f27beb16a9152cf765ee4390cce",
            srtcp: "81c8000d4d617273"
                + "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
                + "c84aa45896cf4d2fc5abf87245d9eade" + "800005d4"),
        Vector(
            suite: .aeadAES256GCM, key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            srtp: "8040f17b8041f8d35501a0b2"
                + "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
                + "7aa3db36dfffd6b0f9bb7878d7a76c13",
            srtcp: "81c8000d4d617273"
                + "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad"
                + "1d1eb30c4446839f57ff6f6cb26ac3be" + "800005d4"),
    ]

    static func transforms(
        _ vector: Vector, _ operation: CipherContext.Operation, encrypts: Bool = true
    ) throws -> TransformPair {
        var policy = SRTPPolicy.seeded(vector.suite)
        policy.encryptsRTCP = encrypts
        let salt = hex("517569642070726f2071756f")
        return try TransformPair(
            policy, rtp: .given(key: hex(vector.key), salt: salt), rtcp: .given(key: hex(vector.key), salt: salt),
            operation: operation)
    }

    @Test(arguments: vectors)
    func gcm(vector: Vector) throws {
        let policy = SRTPPolicy.seeded(vector.suite)
        var sender = SRTPSender(policy, transforms: try Self.transforms(vector, .encrypt))
        var receiver = SRTPReceiver(policy, transforms: try Self.transforms(vector, .decrypt))
        #expect(sender.rtp(hex(Self.rtp)).octets == hex(vector.srtp))
        #expect(receiver.rtp(hex(vector.srtp)).octets == hex(Self.rtp))
        sender.resume(at: SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: 0x5D3))
        #expect(sender.rtcp(hex(Self.rtcp)).octets == hex(vector.srtcp))
        #expect(receiver.rtcp(hex(vector.srtcp)).octets == hex(Self.rtcp))
    }

    /// RFC 7714 §17.3: authenticated only.
    @Test func gcmTagOnly() throws {
        let expected = hex(Self.rtcp + "841dd9683dd78ec92ae58790125f62b3" + "000005d4")
        let policy = SRTPPolicy.seeded(.aeadAES128GCM)
        var sender = SRTPSender(policy, transforms: try Self.transforms(Self.vectors[0], .encrypt, encrypts: false))
        var receiver = SRTPReceiver(policy, transforms: try Self.transforms(Self.vectors[0], .decrypt))
        sender.resume(at: SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: 0x5D3))
        #expect(sender.rtcp(hex(Self.rtcp)).octets == expected)
        #expect(receiver.rtcp(expected).octets == hex(Self.rtcp))
    }

    /// The f8 vector of RFC 3711 B.1 in a packet, roll-over counter and all.
    @Test func f8() throws {
        var policy = SRTPPolicy.seeded(.aesF8Tag80)
        policy.authenticatesRTP = false
        func keys() -> SessionKeys { .given(key: hex("234829008467be186c3de14aae72d62c"), salt: hex("32f2870d")) }
        var sender = SRTPSender(
            policy, transforms: try TransformPair(policy, rtp: keys(), rtcp: keys(), operation: .encrypt))
        sender.resume(
            at: SRTPStreamPosition(ssrc: 0x5C62_1599, rtpIndex: 0xD462_564A << 16 | 0x5CB9, rtcpIndex: nil))
        let plain = hex("806e5cba50681de55c621599") + Array("pseudorandomness is the next best thing".utf8)
        #expect(
            sender.rtp(plain).octets
                == hex(
                    "806e5cba50681de55c621599"
                        + "019ce7a26e7854014a6366aa95d4eefd1ad4172a14f9faf455b7f1d4b62bd08f562c0eef7c4802"))
    }

    /// The one packet that nearly every SRTP implementation checks itself with: master key of RFC 3711 B.3.
    @Test func counterMode() throws {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6")
        let policy = SRTPPolicy(
            suite: .aesCM128Tag80, masterKey: try #require(MasterKey(key, for: .aesCM128Tag80)))
        var sender = try SRTPSender(policy)
        let plain = hex("800f1234decafbadcafebabe") + [UInt8](repeating: 0xAB, count: 16)
        #expect(
            sender.rtp(plain).octets
                == hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb"))
    }
}
