import Bencode
import Testing

struct BencodeDecodingTests {
    @Test(
        arguments: [
            ("i0e", .integer(0)),
            ("i-7e", .integer(-7)),
            ("i9223372036854775807e", .integer(.max)),
            ("i-9223372036854775808e", .integer(.min)),
            ("0:", .string([])),
            ("4:ping", "ping"),
            ("le", .list([])),
            ("l1:ai1ee", ["a", 1]),
            ("de", .dictionary([:])),
            ("d7:command4:pinge", ["command": "ping"]),
            ("d1:z1:11:a1:2e", ["z": "1", "a": "2"]),
            ("d0:0:e", ["": ""]),
            ("d1:kd1:kl1:xeee", ["k": ["k": ["x"]]]),
        ] as [(String, BencodeValue)])
    func valid(_ text: String, _ value: BencodeValue) throws {
        let result = try BencodeValue.decode(Array(text.utf8)[...])
        #expect(result.value == value)
        #expect(result.consumed == text.utf8.count)
    }

    @Test func duplicateKeysAreKeptInOrder() throws {
        let dictionary = try #require(try decode("d1:a1:11:b1:21:a1:3e").dictionary)
        #expect(dictionary.entries.map(\.key) == ["a", "b", "a"])
        #expect(dictionary.first("a") == "1")
    }

    @Test func stringsAndKeysAreOctets() throws {
        let bytes: [UInt8] = Array("d2:".utf8) + [0xFF, 0x00] + Array("2:".utf8) + [0xC3, 0x28] + Array("e".utf8)
        let value = try BencodeValue.decode(bytes[...]).value
        #expect(value.dictionary?.entries.first?.value.octets == [0xC3, 0x28])
        #expect(value.dictionary?.entries.first?.key.unicodeScalars.map(\.value) == [0xFF, 0x00])
        #expect(value.encoded == bytes)
    }

    @Test func whatStandsBehindTheValueIsLeftAlone() throws {
        #expect(try BencodeValue.decode(Array("d7:command4:pingexyz".utf8)[...]).consumed == 17)
    }

    @Test func theFinalEOfTheOutermostDictionaryMayBeMissing() throws {
        #expect(try decode("d7:command4:ping") == ["command": "ping"])
        #expect(try decode("d") == .dictionary([:]))
        #expect(try decode("d5:flagsl1:ae") == ["flags": ["a"]])
    }

    @Test(
        arguments: [
            ("", .truncated, 0),
            ("d7:command4:pin", .truncated, 15),
            ("d7:command", .truncated, 10),
            ("d5:flagsl1:a", .truncated, 12),
            ("l1:a", .truncated, 4),
            ("d1", .truncated, 2),
            ("i5", .truncated, 2),
            ("x", .unexpectedByte(0x78), 0),
            ("e", .unexpectedByte(0x65), 0),
            ("-1:a", .unexpectedByte(0x2D), 0),
            ("ie", .unexpectedByte(0x65), 1),
            ("i-e", .unexpectedByte(0x65), 2),
            ("i--1e", .unexpectedByte(0x2D), 2),
            ("i1-e", .unexpectedByte(0x2D), 2),
            ("i 1e", .unexpectedByte(0x20), 1),
            ("i+1e", .unexpectedByte(0x2B), 1),
            ("1x", .unexpectedByte(0x78), 1),
            ("d1:ae", .unexpectedByte(0x65), 4),
            ("i01e", .leadingZero, 2),
            ("i00e", .leadingZero, 2),
            ("i-0e", .leadingZero, 3),
            ("01:a", .leadingZero, 1),
            ("00:", .leadingZero, 1),
            ("i9223372036854775808e", .integerOverflow, 20),
            ("i-9223372036854775809e", .integerOverflow, 21),
            ("i99999999999999999999e", .integerOverflow, 20),
            ("di1e1:ae", .nonStringKey, 1),
            ("dl1:aee", .nonStringKey, 1),
            ("d1:a1:bi1e1:ce", .nonStringKey, 7),
            ("99999:", .tooLarge, 4),
            ("99999999999999999999999999:", .tooLarge, 4),
            ("9223372036854775807:", .tooLarge, 4),
        ] as [(String, BencodeError.Reason, Int)])
    func invalid(_ text: String, _ reason: BencodeError.Reason, _ offset: Int) {
        #expect(throws: BencodeError(reason, at: offset)) { try decode(text) }
    }

    @Test func everyTruncationOfARequestIsAnErrorButTheLast() throws {
        let text = "d7:command5:offer5:flagsl13:trust-addresse3:TOSi184e5:codecd5:stripl3:alleee"
        for length in 0..<text.utf8.count {
            let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            // What ends behind a complete value of the outermost dictionary lacks nothing but its `e`.
            let endsEntry =
                ["d", "d7:command5:offer", "d7:command5:offer5:flagsl13:trust-addresse"].contains(part)
                || part.hasSuffix("184e") || part.hasSuffix("eee") || length == text.utf8.count - 1
            if endsEntry {
                #expect(throws: Never.self) { try decode(part) }
            } else {
                #expect(throws: BencodeError.self) { try decode(part) }
            }
        }
    }

    // MARK: Limits

    @Test func depth() {
        let limits = BencodeLimits(depth: 3)
        #expect(throws: Never.self) { try decode("llleee", limits) }
        #expect(throws: BencodeError(.tooDeep, at: 3)) { try decode("lllleeee", limits) }
        #expect(throws: BencodeError(.tooDeep, at: 32)) { try decode(String(repeating: "l", count: 60_000)) }
        #expect(throws: BencodeError.self) { try decode(String(repeating: "d1:a", count: 16_000)) }
    }

    @Test func elements() {
        let limits = BencodeLimits(elements: 3)
        #expect(throws: Never.self) { try decode("li1ei2ee", limits) }
        #expect(throws: BencodeError(.tooManyElements, at: 7)) { try decode("li1ei2ei3ee", limits) }
    }

    @Test func bytes() {
        let limits = BencodeLimits(bytes: 8)
        #expect(throws: Never.self) { try decode("6:abcdef", limits) }
        #expect(throws: BencodeError(.tooLarge, at: 0)) { try decode("9:abcdefghi", limits) }
        #expect(throws: BencodeError(.tooLarge, at: 5)) { try decode("l2:ab2:cd2:efe", limits) }
    }

    private func decode(_ text: String, _ limits: BencodeLimits = BencodeLimits()) throws(BencodeError) -> BencodeValue
    {
        try BencodeValue.decode(Array(text.utf8)[...], limits: limits).value
    }
}
