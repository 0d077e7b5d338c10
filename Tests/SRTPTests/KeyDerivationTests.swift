import SRTPKeying
import Testing

@testable import SRTP

@Suite struct KeyDerivationTests {
    struct Vector: Sendable {
        var masterKey: String
        var masterSalt: String
        var cipherKey: String
        var salt: String
        var authenticationKey: String
    }

    /// RFC 3711 B.3, RFC 6188 §7.4 and §7.2.
    static let vectors = [
        Vector(
            masterKey: "E1F97A0D3E018BE0D64FA32C06DE4139", masterSalt: "0EC675AD498AFEEBB6960B3AABE6",
            cipherKey: "C61E7A93744F39EE10734AFE3FF7A087", salt: "30CBBC08863D8C85D49DB34A9AE1",
            authenticationKey: """
                CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE
                E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25
                6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2
                """),
        Vector(
            masterKey: "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1", masterSalt: "c8522f3acd4ce86d5add78edbb11",
            cipherKey: "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb", salt: "2372b82d639b6d8503a47adc0a6c",
            authenticationKey: "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb"),
        Vector(
            masterKey: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            masterSalt: "3b04803de51ee7c96423ab5b78d2",
            cipherKey: "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            salt: "fa31791685ca444a9e07c6c64e93", authenticationKey: "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"),
    ]

    @Test(arguments: vectors)
    func derivesTheVectors(vector: Vector) throws {
        let (key, salt) = (hex(vector.masterKey), hex(vector.masterSalt))
        let master = MasterKey(keyLength: key.count, saltLength: salt.count) { $0.copyBytes(from: key + salt) }
        let derivation = try KeyDerivation(master)
        for (label, expected) in [
            (KeyDerivation.Label.rtpCipherKey, vector.cipherKey), (.rtpSalt, vector.salt),
            (.rtpAuthenticationKey, vector.authenticationKey),
        ] {
            let derived = try derivation.key(label, count: hex(expected).count)
            #expect(Array(derived.bytes) == hex(expected))
        }
    }

    @Test func everyLabelGivesAnotherKey() throws {
        let derivation = try KeyDerivation(SRTPPolicy.seeded(.aeadAES256GCM).masterKey)
        var keys: Set<[UInt8]> = []
        for label in 0...5 {
            let derived = try derivation.key(try #require(KeyDerivation.Label(rawValue: UInt8(label))), count: 32)
            keys.insert(Array(derived.bytes))
        }
        #expect(keys.count == 6)
    }

    @Test func refusesAKeyOfAnotherLength() {
        let policy = SRTPPolicy(suite: .aesCM256Tag80, masterKey: SRTPPolicy.seeded(.aesCM128Tag80).masterKey)
        #expect(throws: SRTPError.wrongKeyLength) { _ = try SRTPSender(policy) }
        #expect(throws: SRTPError.wrongKeyLength) { _ = try SRTPReceiver(policy) }
    }
}
