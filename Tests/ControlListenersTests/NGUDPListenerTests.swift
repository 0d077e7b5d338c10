import Bencode
import ControlListeners
import Glibc
import NGProtocol
import NetTypes
import Testing

@Suite(.serialized, .ownThread)
struct NGUDPListenerTests {
    @Test func requestAndReply() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            try client.send(Wire.ping)
            #expect(try client.receive() == Wire.pong)
            try client.send(Array(#"j {"command":"query","call-id":"c","from-tag":"t"}"#.utf8))
            #expect(try client.receive() == Array(#"j {"tag":"t","result":"ok"}"#.utf8))
            await listener.stop()
        }
    }

    @Test func malformedMessagesGetOneErrorOrNothing() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            for silent in ["", "cookie", "d7:command4:pinge", " d7:command4:pinge"] {
                try client.send(Array(silent.utf8))
            }
            try client.send(Array("a hello".utf8))
            #expect(try client.receive() == Wire.error("a", .invalidFormat))
            try client.send(Array("b ".utf8))
            #expect(try client.receive() == Wire.error("b", .noPayload))
            try client.send(Array("c d7:command".utf8))
            #expect(try client.receive() == Wire.error("c", .brokenBencode))
            try client.send(Array("d {\"command\"".utf8))
            #expect(try client.receive() == NGReply.error(.brokenJSON).encode(cookie: Array("d".utf8), .json))
            try client.send(Wire.ping)
            #expect(try client.receive() == Wire.pong)
            await listener.stop()
        }
    }

    @Test func aRepeatedCookieIsAnsweredFromTheCache() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let first = try TestSocket(.datagram, to: listener.localAddress)
            let second = try TestSocket(.datagram, to: listener.localAddress)
            try first.send(Wire.query("k", call: "c", tag: "one"))
            #expect(try first.receive() == Wire.tagReply("k", tag: "one"))
            // Neither the body nor the client counts.
            try second.send(Wire.query("k", call: "c", tag: "two"))
            #expect(try second.receive() == Wire.tagReply("k", tag: "one"))
            // Errors are kept, too.
            try first.send(Array("e hello".utf8))
            #expect(try first.receive() == Wire.error("e", .invalidFormat))
            try first.send(Wire.query("e", call: "c", tag: "three"))
            #expect(try first.receive() == Wire.error("e", .invalidFormat))
            #expect(server.handler.tags == ["one"])
            await listener.stop()
        }
    }

    @Test func repetitionsOfARequestInProgressWaitForItsReply() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            let other = try TestSocket(.datagram, to: listener.localAddress)
            try client.send(Wire.query("k", call: "wait", tag: "t"))
            server.handler.awaitEntry()
            try client.send(Wire.query("k", call: "wait", tag: "t"))
            try other.send(Wire.query("k", call: "wait", tag: "t"))
            // Once these are answered the listener has seen what was sent before them.
            try other.send(Array("x hello".utf8))
            server.handler.release()
            let reply = Wire.tagReply("k", tag: "t")
            #expect(try client.receive() == reply)
            #expect(try client.receive() == reply)
            #expect(try [other.receive(), other.receive()].contains(reply))
            #expect(server.handler.tags == ["t"])
            await listener.stop()
        }
    }

    @Test func requestsOfOneCallAreCarriedOutInOrder() async throws {
        try await TestServer.run(workers: 4) { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            let tags = (0..<200).map { "\($0)" }
            for tag in tags { try client.send(Wire.query("k\(tag)", call: "c", tag: tag)) }
            for _ in tags { _ = try client.receive() }
            #expect(server.handler.tags == tags)
            await listener.stop()
        }
    }

    @Test func callsDoNotWaitForEachOther() async throws {
        try await TestServer.run(workers: 4) { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            try client.send(Wire.query("k", call: "wait", tag: "slow"))
            server.handler.awaitEntry()
            // Of 64 calls some run on other workers.
            for number in 0..<64 { try client.send(Wire.query("k\(number)", call: "call-\(number)", tag: "quick")) }
            #expect(try client.receive().isEmpty == false)
            #expect(server.handler.tags.contains("quick"))
            #expect(!server.handler.tags.contains("slow"))
            server.handler.release()
            for _ in 0..<64 { _ = try client.receive() }
            #expect(server.handler.tags.count == 65)
            await listener.stop()
        }
    }

    @Test func theLargestDatagramsPass() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            let frame = Wire.message("k", ["command": "query", "from-tag": "t", "sdp": ""]).count + 4
            let sdp = [UInt8](repeating: 0x61, count: 65_507 - frame)
            let request = Wire.message("k", ["command": "query", "from-tag": "t", "sdp": .string(sdp)])
            #expect(request.count == 65_507)
            try client.send(request)
            #expect(try client.receive() == Wire.tagReply("k", tag: "t"))

            let overhead = Wire.message("l", ["filler": "", "result": "ok"]).count + 4
            try client.send(Wire.message("l", ["command": "list", "limit": .integer(Int64(65_507 - overhead))]))
            #expect(try client.receive().count == 65_507)
            try client.send(Wire.message("m", ["command": "list", "limit": .integer(Int64(65_508 - overhead))]))
            #expect(try client.receive() == Wire.error("m", .replyTooLarge))
            await listener.stop()
        }
    }

    @Test(arguments: [("0.0.0.0", ["127.0.0.1", "127.0.0.2", "127.1.2.3"]), ("::", ["::1"])])
    func repliesLeaveFromTheAddressTheRequestCameTo(_ wildcard: String, _ addresses: [String]) async throws {
        try await TestServer.run { server in
            let listener = try server.udp(wildcard)
            for address in addresses {
                let client = try TestSocket(.datagram, to: TestServer.address(address, listener.localAddress.port))
                try client.send(Wire.ping)
                #expect(try client.receive() == Wire.pong)
            }
            await listener.stop()
        }
    }

    @Test func bothWildcardsHaveRoomOnOnePort() async throws {
        try await TestServer.run { server in
            let v6 = try server.udp("::")
            let port = v6.localAddress.port
            let v4 = try server.udp("0.0.0.0", port: port)
            for address in ["127.0.0.1", "::1"] {
                let client = try TestSocket(.datagram, to: TestServer.address(address, port))
                try client.send(Wire.ping)
                #expect(try client.receive() == Wire.pong)
            }
            await v4.stop()
            await v6.stop()
        }
    }

    @Test func repliesCarryTheTOSByte() async throws {
        try await TestServer.run { server in
            let listener = try server.udp(tos: 0xB8)
            let client = try TestSocket(.datagram, to: listener.localAddress)
            client.enableTOS()
            try client.send(Wire.ping)
            #expect(try client.receiveTOS() == 0xB8)
            await listener.stop()
        }
    }

    @Test func anAddressInUseIsATypedError() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let address = listener.localAddress
            #expect(throws: ControlListenerError.bind(address, errno: EADDRINUSE, operation: "bind")) {
                try NGUDPListener.start(on: address, processor: server.processor)
            }
            let foreign = TestServer.address("192.0.2.1", 0)
            #expect(throws: ControlListenerError.bind(foreign, errno: EADDRNOTAVAIL, operation: "bind")) {
                try NGUDPListener.start(on: foreign, processor: server.processor)
            }
            await listener.stop()
        }
    }

    @Test func stoppingSendsWhatIsDueAndFreesThePort() async throws {
        try await TestServer.run { server in
            let listener = try server.udp()
            let client = try TestSocket(.datagram, to: listener.localAddress)
            try client.send(Wire.query("k", call: "wait", tag: "t"))
            server.handler.awaitEntry()
            async let stopped: Void = listener.stop()
            server.handler.release()
            await stopped
            #expect(try client.receive() == Wire.tagReply("k", tag: "t"))
            let again = try server.udp(port: listener.localAddress.port)
            try client.send(Wire.ping)
            #expect(try client.receive() == Wire.pong)
            await again.stop()
        }
    }

    @Test func theListenersThreadCarriesOutWhatComesAlone() async throws {
        try await TestServer.run { server in
            let listener = try server.udp(carriesOut: true)
            let client = try TestSocket(.datagram, to: listener.localAddress)
            for number in 0..<20 {
                try client.send(Wire.query("k\(number)", call: "c", tag: "\(number)"))
                #expect(try client.receive() == Wire.tagReply("k\(number)", tag: "\(number)"))
            }
            // While it is busy, what else comes waits; then the workers share it with the thread.
            try client.send(Wire.query("w", call: "wait", tag: "slow"))
            server.handler.awaitEntry()
            for number in 0..<64 { try client.send(Wire.query("q\(number)", call: "c\(number)", tag: "q\(number)")) }
            server.handler.release()
            var replies: Set<[UInt8]> = []
            for _ in 0..<65 { replies.insert(try client.receive()) }
            let expected = (0..<64).map { Wire.tagReply("q\($0)", tag: "q\($0)") } + [Wire.tagReply("w", tag: "slow")]
            #expect(replies == Set(expected))
            await listener.stop()
        }
    }

    @Test func requestsOfOneCallStayInOrderWhoeverCarriesThemOut() async throws {
        try await TestServer.run(workers: 4) { server in
            let listener = try server.udp(carriesOut: true)
            let client = try TestSocket(.datagram, to: listener.localAddress)
            let tags = (0..<300).map { "\($0)" }
            for tag in tags { try client.send(Wire.query("k\(tag)", call: "c", tag: tag)) }
            for _ in tags { _ = try client.receive() }
            #expect(server.handler.tags == tags)
            await listener.stop()
        }
    }

    @Test func anIdleListenerStops() async throws {
        try await TestServer.run { server in
            for address in ["127.0.0.1", "0.0.0.0", "::1", "::"] {
                for _ in 0..<20 {
                    let listener = try server.udp(address, carriesOut: true)
                    await listener.stop()
                }
            }
        }
    }
}
