import STUN
import Testing

@Suite struct SHA1Tests {
    /// RFC 3174 §7.3
    @Test(arguments: [
        ("abc", 1, "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "84983e44 1c3bd26e baae4aa1 f95129e5 e54670f1"
        ),
        ("a", 1_000_000, "34aa973c d4c4daa4 f61eeb2b dbad2731 6534016f"),
        (
            "0123456701234567012345670123456701234567012345670123456701234567", 10,
            "dea356a2 cddd90c7 a7ecedc5 ebb56393 4f460452"
        ),
        ("", 1, "da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709"),
    ])
    func rfc3174(_ text: String, _ repetitions: Int, _ expected: String) {
        var digest = SHA1()
        let bytes = Array(text.utf8)
        for _ in 0..<repetitions { bytes.withUnsafeBytes { digest.update($0) } }
        #expect(digest.finalize().bytes == hex(expected))
    }

    /// However the bytes are cut into pieces, the digest is the same; every length around a block is tried.
    @Test func piecesDoNotMatter() {
        var generator = SeededGenerator(state: 1)
        for length in 0...200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var whole = SHA1()
            bytes.withUnsafeBytes { whole.update($0) }
            var pieces = SHA1()
            var start = 0
            while start < length {
                let end = Int.random(in: (start + 1)...length, using: &generator)
                Array(bytes[start..<end]).withUnsafeBytes { pieces.update($0) }
                start = end
            }
            #expect(whole.finalize().bytes == pieces.finalize().bytes)
        }
    }
}
