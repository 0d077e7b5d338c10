import SRTPKeying
import Testing

@Suite struct CertificateFingerprintTests {
    @Test(arguments: [("sha-1", 20), ("SHA-224", 28), ("sha-256", 32), ("Sha-384", 48), ("sha-512", 64)])
    func takesTheDigestOfItsHash(name: String, length: Int) throws {
        let digest = [UInt8](repeating: 0x4A, count: length)
        let fingerprint = try #require(CertificateFingerprint(hashFunction: name, digest: digest))
        #expect(fingerprint.hash.digestLength == length)
        #expect(fingerprint.hash.rawValue == name.lowercased())
        #expect(CertificateFingerprint(hashFunction: name, digest: digest.dropLast()) == nil)
        #expect(CertificateFingerprint(hashFunction: name, digest: digest + [0]) == nil)
    }

    @Test(arguments: ["md5", "md2", "sha256", "sha-", "", "shake128"])
    func knowsNoOtherHash(name: String) {
        for length in [16, 20, 32] {
            #expect(CertificateFingerprint(hashFunction: name, digest: [UInt8](repeating: 1, count: length)) == nil)
        }
    }

    @Test func comparesEveryOctetAndTheHash() throws {
        let digest = (0..<20).map { UInt8($0) }
        let fingerprint = CertificateFingerprint(hash: .sha1, digest: digest)
        #expect(fingerprint == CertificateFingerprint(hash: .sha1, digest: digest))
        for index in digest.indices {
            var other = digest
            other[index] ^= 1
            #expect(fingerprint != CertificateFingerprint(hash: .sha1, digest: other))
        }
    }

    @Test func printsAsInSDP() throws {
        let fingerprint = try #require(
            CertificateFingerprint(hash: .sha1, digest: [0x00, 0x0F, 0xA5] + [UInt8](repeating: 0xFF, count: 17)))
        #expect(fingerprint.description == "sha-1 00:0F:A5" + String(repeating: ":FF", count: 17))
    }

    @Test func hashesAreOrderedByStrength() {
        #expect(FingerprintHash.allCases.sorted() == FingerprintHash.allCases)
        #expect(FingerprintHash.allCases.max() == .sha512)
    }
}
