import ControlListeners
import Glibc
import Logging
import NIOCore
import NIOPosix
import NetTypes
import Testing

/// HTTP and WebSocket (ng-protocol §1.6, §1.7).
@Suite(.ownThread) struct HTTPListenerTests {
    private static let ng = "application/x-rtpengine-ng"

    /// Runs `body` with a listener whose words are repeated in capitals.
    private func run(
        _ limits: HTTPListener.Limits = HTTPListener.Limits(),
        _ body: @escaping @Sendable (HTTPListener, TestServer, @Sendable () throws -> TestSocket) throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let services = HTTPServices(
                processor: server.processor, metricsType: "text/plain; version=0.0.4", metrics: { "m 1\n" },
                words: { $0.uppercased() + "\n" })
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let listener = try await HTTPListener.start(
                on: TestServer.address("127.0.0.1", 0), group: server.group, services: services, limits: limits,
                logger: logger)
            let address = listener.localAddress
            do {
                try await offThePool { try body(listener, server) { try TestSocket(.stream, to: address) } }
            } catch {
                await listener.stop()
                throw error
            }
            await listener.stop()
        }
    }

    @Test(
        arguments: [
            ("GET", "/ping", nil, "", 200, "pong\n"), ("GET", "/metrics", nil, "", 200, "m 1\n"),
            ("GET", "/cli/list+a%20b%2Bc", nil, "", 200, "LIST A B+C\n"),
            ("GET", "/cli/%zz", nil, "", 404, "not found\n"),
            ("POST", "/cli", "text/plain", "a+b", 200, "A+B\n"),
            ("POST", "/ng", ng, "p1 d7:command4:pinge", 200, "p1 d6:result4:ponge"),
            ("POST", "/ng", ng + "; charset=utf-8", "p2 {\"command\":\"ping\"}", 200, "p2 {\"result\":\"pong\"}"),
            ("POST", "/ng", ng, "nothing", 600, "error\n"), ("GET", "/ng", nil, "", 404, "not found\n"),
            ("POST", "/ng", "text/plain", "p1 d7:command4:pinge", 404, "not found\n"),
            ("POST", "/ng-plain", ng, "d7:command4:pinge", 200, "d6:result4:ponge"),
            ("POST", "/ng-plain", "Application/JSON", "{\"command\":\"ping\"}", 200, "{\"result\":\"pong\"}"),
            (
                "POST", "/ng-plain", "application/json", "{", 200,
                "{\"result\":\"error\",\"error-reason\":\"Failed to parse JSON document\"}"
            ),
            ("OPTIONS", "/whatever", nil, "", 200, ""), ("GET", "/", nil, "", 404, "not found\n"),
            ("DELETE", "/ng", nil, "", 405, "method not allowed\n"),
        ] as [(String, String, String?, String, Int, String)])
    func requestsAreAnswered(
        _ method: String, _ path: String, _ type: String?, _ body: String, _ status: Int, _ answer: String
    ) async throws {
        try await run { _, _, connect in
            let client = try connect()
            // Twice: the connection stays, and a cookie has one answer.
            for _ in 0..<2 {
                let reply = try client.exchange(method, path, type: type, body: body)
                #expect(reply.status == status)
                #expect(reply.body == answer)
                #expect(reply.headers["access-control-allow-origin"] == "*")
            }
        }
    }

    @Test func repliesHaveTheTypeOfTheRequest() async throws {
        try await run { _, _, connect in
            let client = try connect()
            let json = try client.exchange(
                "POST", "/ng-plain", type: "application/json", body: "{\"command\":\"ping\"}")
            #expect(json.headers["content-type"] == "application/json")
            let own = try client.exchange("POST", "/ng-plain", type: Self.ng, body: "d7:command4:pinge")
            #expect(own.headers["content-type"] == Self.ng)
            #expect(try client.exchange("GET", "/metrics").headers["content-type"] == "text/plain; version=0.0.4")
            #expect(try client.exchange("HEAD", "/ping").body.isEmpty)
        }
    }

    @Test func aPipelineIsAnsweredInOrder() async throws {
        try await run { _, _, connect in
            let client = try connect()
            let requests = (0..<20).map { "GET /cli/n\($0) HTTP/1.1\r\nHost: relay\r\n\r\n" }.joined()
            try client.send(Array(requests.utf8))
            var text = ""
            while !text.contains("N19\n") {
                let piece = try client.receive()
                try #require(!piece.isEmpty)
                text += String(decoding: piece, as: UTF8.self)
            }
            let answers = text.split { $0 == "\n" || $0 == "\r\n" }.filter { $0.hasPrefix("N") }
            #expect(answers == (0..<20).map { "N\($0)" })
        }
    }

    @Test func bodiesAndHeadersAreBounded() async throws {
        var limits = HTTPListener.Limits()
        limits.bodyBytes = 1000
        try await run(limits) { _, _, connect in
            let large = String(repeating: "a", count: 1001)
            #expect(try connect().exchange("POST", "/cli", type: "text/plain", body: large).status == 413)
            let fits = String(large.dropLast())
            #expect(try connect().exchange("POST", "/cli", type: "text/plain", body: fits).status == 200)
            // Chunks have no length to be refused by.
            let chunked = try connect()
            try chunked.send(
                Array(
                    ("POST /cli HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3e9\r\n\(large)\r\n0\r\n\r\n").utf8))
            #expect(try chunked.receiveReply().status == 413)
            let header = try connect()
            try header.send(Array("GET /ping HTTP/1.1\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n".utf8))
            let reply = try header.receiveReply(hasBody: false)
            #expect(reply.status >= 400)
        }
    }

    @Test(arguments: [
        "", "GET /ping HTTP/1.1\r\nHost: a",
        "POST /cli HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nabc",
    ])
    func slowClientsAreClosed(_ start: String) async throws {
        var limits = HTTPListener.Limits()
        limits.idleSeconds = 1
        limits.transferSeconds = 1
        try await run(limits) { _, _, connect in
            let client = try connect()
            if !start.isEmpty { try client.send(Array(start.utf8)) }
            // The end of the stream, within the patience of the socket.
            #expect(try client.receive().isEmpty)
        }
    }

    @Test func connectionsAreBounded() async throws {
        var limits = HTTPListener.Limits()
        limits.connections = 2
        try await run(limits) { _, _, connect in
            let kept = [try connect(), try connect()]
            for client in kept { #expect(try client.exchange("GET", "/ping").status == 200) }
            let refused = try connect()
            #expect((try? refused.exchange("GET", "/ping")) == nil)
            #expect(try kept[0].exchange("GET", "/ping").status == 200)
        }
    }

    @Test func garbageHarmsNobody() async throws {
        try await run { _, _, connect in
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<50 {
                let client = try connect()
                try? client.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) })
                client.shutdownOutput()
            }
            #expect(try connect().exchange("GET", "/ping").body == "pong\n")
        }
    }

    // MARK: WebSocket

    @Test(
        arguments: [
            ("ng.rtpengine.com", "p1 d7:command4:pinge", "p1 d6:result4:ponge"),
            ("ng-plain.rtpengine.com", "{\"command\":\"ping\"}", "{\"result\":\"pong\"}"),
            ("cli.rtpengine.com", "list", "LIST\n"), ("echo.rtpengine.com", "x", "x"),
        ])
    func messagesAreAnsweredInBinary(_ name: String, _ request: String, _ answer: String) async throws {
        try await run { _, _, connect in
            let client = try connect()
            let reply = try client.upgrade("other.example, \(name)")
            #expect(reply.status == 101 && reply.headers["sec-websocket-protocol"] == name)
            for opcode in [1, 2] as [UInt8] {
                try client.send(Frame.client(opcode, Array(request.utf8)))
                let frame = try client.receiveFrame()
                #expect(frame.opcode == 0x82 && frame.payload == Array(answer.utf8))
            }
            // In pieces, with a ping between them.
            let bytes = Array(request.utf8)
            try client.send(Frame.client(1, Array(bytes.prefix(1)), isFinal: false))
            try client.send(Frame.client(9, [7]))
            try client.send(Frame.client(0, Array(bytes.dropFirst())))
            #expect(try client.receiveFrame() == (0x8A, [7]))
            #expect(try client.receiveFrame().payload == Array(answer.utf8))
            try client.send(Frame.client(8, [3, 0xE8]))
            #expect(try client.receiveFrame().opcode == 0x88)
            #expect(try client.receive().isEmpty)
        }
    }

    @Test func otherSubprotocolsEndTheConnection() async throws {
        try await run { _, _, connect in
            #expect((try? connect().upgrade("janus-protocol")) == nil)
        }
    }

    @Test func framesAgainstTheRulesEndTheConnection() async throws {
        var limits = HTTPListener.Limits()
        limits.bodyBytes = 1000
        try await run(limits) { _, _, connect in
            let frames = [
                Frame.client(1, [1], masks: false), Frame.client(2, [UInt8](repeating: 1, count: 1001)),
                Frame.client(0, [1]), Frame.client(3, [1]),
            ]
            for frame in frames {
                let client = try connect()
                #expect(try client.upgrade("echo.rtpengine.com").status == 101)
                try client.send(frame)
                // At most a frame that says why, and the end.
                if let last = try? client.receiveFrame() { #expect(last.opcode == 0x88) }
            }
            #expect(try connect().exchange("GET", "/ping").status == 200)
        }
    }

    @Test func aListenerThatStopsAnswersWhatIsDue() async throws {
        try await run { listener, server, connect in
            let client = try connect()
            let request = "c1 d7:call-id4:wait7:command5:query8:from-tag1:ae"
            try client.send(
                Array(
                    "POST /ng HTTP/1.1\r\nHost: a\r\nContent-Type: \(Self.ng)\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)"
                        .utf8))
            server.handler.awaitEntry()
            Task { await listener.stop() }
            server.handler.release()
            #expect(try client.receiveReply().body == "c1 d3:tag1:a6:result2:oke")
            #expect(try client.receive().isEmpty)
        }
    }
}
