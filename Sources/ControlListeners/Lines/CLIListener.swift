public import Logging
internal import NIOCore
public import NIOPosix
public import NetTypes

/// The command line interface on one TCP address: a line of words for each connection, the answer, and the end
/// (ng-protocol §9). A line that begins with `{` is a request of the control protocol.
public final class CLIListener: Sendable {
    /// The address and port that it listens on.
    public var localAddress: TransportAddress { server.localAddress }

    private let server: StreamServer

    private init(_ server: StreamServer) { self.server = server }

    /// Binds `address` and serves it: `words` answers command lines, `control` requests of the control protocol.
    public static func start(
        on address: TransportAddress, group: MultiThreadedEventLoopGroup, logger: Logger, connections: Int = 128,
        inputSeconds: Int64 = 10, words: @escaping LineService, control: @escaping LineService
    ) async throws(ControlListenerError) -> CLIListener {
        let log = LimitedLog(logger)
        let limits = LineLimits(
            name: "CLI", words: 1024, json: 65_536, requestsInProgress: 1, keepsOpen: false, idleSeconds: inputSeconds,
            stuckSeconds: inputSeconds)
        let server = try await StreamServer.start(
            on: address, group: group,
            StreamServer.Settings(name: "CLI", connections: connections, allowsHalfClosure: true, log: log)
        ) { channel in
            try channel.pipeline.syncOperations.addHandler(
                LineConnectionHandler(channel: channel, limits: limits, log: log) { line, write in
                    await (line.first == UInt8(ascii: "{") ? control : words)(line, write)
                })
        }
        return CLIListener(server)
    }

    /// Takes no more connections, ends the commands under way, and closes what is open.
    public func stop() async { await server.stop() }
}
