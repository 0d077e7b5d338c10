import Testing
import Wire

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func encodesTheVectors(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.encode(plain.utf8, padding: .omitted) == encoded.replacing("=", with: ""))
    }

    @Test(arguments: vectors)
    func decodesTheVectorsWithAndWithoutPadding(plain: String, encoded: String) {
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
        #expect(Base64.decode(encoded.replacing("=", with: "").utf8) == Array(plain.utf8))
    }

    @Test func usesTheStandardAlphabet() {
        #expect(Base64.encode([0xFB, 0xEF, 0xBE, 0xFF]) == "++++/w==")
        #expect(Base64.decode("++++/w==".utf8) == [0xFB, 0xEF, 0xBE, 0xFF])
        #expect(Base64.decode("----_w==".utf8) == nil)
    }

    @Test(arguments: [
        "Z", "Zg=", "Zg===", "Z===", "=", "==", "====", "Zm9v=", "Zm9vYg=", "Zm=v", "Zm 9v", "Zm9v\n", "Zm9v!", "Zmé9",
    ])
    func refuses(text: String) { #expect(Base64.decode(text.utf8) == nil) }

    @Test func writesOnlyWhatFits() {
        var room: [UInt8] = [1, 2, 3, 4]
        let written = room.withUnsafeMutableBytes { bytes in
            Base64.decode("Zm9v".utf8, into: UnsafeMutableRawBufferPointer(rebasing: bytes[0..<3]))
        }
        #expect(written == 3)
        #expect(room == Array("foo".utf8) + [4])
        let refused = room.withUnsafeMutableBytes { bytes in
            Base64.decode("Zm9vYg".utf8, into: UnsafeMutableRawBufferPointer(rebasing: bytes[0..<3]))
        }
        #expect(refused == nil)
    }

    @Test func roundTripsEveryLength() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            for padding in [Base64.Padding.included, .omitted] {
                let text = Base64.encode(bytes, padding: padding)
                #expect(Base64.decode(text.utf8) == bytes)
                #expect(Base64.decodedCount(ofCharacters: text.replacing("=", with: "").utf8.count) == count)
            }
        }
    }
}
