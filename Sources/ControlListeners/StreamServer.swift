internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NetTypes

/// A listening stream socket with its connections, under whatever protocol.
final class StreamServer: Sendable {
    /// The address and port that it listens on; for a local socket no address.
    let localAddress: TransportAddress
    private let channel: any Channel
    private let connections: ConnectionTable

    private init(channel: any Channel, localAddress: TransportAddress, connections: ConnectionTable) {
        self.channel = channel
        self.localAddress = localAddress
        self.connections = connections
    }

    /// What a server has beside its protocol.
    struct Settings: Sendable {
        /// Name of the protocol in log lines.
        var name: String
        /// Connections at a time; further ones are closed at once.
        var connections: Int
        /// A client may close its side before it has its reply.
        var allowsHalfClosure = false
        var log: LimitedLog
    }

    /// Binds `address` and sets every connection up with `initialize`. An IPv6 address takes no IPv4 traffic.
    static func start(
        on address: TransportAddress, group: MultiThreadedEventLoopGroup, _ settings: Settings,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws(ControlListenerError) -> StreamServer {
        let connections = ConnectionTable(limit: settings.connections)
        var bootstrap = bootstrap(group, settings, connections, initialize)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        if address.address.family == .ipv6 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        do {
            let channel = try await bootstrap.bind(to: address.socketAddress()).get()
            let local = channel.localAddress.flatMap(TransportAddress.init) ?? address
            return StreamServer(channel: channel, localAddress: local, connections: connections)
        } catch let error as IOError {
            throw .bind(address, errno: error.errnoCode, operation: "bind")
        } catch {
            throw .eventLoop(address, reason: "\(error)")
        }
    }

    /// Serves a local socket that is bound already. The event loop owns `descriptor` from now on.
    static func start(
        onBound descriptor: CInt, group: MultiThreadedEventLoopGroup, _ settings: Settings,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> StreamServer {
        let connections = ConnectionTable(limit: settings.connections)
        let channel = try await bootstrap(group, settings, connections, initialize).withBoundSocket(descriptor).get()
        return StreamServer(
            channel: channel, localAddress: TransportAddress(.unspecified(.ipv4), 0), connections: connections)
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ settings: Settings, _ connections: ConnectionTable,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: settings.allowsHalfClosure)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else {
                        settings.log.warn(
                            "\(settings.name) connection refused, too many",
                            client: channel.remoteAddress.flatMap(TransportAddress.init))
                        throw ChannelError.eof
                    }
                    channel.closeFuture.whenComplete { _ in connections.remove(channel) }
                    try initialize(channel)
                }
            }
    }

    /// Takes no more connections, sends the replies that are due, and closes what is open.
    func stop() async {
        try? await channel.close().get()
        await connections.closeAll()
    }
}
