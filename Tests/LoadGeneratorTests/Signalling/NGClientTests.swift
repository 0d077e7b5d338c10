import Bencode
import LoadGenerator
import NetTypes
import Synchronization
import Testing

struct NGClientTests {
    /// Answers requests with what `answer` makes of the number of the request (from 0) and its cookie, and notes them.
    private final class Responder: Sendable {
        private let socket = TestSocket()
        private let requests = Mutex<[[UInt8]]>([])
        private let loop = Mutex<BackgroundLoop?>(nil)

        init(_ answer: @escaping @Sendable (Int, String) -> [String]) {
            loop.withLock {
                $0 = BackgroundLoop { [unowned self] in
                    guard let (octets, port) = socket.receive() else { return }
                    let number = requests.withLock {
                        $0.append(octets)
                        return $0.count - 1
                    }
                    let cookie = String(decoding: octets.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
                    for reply in answer(number, cookie) { socket.send(Array(reply.utf8), to: port) }
                }
            }
        }

        var address: TransportAddress { socket.address }

        func finish() -> [String] {
            loop.withLock { $0?.stop() }
            return requests.withLock { $0.map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    @Test func replyIsReturned() throws {
        let responder = Responder { _, cookie in ["\(cookie) d3:fooi7e6:result2:oke"] }
        let reply = try NGClient(relay: responder.address).request("query", ["call-id": "x y"])
        let requests = responder.finish()
        #expect(reply == ["foo": 7, "result": "ok"])
        #expect(requests.count == 1)
        #expect(requests.first?.hasSuffix(" d7:call-id3:x y7:command5:querye") == true)
    }

    @Test func pongIsGood() throws {
        let responder = Responder { _, cookie in ["\(cookie) d6:result4:ponge"] }
        try NGClient(relay: responder.address).ping()
        _ = responder.finish()
    }

    @Test func requestIsRepeatedWithItsCookie() throws {
        let responder = Responder { number, cookie in number < 2 ? [] : ["\(cookie) d6:result2:oke"] }
        try NGClient(relay: responder.address, timeout: 20, attempts: 50).request("ping")
        let requests = responder.finish()
        #expect(requests.count >= 3)
        #expect(Set(requests).count == 1)
    }

    @Test func cookiesDiffer() throws {
        let responder = Responder { _, cookie in ["\(cookie) d6:result2:oke"] }
        let client = try NGClient(relay: responder.address, timeout: 5000)
        for _ in 0..<20 { try client.request("ping") }
        #expect(Set(responder.finish()).count == 20)
    }

    @Test func repliesToOthersAreIgnored() throws {
        let responder = Responder { _, cookie in
            ["other d6:result5:errore", cookie, "\(cookie)x d6:result5:errore", "\(cookie) d1:ai1e6:result2:oke"]
        }
        let reply = try NGClient(relay: responder.address).request("ping")
        _ = responder.finish()
        #expect(reply.first("a") == 1)
    }

    @Test(arguments: [
        ("d6:result5:error12:error-reason15:Unknown call-ide", "Unknown call-id"),
        ("d7:message30:Parallel session limit reached6:result10:load limite", "Parallel session limit reached"),
        ("d6:result3:bade", "bad"),
    ])
    func refusal(payload: String, reason: String) throws {
        let responder = Responder { _, cookie in ["\(cookie) \(payload)"] }
        let client = try NGClient(relay: responder.address)
        #expect(throws: NGClientError.refused(command: "offer", reason: reason)) { try client.request("offer") }
        _ = responder.finish()
    }

    @Test(arguments: ["", "d", "i1e", "de", "d6:resulti1ee", "d3:foo", "{\"result\":\"ok\"}"])
    func malformedReply(payload: String) throws {
        let responder = Responder { _, cookie in ["\(cookie) \(payload)"] }
        let client = try NGClient(relay: responder.address)
        #expect(throws: NGClientError.malformedReply(command: "offer")) { try client.request("offer") }
        _ = responder.finish()
    }

    @Test func silenceTimesOut() throws {
        let responder = Responder { _, _ in [] }
        let client = try NGClient(relay: responder.address, timeout: 10, attempts: 3)
        #expect(throws: NGClientError.timeout(command: "ping")) { try client.ping() }
        #expect(responder.finish().count <= 3)
    }
}
