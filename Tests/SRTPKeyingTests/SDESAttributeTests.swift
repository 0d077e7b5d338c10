import SRTPKeying
import Testing
import Wire

@Suite struct SDESAttributeTests {
    static let key128 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

    @Test func readsTheExampleOfRFC4568() throws {
        let line = try SDESAttribute(
            parsing: "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key128)|2^20|1:4 FEC_ORDER=FEC_SRTP")
        #expect(line.tag == 1)
        #expect(line.suite == .aesCM128Tag80)
        #expect(line.masterKey.withUnsafeBytes { Array($0) } == Base64.decode(Self.key128.utf8))
        #expect(line.lifetime == .powerOfTwo(20))
        #expect(line.masterKeyIdentifier == MasterKeyIdentifier(value: 1, length: 4))
        #expect(line.masterKeyIdentifier?.octets == [0, 0, 0, 1])
        #expect(line.parameters.fecOrder == .fecThenSRTP)
    }

    @Test(arguments: [
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)",
        "999999999 AES_CM_128_HMAC_SHA1_32 inline:\(key128)|2^48",
        "0 F8_128_HMAC_SHA1_80 inline:\(key128)|1048576|4294967295:4",
        "7 NULL_HMAC_SHA1_32 inline:\(key128)|66051:3 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP",
        "8 NULL_HMAC_SHA1_32 inline:\(key128)|1:128 KDR=24 WSH=64 FEC_ORDER=SRTP_FEC -FOO=bar BAZ",
        "2 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|18446744073709551615:8",
    ])
    func printsWhatItRead(text: String) throws { #expect(try SDESAttribute(parsing: text).text() == text) }

    @Test(arguments: CryptoSuite.allCases)
    func readsKeysWithAndWithoutPadding(suite: CryptoSuite) throws {
        let octets = (0..<UInt8(suite.keyingLength)).map { $0 &* 5 }
        let line = SDESAttribute(
            tag: 3, suite: suite, masterKey: try #require(MasterKey(octets, for: suite)))
        let plain = line.text()
        #expect(!plain.contains("="))
        #expect(try SDESAttribute(parsing: plain) == line)
        let padded = line.text(padding: .included)
        #expect(padded == "3 \(suite.name) inline:\(Base64.encode(octets))")
        #expect(try SDESAttribute(parsing: padded) == line)
        for wrong in [octets.dropLast(), octets + [1]] {
            #expect(throws: SDESError.unreadableKey) {
                try SDESAttribute(parsing: "3 \(suite.name) inline:\(Base64.encode(wrong, padding: .omitted))")
            }
        }
    }

    @Test func takesNamesInEitherCaseAndWideSpace() throws {
        let line = try SDESAttribute(
            parsing: " 4\t aes_cm_128_hmac_sha1_80   INLINE:\(Self.key128)   unencrypted_srtcp ")
        #expect(line.suite == .aesCM128Tag80)
        #expect(line.parameters.unencryptedSRTCP)
        #expect(!line.parameters.unencryptedSRTP)
    }

    @Test func keepsTheLineWithParametersItCannotUse() throws {
        let line = try SDESAttribute(
            parsing: "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key128) KDR=25 WSH=63 FEC_ORDER=X UNENCRYPTED_SRTP=1 "
                + "FEC_KEY=inline:\(Self.key128) KDR= = NEW")
        #expect(line.parameters.keyDerivationRate == nil)
        #expect(line.parameters.windowSizeHint == nil)
        #expect(!line.parameters.unencryptedSRTP)
        #expect(
            line.parameters.others == ["KDR=25", "WSH=63", "FEC_ORDER=X", "UNENCRYPTED_SRTP=1", "KDR=", "=", "NEW"])
        #expect(!String(reflecting: line.parameters).contains(Self.key128))
    }

    @Test(arguments: [
        ("", true), ("KDR=0", true), ("KDR=1", false), ("KDR=24", false), ("KDR=25", false), ("WSH=64", true),
        ("FEC_ORDER=FEC_SRTP", true), ("FEC_ORDER=SRTP_FEC", false), ("FOO=bar", false), ("-FOO=bar", true),
        ("UNENCRYPTED_SRTCP -A -B", true), ("-A B", false),
    ])
    func knowsWhatItUnderstands(_ parameters: String, _ areUnderstood: Bool) throws {
        let line = try SDESAttribute(parsing: "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key128) \(parameters)")
        #expect(line.parameters.areUnderstood == areUnderstood)
    }

    static let refused: [(String, SDESError)] = [
        ("", .malformed(.line)),
        ("1", .malformed(.line)),
        ("1 AES_CM_128_HMAC_SHA1_80", .malformed(.line)),
        ("x AES_CM_128_HMAC_SHA1_80 inline:\(key128)", .malformed(.tag)),
        ("1234567890 AES_CM_128_HMAC_SHA1_80 inline:\(key128)", .malformed(.tag)),
        ("-1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)", .malformed(.tag)),
        ("1 SEED_CTR_128_HMAC_SHA1_80 inline:\(key128)", .unknownSuite("SEED_CTR_128_HMAC_SHA1_80")),
        ("1 AES_CM_128_HMAC_SHA1_80 uri:\(key128)", .unknownKeyMethod),
        ("1 AES_CM_128_HMAC_SHA1_80 \(key128)", .unknownKeyMethod),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:", .unreadableKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:|2^31", .unreadableKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)==", .unreadableKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:!\(key128.dropFirst())", .unreadableKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|1:4;inline:\(key128)|2:4", .severalKeys),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|2^", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|2^49", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|0", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|1:4|2^31", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|2^31|2^31", .malformed(.lifetime)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|1:0", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|1:129", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|256:1", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|:4", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|18446744073709551616:8", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|1:4|1:4", .malformed(.masterKeyIdentifier)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key128)|2^31|1:4|x", .malformed(.keyParameters)),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:" + String(repeating: "A", count: 4000), .malformed(.line)),
    ]

    @Test(arguments: refused)
    func refuses(text: String, error: SDESError) {
        #expect(throws: error) { try SDESAttribute(parsing: text) }
    }

    @Test func survivesMutation() throws {
        let seed = Array("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key128)|2^20|1:4 KDR=3 UNENCRYPTED_SRTP".utf8)
        var generator = CountingGenerator()
        var understood = 0
        for _ in 0..<5000 {
            var octets = seed
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let place = Int.random(in: octets.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: octets.removeSubrange(place..<min(octets.count, place + 3))
                default: octets.insert(contentsOf: octets.prefix(place), at: place)
                }
                if octets.isEmpty { octets = seed }
            }
            guard let line = try? SDESAttribute(parsing: String(octets: octets)) else { continue }
            understood += 1
            #expect(try SDESAttribute(parsing: line.text()) == line)
        }
        #expect(understood > 100)
    }
}
