import Bencode
import NGProtocol
import Testing

struct JSONReaderTests {
    @Test(
        arguments: [
            ("{}", [:]),
            (" \t\r\n{ } \n", [:]),
            (#"{"command":"ping"}"#, ["command": "ping"]),
            (#"{"a":[1,-2,0,-0],"b":{"c":[]}}"#, ["a": [1, -2, 0, 0], "b": ["c": []]]),
            (#"{"t":true,"f":false}"#, ["t": 1, "f": 0]),
            (#"{"n":null,"l":[null,1,null]}"#, ["l": [1]]),
            (#"{"a":1,"a":2}"#, ["a": 1, "a": 2]),
            (#"{"a":1.9,"b":-1.9,"c":1e3,"d":12E-1,"e":1.5e+2}"#, ["a": 1, "b": -1, "c": 1000, "d": 1, "e": 150]),
            (#"{"a":9223372036854775807,"b":-9223372036854775808}"#, ["a": .integer(.max), "b": .integer(.min)]),
            (
                #"{"a":9223372036854775808,"b":-99999999999999999999,"c":1e400,"d":-1e400}"#,
                ["a": .integer(.max), "b": .integer(.min), "c": .integer(.max), "d": .integer(.min)]
            ),
            (#"{"s":"\"\\\/\b\f\n\r\t"}"#, ["s": "\"\\/\u{8}\u{C}\n\r\t"]),
            (#"{"s":"\u0041\u00e9\u20AC\ud83d\ude00\u0000"}"#, ["s": "A\u{E9}\u{20AC}\u{1F600}\0"]),
            ("{\"s\":\"\u{E9}\u{20AC}\u{1F600}\u{7F}\"}", ["s": "\u{E9}\u{20AC}\u{1F600}\u{7F}"]),
            (#"{"":""}"#, ["": ""]),
        ] as [(String, BencodeValue)])
    func valid(_ text: String, _ value: BencodeValue) throws {
        #expect(try JSONReader.read(Array(text.utf8)[...]) == value)
    }

    @Test(
        arguments: [
            ("", .truncated, 0), ("{", .truncated, 1), (#"{"a""#, .truncated, 4), (#"{"a":"#, .truncated, 5),
            (#"{"a":1"#, .truncated, 6), (#"{"a":"b"#, .truncated, 7), (#"{"a":"\"#, .truncated, 7),
            (#"{"a":"\u12"#, .truncated, 10),
            ("[1", .truncated, 2), ("tru", .truncated, 3), ("-", .truncated, 1), ("1.", .truncated, 2),
            ("1e", .truncated, 2),
            ("{}x", .unexpectedByte(0x78), 2), ("{,}", .unexpectedByte(0x2C), 1),
            (#"{"a":1,}"#, .unexpectedByte(0x7D), 7),
            ("[1,]", .unexpectedByte(0x5D), 3), ("[,1]", .unexpectedByte(0x2C), 1), ("{a:1}", .unexpectedByte(0x61), 1),
            (#"{"a" 1}"#, .unexpectedByte(0x31), 5), ("{1:2}", .unexpectedByte(0x31), 1),
            ("01", .unexpectedByte(0x31), 1),
            ("+1", .unexpectedByte(0x2B), 0), (".5", .unexpectedByte(0x2E), 0), ("1.e1", .unexpectedByte(0x65), 2),
            ("nul1", .unexpectedByte(0x31), 3), ("True", .unexpectedByte(0x54), 0), ("NaN", .unexpectedByte(0x4E), 0),
            ("'a'", .unexpectedByte(0x27), 0), ("\"\n\"", .unexpectedByte(0x0A), 1),
            (#""\x41""#, .unexpectedByte(0x78), 2),
            (#""\u00g0""#, .unexpectedByte(0x67), 5), ("// {}", .unexpectedByte(0x2F), 0),
            ("{} {}", .unexpectedByte(0x7B), 3),
            (#""\ud83d""#, .loneSurrogate, 3), (#""\ude00""#, .loneSurrogate, 3), (#""\ud83dx""#, .loneSurrogate, 3),
            (#""\ud83d\n""#, .loneSurrogate, 3), (#""\ud83d\ud83d""#, .loneSurrogate, 3),
        ] as [(String, JSONError.Reason, Int)])
    func invalid(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        #expect(throws: JSONError(reason, at: offset)) { try JSONReader.read(Array(text.utf8)[...]) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func stringsMustBeUTF8(_ octets: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError(.invalidUTF8, at: 0)) { try JSONReader.read(([quote] + octets + [quote])[...]) }
    }

    @Test func limits() {
        func read(_ text: String, _ limits: BencodeLimits) throws(JSONError) -> BencodeValue? {
            try JSONReader.read(Array(text.utf8)[...], limits: limits)
        }
        #expect(throws: Never.self) { try read("[[[]]]", BencodeLimits(depth: 3)) }
        #expect(throws: JSONError(.tooDeep, at: 3)) { try read("[[[[]]]]", BencodeLimits(depth: 3)) }
        #expect(throws: JSONError(.tooDeep, at: 32)) {
            try read(String(repeating: "[", count: 60_000), BencodeLimits())
        }
        #expect(throws: JSONError.self) { try read(String(repeating: #"{"a":"#, count: 12_000), BencodeLimits()) }
        #expect(throws: JSONError(.tooManyElements, at: 5)) { try read("[1,1,1]", BencodeLimits(elements: 3)) }
        #expect(throws: JSONError(.tooLarge, at: 4)) { try read("[1,1]", BencodeLimits(bytes: 4)) }
    }

    @Test func mutatedInputNeverTraps() {
        var random = SeededGenerator(seed: 4)
        let seed = Array(
            #"{"command":"offer","sdp":"v=0\r\n\u00e9\ud83d\ude00","l":[1,2.5e3,null,true],"d":{"x":{}}}"#.utf8)
        let interesting = Array(#"{}[]",:\u0d8-+.eEtfn "#.utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xFF]
        var valid = 0
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                }
            }
            guard let value = try? JSONReader.read(bytes[...]), let dictionary = value.dictionary else { continue }
            valid += 1
            // What was read can be written and read again.
            let reply = NGReply.ok(dictionary)
            #expect(throws: Never.self) { try NGEncoding.json.decode(reply.encode(.json)[...]) }
        }
        #expect(valid > 100)
    }
}
