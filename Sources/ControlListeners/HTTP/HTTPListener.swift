internal import Glibc
public import Logging
internal import NIOCore
internal import NIOHTTP1
public import NIOPosix
internal import NIOWebSocket
public import NetTypes

/// What HTTP and WebSocket clients can reach.
public struct HTTPServices: Sendable {
    let processor: NGRequestProcessor
    let metrics: @Sendable () async -> String
    let metricsType: String
    let words: @Sendable (String) async -> String

    /// Services of these parts.
    ///
    /// - Parameters:
    ///   - metrics: makes the text of `/metrics`, of the media type `metricsType`.
    ///   - words: answers a command line.
    public init(
        processor: NGRequestProcessor, metricsType: String, metrics: @escaping @Sendable () async -> String,
        words: @escaping @Sendable (String) async -> String
    ) {
        self.processor = processor
        self.metrics = metrics
        self.metricsType = metricsType
        self.words = words
    }
}

/// HTTP and WebSocket on one TCP address, with TLS or without (ng-protocol §1.6, §1.7).
public final class HTTPListener: Sendable {
    /// Bounds on connections and their input.
    public struct Limits: Sendable {
        /// Connections at a time; further ones are closed at once.
        public var connections = 512
        /// Octets of the body of a request, and of a WebSocket message.
        public var bodyBytes = 262_144
        /// Seconds between the end of one answer, or the opening of the connection, and the end of the next request's
        /// header.
        public var idleSeconds: Int64 = 5
        /// Seconds for the body of a request, and for a client to take an answer.
        public var transferSeconds: Int64 = 15
        /// Seconds without any frame after which a WebSocket connection is closed; a third of it brings a ping.
        public var webSocketSeconds: Int64 = 90
        /// WebSocket messages of one connection that are carried out at a time.
        public var requestsInProgress = 16

        /// Bounds that a proxy does not reach.
        public init() {}
    }

    /// The address and port that it listens on.
    public var localAddress: TransportAddress { server.localAddress }

    private let server: StreamServer

    private init(_ server: StreamServer) { self.server = server }

    /// Binds `address` and serves it; with `tls` it is HTTPS.
    public static func start(
        on address: TransportAddress, group: MultiThreadedEventLoopGroup, services: HTTPServices,
        limits: Limits = Limits(), tls: TLSIdentity? = nil, logger: Logger
    ) async throws(ControlListenerError) -> HTTPListener {
        let log = LimitedLog(logger)
        let name = tls == nil ? "HTTP" : "HTTPS"
        let server = try await StreamServer.start(
            on: address, group: group,
            StreamServer.Settings(name: name, connections: limits.connections, log: log)
        ) { channel in
            if let tls {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(tls.context(log: log)))
            }
            try configure(channel, services, limits, logger)
        }
        return HTTPListener(server)
    }

    private static func configure(
        _ channel: any Channel, _ services: HTTPServices, _ limits: Limits, _ logger: Logger
    ) throws {
        let handler = HTTPConnectionHandler(channel: channel, services: services, limits: limits, logger: logger)
        let client = handler.client
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: limits.bodyBytes,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(WebSocketProtocol.offered(head.headers)?.responseHeaders)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    guard let kind = WebSocketProtocol.offered(head.headers) else { throw ChannelError.eof }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(MaskRequirement())
                    try pipeline.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: limits.bodyBytes))
                    try pipeline.addHandler(
                        WebSocketHandler(
                            channel: channel, kind: kind, client: client, services: services, limits: limits))
                }
            })
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = 8_192
        decoder.maxHeaderListSize = 32_768
        decoder.maxHeaderFieldCount = 64
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                }
            ), withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
            withDecoderLimitConfiguration: decoder)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Takes no more connections, and closes those without a request under way at once, the others after it.
    public func stop() async { await server.stop() }
}
