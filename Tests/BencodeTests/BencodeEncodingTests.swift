import Bencode
import Testing

struct BencodeEncodingTests {
    @Test(
        arguments: [
            (0, "i0e"), (-1, "i-1e"), (.integer(.min), "i-9223372036854775808e"), ("", "0:"), ("pong", "4:pong"),
            ([], "le"),
            (["a", ["b": 1]], "l1:ad1:bi1eee"), (["result": "ok", "a": "b"], "d6:result2:ok1:a1:be"),
        ] as [(BencodeValue, String)])
    func encode(_ value: BencodeValue, _ text: String) throws {
        #expect(String(decoding: value.encoded, as: UTF8.self) == text)
        #expect(try BencodeValue.decode(value.encoded[...]).value == value)
    }

    @Test(arguments: [0, 1, -1, 9, 10, -10, 99, 100, 1_000_000, .min, .max])
    func everyIntegerHasItsDigits(_ value: Int64) {
        let dictionary: BencodeDictionary = ["ä\u{FF}": .integer(value), "\u{20AC}": ["x", []]]
        var output: [UInt8] = []
        dictionary.encode(into: &output)
        let text = Array("d2:".utf8) + [0xE4, 0xFF] + Array("i\(value)e3:\u{20AC}l1:xlee".utf8) + Array("e".utf8)
        #expect(output == text)
        #expect(dictionary.encodedCount == output.count)
    }

    @Test func randomValuesSurviveARoundTrip() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let value = randomValue(depth: 0, &random)
            let encoded = value.encoded
            let result = try BencodeValue.decode(encoded[...])
            #expect(result.value == value)
            #expect(result.consumed == encoded.count)
            if let dictionary = value.dictionary { #expect(dictionary.encodedCount == encoded.count) }
        }
    }

    /// No mutation may trap, and what still decodes must encode to something that decodes to the same.
    @Test func mutatedInputNeverTraps() throws {
        var random = SeededGenerator(seed: 2)
        var decoded = 0
        for _ in 0..<20_000 {
            var bytes = randomValue(depth: 0, &random).encoded
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes[index] = Array("0123456789:ilde-".utf8).randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[..<index], at: index)
                }
            }
            guard let result = try? BencodeValue.decode(bytes[...], limits: BencodeLimits(depth: 8)) else { continue }
            decoded += 1
            #expect(result.consumed <= bytes.count)
            #expect(try BencodeValue.decode(result.value.encoded[...]).value == result.value)
        }
        #expect(decoded > 100)
    }

    private func randomValue(depth: Int, _ random: inout SeededGenerator) -> BencodeValue {
        switch Int.random(in: 0..<(depth < 5 ? 4 : 2), using: &random) {
        case 0: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 1: return .string(randomOctets(&random))
        case 2:
            return .list(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in randomValue(depth: depth + 1, &random) })
        default:
            var dictionary = BencodeDictionary()
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                let key = String(String.UnicodeScalarView(randomOctets(&random).map { UnicodeScalar($0) }))
                dictionary.append(key, randomValue(depth: depth + 1, &random))
            }
            return .dictionary(dictionary)
        }
    }

    private func randomOctets(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0..<12, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}
