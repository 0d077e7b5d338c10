import SRTPKeying
import Testing

@testable import DTLS

@Suite struct DTLSContextTests {
    @Test(arguments: [DTLSCertificate.Key.ecdsaP256, .rsa(bits: 2048)])
    func certificatesHaveFingerprintsOfEveryHash(key: DTLSCertificate.Key) throws {
        let certificate = try DTLSCertificate(key, validFrom: 1_700_000_000, validity: 86_400)
        let context = try DTLSContext(certificate)
        for hash in FingerprintHash.allCases {
            let fingerprint = try certificate.fingerprint(hash)
            #expect(fingerprint.hash == hash)
            #expect(fingerprint == context.fingerprint(hash))
        }
        let other = try DTLSCertificate(key, validFrom: 1_700_000_000, validity: 86_400)
        #expect(try other.fingerprint(.sha256) != certificate.fingerprint(.sha256))
    }

    @Test func refusesWhatItCannotDo() {
        #expect(throws: DTLSError.cipherList("NO-SUCH")) { try makeContext { $0.ciphers = "NO-SUCH" } }
        #expect(throws: DTLSError.groupList("P-257")) { try makeContext { $0.groups = "P-257" } }
        #expect(throws: DTLSError.protectionProfiles([])) { try makeContext { $0.profiles = [] } }
        #expect(throws: DTLSError.protectionProfiles(["NULL_HMAC_SHA1_80"])) {
            try makeContext { $0.profiles = [.nullTag80] }
        }
        #expect(throws: DTLSError.protectionProfiles(["AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80"])) {
            try makeContext { $0.profiles = [.aeadAES128GCM, .aesCM256Tag80] }
        }
        for length in [0, 255, 65_508] {
            #expect(throws: DTLSError.maximumDatagramLength(length)) {
                try makeContext { $0.maximumDatagramLength = length }
            }
        }
    }

    @Test(arguments: [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "P-256"), ("ECDHE-ECDSA-CHACHA20-POLY1305", "X25519:P-256"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "P-384:P-256"),
    ])
    func theCiphersAndGroupsAreThoseAskedFor(cipher: String, group: String) throws {
        let pair = Pair(
            client: try makeContext(),
            server: try makeContext {
                $0.ciphers = cipher
                $0.groups = group
            })
        pair.left.start()
        pair.settle()
        #expect(pair.connections != nil)
        // And with a client that has others only, nothing comes about.
        let apart = Pair(
            client: try makeContext { $0.ciphers = "ECDHE-ECDSA-AES256-CCM" },
            server: try makeContext { $0.ciphers = cipher })
        apart.left.start()
        apart.settle()
        #expect(apart.left.state == .ended)
    }

    @Test(arguments: [
        ([UInt8](), DTLSRecord.foreign),
        ([22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0], .foreign),
        ([22, 0xFE, 0xFC, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .foreign),
        ([24, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .foreign),
        ([22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .other),
        ([22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], .other),
        ([22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 9, 0, 0, 0, 0, 1, 0, 0, 0], .clientHelloFragment),
        ([22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0], .clientHelloFragment),
        ([22, 0xFE, 0xFF, 0, 1, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0], .other),
        ([22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 2, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0], .other),
        (
            [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 46, 1, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0, 34, 0xFE, 0xFD]
                + [UInt8](repeating: 7, count: 32),
            .clientHello(random: [UInt8](repeating: 7, count: 32))
        ),
    ])
    func tellsRecordsApart(octets: [UInt8], record: DTLSRecord) {
        #expect(octets.withUnsafeBytes { DTLSRecord($0) } == record)
    }
}
