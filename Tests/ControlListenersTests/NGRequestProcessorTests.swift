import Bencode
import ControlListeners
import NGProtocol
import NIOCore
import NIOPosix
import NetTypes
import Synchronization
import Testing

/// The processor without sockets.
@Suite(.serialized, .ownThread)
struct NGRequestProcessorTests {
    /// Collects replies and waits for them.
    private final class Replies: Sendable {
        private let stream: AsyncStream<[UInt8]>
        let respond: NGRequestProcessor.Respond

        init() {
            let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
            self.stream = stream
            respond = { continuation.yield($0) }
        }

        func next(_ count: Int) async -> [[UInt8]] {
            var replies: [[UInt8]] = []
            var iterator = stream.makeAsyncIterator()
            while replies.count < count, let reply = await iterator.next() { replies.append(reply) }
            return replies
        }
    }

    private let client = TestServer.address("192.0.2.1", 5060)

    private func submit(
        _ server: TestServer, _ cookie: String, call: String, tag: String, _ replies: Replies
    ) -> NGRequestProcessor.Acceptance {
        let dictionary: BencodeDictionary = ["command": "query", "call-id": .text(call), "from-tag": .text(tag)]
        return server.processor.submit(
            cookie: Array(cookie.utf8), payload: NGPayload(dictionary), from: client, respond: replies.respond)
    }

    @Test func requestsBeyondTheBoundAreRefusedAndMayBeRepeated() async throws {
        let limits = NGRequestProcessor.Limits(requestsInProgress: 2, repetitions: 1)
        try await TestServer.run(limits: limits) { server in
            let replies = Replies()
            #expect(submit(server, "a", call: "wait-1", tag: "1", replies) == .accepted)
            #expect(submit(server, "b", call: "wait-1", tag: "2", replies) == .accepted)
            #expect(submit(server, "c", call: "c", tag: "3", replies) == .overloaded)
            // One repetition waits, a second one does not.
            #expect(submit(server, "a", call: "wait-1", tag: "1", replies) == .accepted)
            #expect(submit(server, "a", call: "wait-1", tag: "1", replies) == .overloaded)
            server.handler.release()
            server.handler.release()
            let first = await replies.next(3)
            #expect(
                first == [Wire.tagReply("a", tag: "1"), Wire.tagReply("a", tag: "1"), Wire.tagReply("b", tag: "2")])
            #expect(submit(server, "c", call: "c", tag: "3", replies) == .accepted)
            #expect(await replies.next(1) == [Wire.tagReply("c", tag: "3")])
            #expect(server.handler.tags == ["1", "2", "3"])
        }
    }

    /// Submits from a worker's event loop, as a listener does that shares it; returns what was handled by then.
    private func submitFromWorker(
        _ server: TestServer, _ cookie: String, call: String, _ replies: Replies
    ) async throws -> [String] {
        try await server.workers.next().submit { [client] in
            let dictionary: BencodeDictionary = [
                "command": "query", "call-id": .text(call), "from-tag": .text(cookie),
            ]
            _ = server.processor.submit(
                cookie: Array(cookie.utf8), payload: NGPayload(dictionary), from: client, mayRunHere: true,
                respond: replies.respond)
            return server.handler.tags
        }.get()
    }

    @Test func aLoneRequestIsCarriedOutAtOnceAndOthersInTheirTurn() async throws {
        try await TestServer.run(workers: 2) { server in
            let replies = Replies()
            let handled = try await submitFromWorker(server, "a", call: "c", replies)
            #expect(handled == ["a"])
            _ = await replies.next(1)
            // Behind one that is under way it would overtake.
            #expect(submit(server, "b", call: "wait-1", tag: "b", replies) == .accepted)
            server.handler.awaitEntry()
            #expect(submit(server, "d", call: "wait-1", tag: "d", replies) == .accepted)
            server.handler.release()
            server.handler.release()
            _ = await replies.next(2)
            #expect(server.handler.tags == ["a", "b", "d"])
        }
    }

    @Test func aKnownCookieIsAnsweredWithoutDecoding() async throws {
        try await TestServer.run { server in
            let replies = Replies()
            #expect(submit(server, "a", call: "c", tag: "1", replies) == .accepted)
            #expect(await replies.next(1) == [Wire.tagReply("a", tag: "1")])
            var wasDecoded = false
            func payload() -> NGPayload {
                wasDecoded = true
                return NGPayload(["command": "ping"])
            }
            let acceptance = server.processor.submit(
                cookie: Array("a".utf8), payload: payload(), from: client, respond: replies.respond)
            #expect(acceptance == .accepted)
            #expect(await replies.next(1) == [Wire.tagReply("a", tag: "1")])
            #expect(!wasDecoded)
        }
    }

    @Test func withoutCookiesNothingIsRemembered() async throws {
        try await TestServer.run { server in
            for tag in ["1", "2"] {
                let payload = NGPayload(["command": "query", "call-id": "c", "from-tag": .text(tag)])
                let reply = await withCheckedContinuation { continuation in
                    server.processor.submit(payload, from: client) { continuation.resume(returning: $0) }
                }
                #expect(reply == .ok(["tag": .text(tag)]))
            }
        }
    }
}
