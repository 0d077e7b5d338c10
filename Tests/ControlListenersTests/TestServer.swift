import ControlListeners
import Logging
import NGProtocol
import NIOCore
import NIOPosix
import NetTypes

/// A processor with its event loops and a recording handler.
struct TestServer {
    let handler = RecordingHandler()
    let group: MultiThreadedEventLoopGroup
    /// Where requests are carried out.
    let workers: MultiThreadedEventLoopGroup
    let processor: NGRequestProcessor

    /// Runs `body` with a server and shuts its event loops down.
    static func run(
        workers: Int = 2, limits: NGRequestProcessor.Limits = NGRequestProcessor.Limits(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let listeners = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let workerGroup = MultiThreadedEventLoopGroup(numberOfThreads: workers)
        let server = TestServer(listeners: listeners, workers: workerGroup, limits: limits)
        do { try await body(server) } catch {
            try await listeners.shutdownGracefully()
            try await workerGroup.shutdownGracefully()
            throw error
        }
        try await listeners.shutdownGracefully()
        try await workerGroup.shutdownGracefully()
    }

    private init(
        listeners: MultiThreadedEventLoopGroup, workers: MultiThreadedEventLoopGroup, limits: NGRequestProcessor.Limits
    ) {
        group = listeners
        self.workers = workers
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        processor = NGRequestProcessor(
            dispatcher: NGDispatcher(parser: NGRequestParser(), handler: handler), workers: workers, limits: limits,
            logger: logger)
    }

    /// The handler of the tests can be made to wait, so the workers carry out all requests unless told otherwise.
    func udp(
        _ address: String = "127.0.0.1", port: UInt16 = 0, tos: UInt8 = 0, carriesOut: Bool = false
    ) throws -> NGUDPListener {
        try .start(
            on: TestServer.address(address, port), processor: processor, tos: tos, carriesOut: carriesOut)
    }

    func tcp(
        _ address: String = "127.0.0.1", limits: NGTCPListener.Limits = NGTCPListener.Limits()
    ) async throws -> NGTCPListener {
        try await .start(on: TestServer.address(address, 0), processor: processor, group: group, limits: limits)
    }

    static func address(_ text: String, _ port: UInt16) -> TransportAddress {
        TransportAddress(IPAddress(text) ?? .unspecified(.ipv4), port)
    }
}
