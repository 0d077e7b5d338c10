internal import Glibc
internal import NIOCore
public import NIOPosix
public import NetTypes

/// The ng protocol on one TCP address, messages back to back (ng-protocol §1.5).
public final class NGTCPListener: Sendable {
    /// Bounds on connections and their input.
    public struct Limits: Sendable {
        /// Connections at a time; further ones are closed at once.
        public var connections: Int
        /// Requests of one connection that are carried out at a time; reading pauses until there are fewer.
        public var requestsInProgress: Int
        /// Seconds without input after which a connection is closed. Proxies keep theirs over quiet nights.
        public var idleSeconds: Int64
        /// Seconds without input in the middle of a message after which a connection is closed.
        public var messageSeconds: Int64

        /// Bounds that a proxy does not reach.
        public init(
            connections: Int = 256, requestsInProgress: Int = 16, idleSeconds: Int64 = 3600, messageSeconds: Int64 = 30
        ) {
            self.connections = connections
            self.requestsInProgress = requestsInProgress
            self.idleSeconds = idleSeconds
            self.messageSeconds = messageSeconds
        }
    }

    /// The address and port that it listens on.
    public let localAddress: TransportAddress

    private let channel: any Channel
    private let connections: ConnectionTable

    private init(channel: any Channel, localAddress: TransportAddress, connections: ConnectionTable) {
        self.channel = channel
        self.localAddress = localAddress
        self.connections = connections
    }

    /// Binds `address` and begins to serve it on the event loops of `group`. An IPv6 address takes no IPv4 traffic.
    ///
    /// - Parameter tos: TOS byte of the replies.
    public static func start(
        on address: TransportAddress, processor: NGRequestProcessor, group: MultiThreadedEventLoopGroup, tos: UInt8 = 0,
        limits: Limits = Limits()
    ) async throws(ControlListenerError) -> NGTCPListener {
        let connections = ConnectionTable(limit: limits.connections)
        let bootstrap = configured(ServerBootstrap(group: group), address.address.family, tos: tos)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else {
                        processor.log.warn(
                            "ng connection refused, too many",
                            client: channel.remoteAddress.flatMap(TransportAddress.init))
                        throw ChannelError.eof
                    }
                    channel.closeFuture.whenComplete { _ in connections.remove(channel) }
                    let handler = ConnectionHandler(channel: channel, processor: processor, limits: limits)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do {
            let channel = try await bootstrap.bind(to: address.socketAddress()).get()
            let local = channel.localAddress.flatMap(TransportAddress.init) ?? address
            return NGTCPListener(channel: channel, localAddress: local, connections: connections)
        } catch let error as IOError {
            throw .bind(address, errno: error.errnoCode, operation: "bind")
        } catch {
            throw .eventLoop(address, reason: "\(error)")
        }
    }

    private static func configured(
        _ bootstrap: ServerBootstrap, _ family: IPAddress.Family, tos: UInt8
    ) -> ServerBootstrap {
        let common =
            bootstrap
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Reading is paused while requests are in progress, and a client may close its side before the reply.
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        let value = ChannelOptions.Types.SocketOption.Value(tos)
        switch family {
        case .ipv4:
            let option = ChannelOptions.Types.SocketOption(level: .ip, name: NIOBSDSocket.Option(rawValue: IP_TOS))
            return common.childChannelOption(option, value: value)
        case .ipv6:
            let option = ChannelOptions.Types.SocketOption(
                level: .ipv6, name: NIOBSDSocket.Option(rawValue: IPV6_TCLASS))
            return common.childChannelOption(option, value: value)
                .serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
    }

    /// Takes no more connections and requests, sends the replies that are due, and closes what is open.
    public func stop() async {
        try? await channel.close().get()
        await connections.closeAll()
    }
}
