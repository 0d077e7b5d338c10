import Testing
import Wire

@Suite struct CRC32Tests {
    @Test(
        arguments: [
            ("", 0),
            ("123456789", 0xCBF4_3926),
            ("a", 0xE8B7_BE43),
            ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
        ] as [(String, UInt32)])
    func knownChecksums(_ text: String, _ expected: UInt32) {
        #expect(Array(text.utf8).withUnsafeBytes { CRC32.checksum($0) } == expected)
    }
}
