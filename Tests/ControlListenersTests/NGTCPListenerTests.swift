import Bencode
import ControlListeners
import Glibc
import NGProtocol
import NetTypes
import Testing

@Suite(.serialized, .ownThread)
struct NGTCPListenerTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func requestAndReply(_ address: String) async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp(address)
            let client = try TestSocket(.stream, to: listener.localAddress)
            try client.send(Wire.ping)
            #expect(try client.receive() == Wire.pong)
            await listener.stop()
        }
    }

    @Test func inputMayBeCutAnywhere() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            for byte in Wire.query("k", call: "c", tag: "t") { try client.send([byte]) }
            #expect(try client.receive() == Wire.tagReply("k", tag: "t"))
            await listener.stop()
        }
    }

    /// More requests in one go than are carried out at a time.
    @Test func pipelining() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            let tags = (100..<300).map { "\($0)" }
            try client.send(tags.flatMap { Wire.query("k\($0)", call: "c", tag: $0) })
            let replies = tags.flatMap { Wire.tagReply("k\($0)", tag: $0) }
            #expect(try client.receive(count: replies.count) == replies)
            #expect(server.handler.tags == tags)
            await listener.stop()
        }
    }

    @Test func largeMessagesPassBothWays() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            let sdp = [UInt8](repeating: 0x61, count: 60_000)
            try client.send(Wire.message("k", ["command": "query", "from-tag": "t", "sdp": .string(sdp)]))
            #expect(try client.receive() == Wire.tagReply("k", tag: "t"))
            try client.send(Wire.message("l", ["command": "list", "limit": 500_000]))
            let reply = Wire.message(
                "l", ["filler": .string([UInt8](repeating: 0x61, count: 500_000)), "result": "ok"])
            #expect(try client.receive(count: reply.count) == reply)
            await listener.stop()
        }
    }

    @Test(
        arguments: [
            ("k hello", "k", .invalidFormat), (#"k {"command":"ping"}"#, "k", .invalidFormat),
            ("k d01:", "k", .brokenBencode),
            ("k d7:command99999:", "k", .brokenBencode), (" de", nil, .invalidFormat),
        ] as [(String, String?, NGErrorText)])
    func garbageEndsTheConnectionAfterAnError(_ garbage: String, _ cookie: String?, _ reason: NGErrorText) async throws
    {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            try client.send(Wire.ping)
            #expect(try client.receive() == Wire.pong)
            try client.send(Array(garbage.utf8))
            if let cookie { #expect(try client.receive() == Wire.error(cookie, reason)) }
            #expect(try client.receive() == [])
            await listener.stop()
        }
    }

    @Test func endlessCookiesEndTheConnection() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            try client.send([UInt8](repeating: 0x61, count: 10_000))
            #expect(try client.receive() == [])
            await listener.stop()
        }
    }

    @Test func aClientMayCloseItsSideBeforeTheReply() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            try client.send(Wire.query("k", call: "wait", tag: "t") + Wire.query("l", call: "wait", tag: "u"))
            client.shutdownOutput()
            server.handler.awaitEntry()
            server.handler.release()
            server.handler.release()
            let replies = Wire.tagReply("k", tag: "t") + Wire.tagReply("l", tag: "u")
            #expect(try client.receive(count: replies.count) == replies)
            #expect(try client.receive() == [])
            await listener.stop()
        }
    }

    @Test func connectionsAreLimited() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp(limits: NGTCPListener.Limits(connections: 2))
            var clients: [TestSocket] = []
            for _ in 0..<2 {
                let client = try TestSocket(.stream, to: listener.localAddress)
                try client.send(Wire.ping)
                #expect(try client.receive() == Wire.pong)
                clients.append(client)
            }
            let refused = try TestSocket(.stream, to: listener.localAddress)
            #expect(try refused.receive() == [])
            try clients[0].send(Wire.ping)
            #expect(try clients[0].receive() == Wire.pong)
            await listener.stop()
        }
    }

    @Test func unfinishedMessagesAndIdleConnectionsAreClosed() async throws {
        try await TestServer.run { server in
            let limits = NGTCPListener.Limits(idleSeconds: 3600, messageSeconds: 1)
            let listener = try await server.tcp(limits: limits)
            let unfinished = try TestSocket(.stream, to: listener.localAddress)
            try unfinished.send(Array("k d7:comm".utf8))
            #expect(try unfinished.receive() == [])
            let idle = try await server.tcp(limits: NGTCPListener.Limits(idleSeconds: 1, messageSeconds: 3600))
            let client = try TestSocket(.stream, to: idle.localAddress)
            #expect(try client.receive() == [])
            await listener.stop()
            await idle.stop()
        }
    }

    @Test func transportsShareTheCookies() async throws {
        try await TestServer.run { server in
            let udp = try server.udp()
            let tcp = try await server.tcp()
            let datagram = try TestSocket(.datagram, to: udp.localAddress)
            let stream = try TestSocket(.stream, to: tcp.localAddress)
            try datagram.send(Wire.query("k", call: "c", tag: "one"))
            #expect(try datagram.receive() == Wire.tagReply("k", tag: "one"))
            try stream.send(Wire.query("k", call: "c", tag: "two"))
            #expect(try stream.receive() == Wire.tagReply("k", tag: "one"))
            await udp.stop()
            await tcp.stop()
        }
    }

    @Test func stoppingSendsWhatIsDueAndClosesConnections() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let client = try TestSocket(.stream, to: listener.localAddress)
            let idle = try TestSocket(.stream, to: listener.localAddress)
            try idle.send(Wire.ping)
            #expect(try idle.receive() == Wire.pong)
            try client.send(Wire.query("k", call: "wait", tag: "t"))
            server.handler.awaitEntry()
            async let stopped: Void = listener.stop()
            #expect(try idle.receive() == [])
            server.handler.release()
            await stopped
            #expect(try client.receive() == Wire.tagReply("k", tag: "t"))
            #expect(try client.receive() == [])
            #expect(throws: TestSocket.Failure.self) { try TestSocket(.stream, to: listener.localAddress) }
        }
    }

    @Test func anAddressInUseIsATypedError() async throws {
        try await TestServer.run { server in
            let listener = try await server.tcp()
            let address = listener.localAddress
            await #expect(throws: ControlListenerError.bind(address, errno: EADDRINUSE, operation: "bind")) {
                try await NGTCPListener.start(on: address, processor: server.processor, group: server.group)
            }
            await listener.stop()
        }
    }
}
