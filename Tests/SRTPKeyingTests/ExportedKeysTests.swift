import SRTPKeying
import Testing

@Suite struct ExportedKeysTests {
    @Test(arguments: CryptoSuite.allCases)
    func cutsInTheOrderOfRFC5764(suite: CryptoSuite) throws {
        let count = ExportedKeys.materialLength(for: suite)
        #expect(count == 2 * suite.keyingLength)
        let material = (0..<UInt8(count)).map { $0 }
        let keys = try #require(material.withUnsafeBytes { ExportedKeys(material: $0, suite: suite) })
        let (key, salt) = (suite.masterKeyLength, suite.masterSaltLength)
        #expect(keys.client == MasterKey(material[0..<key] + material[2 * key..<2 * key + salt], for: suite))
        #expect(keys.server == MasterKey(material[key..<2 * key] + material[(2 * key + salt)...], for: suite))
        material.dropLast().withUnsafeBytes { #expect(ExportedKeys(material: $0, suite: suite) == nil) }
        (material + [0]).withUnsafeBytes { #expect(ExportedKeys(material: $0, suite: suite) == nil) }
    }
}
