import ControlListeners
import Glibc
import Logging
import NIOCore
import NIOPosix
import NetTypes
import Synchronization
import Testing

/// Lines over TCP and over a local socket.
@Suite(.serialized, .ownThread) struct LineListenerTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static let words: LineService = { line, write in _ = await write(Array("words ".utf8) + line + [10]) }
    /// Three pieces.
    private static let control: LineService = { line, write in
        for number in 0..<3 { _ = await write(Array("\(number) ".utf8)) }
        _ = await write(line + [10])
    }

    private func withGroup(_ body: (MultiThreadedEventLoopGroup) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do { try await body(group) } catch {
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func cli(
        inputSeconds: Int64 = 10, _ body: @escaping @Sendable (@Sendable () throws -> TestSocket) throws -> Void
    ) async throws {
        try await withGroup { group in
            let listener = try await CLIListener.start(
                on: TestServer.address("127.0.0.1", 0), group: group, logger: Self.quiet, connections: 4,
                inputSeconds: inputSeconds, words: Self.words, control: Self.control)
            let address = listener.localAddress
            defer { _ = listener }
            try await offThePool { try body { try TestSocket(.stream, to: address) } }
            await listener.stop()
        }
    }

    private static func everything(_ socket: TestSocket) throws -> String {
        var bytes: [UInt8] = []
        while true {
            let piece = try socket.receive()
            guard !piece.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece
        }
    }

    @Test(
        arguments: [
            ("list totals\n", "words list totals\n"), ("list\r\nmore\n", "words list\n"), ("\n", "words \n"),
            ("{\"a\":1}\n", "0 1 2 {\"a\":1}\n"), (String(repeating: "a", count: 1025) + "\n", ""),
        ])
    func aConnectionCarriesOneLine(_ request: String, _ answer: String) async throws {
        try await cli { connect in
            let client = try connect()
            try client.send(Array(request.utf8))
            #expect(try Self.everything(client) == answer)
        }
    }

    @Test func theEndOfInputEndsALine() async throws {
        try await cli { connect in
            let client = try connect()
            try client.send(Array("li".utf8))
            try client.send(Array("st".utf8))
            client.shutdownOutput()
            #expect(try Self.everything(client) == "words list\n")
        }
    }

    @Test func slowClientsAreClosed() async throws {
        try await cli(inputSeconds: 1) { connect in
            let client = try connect()
            try client.send(Array("li".utf8))
            #expect(try Self.everything(client) == "")
        }
    }

    @Test func connectionsAreBounded() async throws {
        try await cli { connect in
            let kept = try (0..<4).map { _ in try connect() }
            let refused = try connect()
            #expect(((try? Self.everything(refused)) ?? "") == "")
            try kept[0].send(Array("a\n".utf8))
            #expect(try Self.everything(kept[0]) == "words a\n")
        }
    }

    // MARK: Local socket

    private func path() -> String { "/tmp/millrace-\(UInt64.random(in: 0 ... .max)).sock" }

    @Test func aLocalSocketTakesManyRequests() async throws {
        let path = path()
        try await withGroup { group in
            let listener = try await ControlSocketListener.start(
                at: path, mode: 0o660, group: group, logger: Self.quiet, service: Self.control)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
            try await offThePool {
                let client = try LocalClient(path)
                for request in ["{}", "{\"b\":2}"] {
                    client.send(request + "\n")
                    #expect(client.receiveLine() == "0 1 2 " + request)
                }
            }
            await listener.stop()
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func aSocketLeftBehindIsReplacedAndNoOther() async throws {
        let path = path()
        try await withGroup { group in
            func start() async throws -> ControlSocketListener {
                try await ControlSocketListener.start(
                    at: path, mode: 0o600, group: group, logger: Self.quiet, service: Self.control)
            }
            let first = try await start()
            await #expect(throws: LocalSocketError(path: path, reason: "another process listens on it")) {
                _ = try await start()
            }
            await first.stop()
            // A name that a process left when it died.
            LocalClient.leaveSocket(path)
            let second = try await start()
            await second.stop()
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            await #expect(throws: LocalSocketError(path: path, reason: "the file exists and is no socket")) {
                _ = try await start()
            }
            unlink(path)
        }
    }

    /// A service learns that its client has gone, and does not go on for ever.
    @Test func aClientThatGoesEndsItsStream() async throws {
        let path = path()
        let ended = Mutex(false)
        try await withGroup { group in
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            let listener = try await ControlSocketListener.start(
                at: path, mode: 0o600, group: group, logger: Self.quiet
            ) { _, write in
                while await write(Array("event\n".utf8)) { await Task.yield() }
                ended.withLock { $0 = true }
                continuation.finish()
            }
            try await offThePool {
                let client = try LocalClient(path)
                client.send("go\n")
                #expect(client.receiveLine() == "event")
            }
            for await _ in stream {}
            #expect(ended.withLock { $0 })
            await listener.stop()
        }
    }
}

/// A blocking client of a local socket.
private final class LocalClient {
    private let descriptor: CInt
    private var input: [UInt8] = []

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        try #require(LocalClient.with(path) { connect(descriptor, $0, $1) } == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }

    func receiveLine() -> String {
        while true {
            if let end = input.firstIndex(of: 10) {
                defer { input.removeFirst(end + 1) }
                return String(decoding: input[..<end], as: UTF8.self)
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return "" }
            input += chunk[..<count]
        }
    }

    /// Makes a socket that nobody listens on.
    static func leaveSocket(_ path: String) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        _ = with(path) { bind(descriptor, $0, $1) }
        close(descriptor)
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
