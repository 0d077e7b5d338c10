import SRTPKeying
import Testing
import Wire

@Suite struct MasterKeyTests {
    @Test(arguments: CryptoSuite.allCases)
    func takesExactlyWhatTheSuiteWants(suite: CryptoSuite) throws {
        let octets = (0..<UInt8(suite.keyingLength)).map { $0 }
        let key = try #require(MasterKey(octets, for: suite))
        #expect(key.withUnsafeBytes { Array($0) } == octets)
        #expect(key.keyLength == suite.masterKeyLength)
        #expect(key.saltLength == suite.masterSaltLength)
        #expect(key.fits(suite))
        #expect(MasterKey(octets.dropLast(), for: suite) == nil)
        #expect(MasterKey(octets + [0], for: suite) == nil)
    }

    @Test func comparesOctetsAndLengths() throws {
        let octets = [UInt8](repeating: 7, count: 30)
        let key = try #require(MasterKey(octets, for: .aesCM128Tag80))
        #expect(key == MasterKey(octets, for: .aesF8Tag80))
        for index in octets.indices {
            var other = octets
            other[index] ^= 0x10
            #expect(key != MasterKey(other, for: .aesCM128Tag80))
        }
        let gcm = try #require(MasterKey([UInt8](repeating: 7, count: 28), for: .aeadAES128GCM))
        #expect(key != gcm)
    }

    @Test func drawsKeysFromTheGenerator() {
        var generator = CountingGenerator()
        let first = MasterKey(randomFor: .aesCM256Tag80, using: &generator)
        let second = MasterKey(randomFor: .aesCM256Tag80, using: &generator)
        #expect(first.fits(.aesCM256Tag80))
        #expect(first != second)
        var again = CountingGenerator()
        #expect(first == MasterKey(randomFor: .aesCM256Tag80, using: &again))
    }

    /// What stands behind the last whole group of base64 is zero, and belongs to the salt.
    @Test(arguments: CryptoSuite.allCases)
    func keysOfWholeGroupsLoseNothingWithoutPadding(suite: CryptoSuite) throws {
        var generator = SystemRandomNumberGenerator()
        let key = MasterKey(randomFor: suite, wholeGroups: true, using: &generator)
        let text = SDESAttribute(tag: 1, suite: suite, masterKey: key).text().split(separator: ":").last ?? ""
        let groups = text.utf8.prefix(text.utf8.count / 4 * 4)
        var octets = [UInt8](repeating: 0, count: suite.keyingLength)
        let count = octets.withUnsafeMutableBytes { Base64.decode(groups, into: $0) }
        #expect(MasterKey(octets, for: suite) == key)
        #expect(try #require(count) >= suite.keyingLength - 2)
    }

    @Test func showsNoOctetAnywhere() throws {
        // Octets whose decimal, hex and character forms would be noticed.
        let octets = [UInt8](repeating: 0xAB, count: 30)
        let key = try #require(MasterKey(octets, for: .aesCM128Tag80))
        let exported = try #require(
            [UInt8](repeating: 0xAB, count: 60).withUnsafeBytes {
                ExportedKeys(material: $0, suite: .aesCM128Tag80)
            })
        let line = SDESAttribute(tag: 1, suite: .aesCM128Tag80, masterKey: key)
        var dumps = ["\(key)", String(reflecting: key), "\(exported)", "\(line)", String(reflecting: [line])]
        for value in [key, exported, line] as [Any] {
            var text = ""
            dump(value, to: &text)
            dumps.append(text)
        }
        for text in dumps {
            for form in ["171", "ab,", "AB", "abab", "q6ur"] { #expect(!text.contains(form), "\(text)") }
        }
        #expect("\(key)" == "MasterKey(16 + 14 octets)")
    }
}

struct CountingGenerator: RandomNumberGenerator {
    var state: UInt64 = 0

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
