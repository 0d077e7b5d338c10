import Bencode
import NGProtocol
import Testing

struct NGStreamParserTests {
    private func consume(_ parser: inout NGStreamParser, _ text: String) -> [NGStreamParser.Event] {
        Array(text.utf8).withUnsafeBytes { parser.consume($0) }
    }

    private func message(_ cookie: String, _ dictionary: BencodeDictionary) -> NGStreamParser.Event {
        .message(cookie: Array(cookie.utf8), dictionary)
    }

    private func malformed(_ cookie: String?, _ reason: NGErrorText) -> NGStreamParser.Event {
        .malformed(cookie: cookie.map { Array($0.utf8) }, reason: reason)
    }

    @Test(arguments: 1...70)
    func anySplit(_ size: Int) {
        let text = "c1 d7:command4:pingec2 d7:command5:offer3:sdp4:v=0\ne\nc3 d7:command4:pinge"
        var parser = NGStreamParser()
        var events: [NGStreamParser.Event] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            events += consume(&parser, String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(
            events == [
                message("c1", ["command": "ping"]), message("c2", ["command": "offer", "sdp": "v=0\n"]),
                // A line end between two messages belongs to the next cookie.
                message("\nc3", ["command": "ping"]),
            ])
        #expect(!parser.isInsideMessage)
    }

    @Test func incompleteMessagesWait() {
        var parser = NGStreamParser()
        #expect(!parser.isInsideMessage)
        for piece in ["co", "okie", " ", "d7:comma", "nd4:pi"] {
            #expect(consume(&parser, piece) == [])
            #expect(parser.isInsideMessage)
        }
        #expect(consume(&parser, "nge") == [message("cookie", ["command": "ping"])])
    }

    @Test(
        arguments: [
            ("c hello", "c", .invalidFormat), (#"c {"command":"ping"}"#, "c", .invalidFormat),
            ("c le", "c", .invalidFormat),
            ("c  d", "c", .invalidFormat), ("c d01:a", "c", .brokenBencode), ("c di1ee", "c", .brokenBencode),
            (" de", nil, .invalidFormat),
        ] as [(String, String?, NGErrorText)])
    func garbage(_ text: String, _ cookie: String?, _ reason: NGErrorText) {
        var parser = NGStreamParser()
        let events = consume(&parser, "x de" + text + "y d7:command4:pinge")
        #expect(events == [message("x", [:]), malformed(cookie, reason)])
        #expect(consume(&parser, "z de") == [])
        #expect(!parser.isInsideMessage)
    }

    @Test func cookiesAreBounded() {
        var parser = NGStreamParser(cookieLimit: 4)
        #expect(consume(&parser, "abcd de") == [message("abcd", [:])])
        #expect(consume(&parser, "abc") == [])
        #expect(consume(&parser, "de") == [malformed(nil, .invalidFormat)])
    }

    @Test func messagesAreBounded() {
        var parser = NGStreamParser(limits: BencodeLimits(bytes: 10))
        #expect(consume(&parser, "a d1:a1:be") == [message("a", ["a": "b"])])
        #expect(consume(&parser, "a d1:a9:") == [malformed("a", .brokenBencode)])
    }
}
