import Bencode
import NGProtocol
import NetTypes
import Testing

/// Framing, encodings and the table of ng-protocol §1.9.
struct NGMessageTests {
    /// Knows `ping`, and shows in its reply to `query` what it was asked.
    private struct EchoHandler: NGRequestHandler {
        func handle(_ request: NGRequest, from client: TransportAddress) -> NGReply {
            request.command == .ping
                ? .pong : .ok(["asked": .dictionary(request.dictionary), "by": .text(client.description)])
        }
    }

    private let client = TransportAddress(IPAddress(ipv4: 0xC000_0201), 5060)

    private func answer(_ datagram: [UInt8]) -> [UInt8]? {
        guard let message = NGMessage(datagram) else { return nil }
        let payload = NGPayload(message.payload)
        let dispatcher = NGDispatcher(parser: NGRequestParser(), handler: EchoHandler())
        return dispatcher.answer(payload, from: client).reply.encode(cookie: message.cookie, payload.encoding)
    }

    private func answer(_ text: String) -> String? {
        answer(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("8_1 d7:command4:pinge", "8_1 d6:result4:ponge"),
        (#"8_2 {"command":"ping"}"#, #"8_2 {"result":"pong"}"#),
        ("c d7:command4:pingexyz", "c d6:result4:ponge"),
        ("c d7:command4:ping", "c d6:result4:ponge"),
        ("two\nlines d7:command4:pinge", "two\nlines d6:result4:ponge"),
    ])
    func framing(_ request: String, _ reply: String) {
        #expect(answer(request) == reply)
    }

    @Test(arguments: ["", "d7:command4:pinge", "cookie", " d7:command4:pinge", " ", "  "])
    func withoutACookieThereIsNoReply(_ datagram: String) {
        #expect(answer(datagram) == nil)
    }

    @Test(arguments: [
        ("c ", "Invalid data (no payload)"),
        ("c  d7:command4:pinge", "Invalid NG data format"),
        ("c hello world", "Invalid NG data format"),
        ("c l4:pinge", "Invalid NG data format"),
        ("c i5e", "Invalid NG data format"),
        ("c 4:ping", "Invalid NG data format"),
        ("c [1,2]", "Invalid NG data format"),
        ("c d7:command4:pin", "Could not decode bencode dictionary"),
        ("c d07:command4:pinge", "Could not decode bencode dictionary"),
        ("c di1e4:pinge", "Could not decode bencode dictionary"),
        ("c d3:foo3:bare", "Dictionary contains no key \"command\""),
        ("c d7:commandi5ee", "Dictionary contains no key \"command\""),
        ("c d7:command10:frobnicatee", "Unrecognized command"),
        ("c d7:command4:PINGe", "Unrecognized command"),
        ("c d7:command5:offer8:sdp-attri5ee", "wrong type used"),
    ])
    func mistakesInBencode(_ request: String, _ reason: String) {
        #expect(answer(request) == "c " + NGMessageTests.error(reason))
    }

    @Test(arguments: [
        ("c {", "Failed to parse JSON document"),
        (#"c {"command":"ping""#, "Failed to parse JSON document"),
        (#"c {"command":"ping"} x"#, "Failed to parse JSON document"),
        (#"c {"command":"\ud800"}"#, "Failed to parse JSON document"),
        (#"c {"command":5}"#, #"Dictionary contains no key \"command\""#),
        (#"c {"command":null}"#, #"Dictionary contains no key \"command\""#),
        (#"c {"command":"x"}"#, "Unrecognized command"),
    ])
    func mistakesInJSON(_ request: String, _ reason: String) {
        #expect(answer(request) == #"c {"result":"error","error-reason":"\#(reason)"}"#)
    }

    @Test func aLongCookieOfAnyBytesIsReturnedUnchanged() {
        let cookie = (0..<600).map { UInt8(truncatingIfNeeded: $0) }.map { $0 == 0x20 ? 0x21 : $0 }
        #expect(answer(cookie + Array(" d7:command4:pinge".utf8)) == cookie + Array(" d6:result4:ponge".utf8))
    }

    /// The reply to a request is as long as its cookie, and must fit into a datagram whatever is in it.
    @Test func cookiesEndSomewhere() {
        let longest = [UInt8](repeating: 0x63, count: NGMessage.longestCookie)
        #expect(answer(longest + Array(" d7:command4:pinge".utf8)) == longest + Array(" d6:result4:ponge".utf8))
        #expect(NGMessage(longest + [0x63] + Array(" d7:command4:pinge".utf8)) == nil)
    }

    @Test func theHandlerSeesTheRequestAndItsClient() throws {
        let reply = try #require(answer("c d7:command5:query3:fooi7ee"))
        #expect(reply == "c d5:askedd7:command5:query3:fooi7ee2:by14:192.0.2.1:50606:result2:oke")
    }

    @Test func jsonRepliesAreAlwaysJSON() throws {
        let octets: [UInt8] = [0x22, 0x5C, 0x01, 0x1F, 0x0A, 0x0D, 0x09, 0xC3, 0xA9]
        let text = NGReply.ok(["utf8": .string(octets), "latin1": .string([0xE9, 0xFF]), "n": -1]).encode(.json)
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"utf8":"\"\\\u0001\u001f\n\r\t\#u{E9}","latin1":"\u00e9\u00ff","n":-1,"result":"ok"}"#)
        let again = try NGEncoding.json.decode(text[...])
        #expect(again.first("utf8")?.octets == octets)
        #expect(again.first("latin1")?.octets == Array("\u{E9}\u{FF}".utf8))
    }

    @Test func namedEncoding() {
        let payload = NGPayload(Array("[]".utf8)[...], as: .json)
        #expect(payload.content == .failure(.jsonRootNotObject))
        #expect(NGPayload(Array("null".utf8)[...], as: .json).content == .failure(.jsonRootNotObject))
        #expect(NGPayload(Array("le".utf8)[...], as: .bencode).content == .failure(.brokenBencode))
        #expect(NGPayload([], as: .json).encoding == .json)
    }

    private static func error(_ reason: String) -> String {
        "d6:result5:error12:error-reason\(reason.utf8.count):\(reason)e"
    }
}

struct NGReplyTests {
    private func text(_ reply: NGReply) -> String { String(decoding: reply.encode(.json), as: UTF8.self) }

    @Test func order() {
        #expect(text(.pong) == #"{"result":"pong"}"#)
        #expect(text(.ok()) == #"{"result":"ok"}"#)
        #expect(text(.ok(["z": 1, "a": 2])) == #"{"z":1,"a":2,"result":"ok"}"#)
        #expect(text(.error(.outOfPorts)) == #"{"result":"error","error-reason":"Ran out of ports"}"#)
        #expect(
            text(.error(.sdpRewriteFailed, ["sdp": ""]))
                == #"{"result":"error","error-reason":"Error rewriting SDP","sdp":""}"#)
    }

    @Test func loadLimit() {
        #expect(
            text(.loadLimit(.cpu, supported: true)) == #"{"message":"CPU usage limit exceeded","result":"load limit"}"#)
        for limit in NGReply.LoadLimit.allCases {
            #expect(
                text(.loadLimit(limit, supported: false))
                    == #"{"result":"error","error-reason":"Parallel session limit reached"}"#)
        }
    }
}
