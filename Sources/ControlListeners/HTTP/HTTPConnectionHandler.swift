internal import Logging
internal import NGProtocol
internal import NIOCore
internal import NIOHTTP1
internal import NetTypes

/// The HTTP requests of one connection, one after the other. All state belongs to its event loop; answers are made
/// elsewhere.
final class HTTPConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// No request, or one whose header is not complete.
        case waiting
        case receiving(HTTPRequestHead, ByteBuffer)
        case answering
        /// The connection ends after the answer that is on its way.
        case closing
    }

    let client: TransportAddress
    private let channel: any Channel
    private let services: HTTPServices
    private let limits: HTTPListener.Limits
    private let logger: Logger
    private var phase = Phase.waiting
    private var isStopping = false
    /// When the present phase must be over.
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?

    init(channel: any Channel, services: HTTPServices, limits: HTTPListener.Limits, logger: Logger) {
        self.channel = channel
        self.services = services
        self.limits = limits
        self.logger = logger
        client = channel.remoteAddress.flatMap { TransportAddress($0) } ?? TransportAddress(.unspecified(.ipv4), 0)
    }

    func channelActive(context: ChannelHandlerContext) {
        enter(.waiting, seconds: limits.idleSeconds)
        startTimer(context)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ListenerStops else { return context.fireUserInboundEventTriggered(event) }
        isStopping = true
        if case .answering = phase { return }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), phase) {
        case (.head(let head), .waiting): begin(head, context)
        case (.body(let part), .receiving(let head, var body)):
            // Let go of the buffer first: two owners would copy it.
            phase = .waiting
            var part = part
            body.writeBuffer(&part)
            phase = .receiving(head, body)
            if body.readableBytes > limits.bodyBytes { refuse(.payloadTooLarge, head, context) }
        case (.end, .receiving(let head, let body)):
            enter(.answering, seconds: limits.transferSeconds)
            answer(head, body, context)
        default: return
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if head.headers["Upgrade"].contains(where: { $0.lowercased() == "websocket" }) {
            // The upgrade was refused before the request came here: a subprotocol that is not ours.
            return context.close(promise: nil)
        }
        let length = head.headers.first(name: "Content-Length").flatMap(Int.init)
        if let length, length > limits.bodyBytes { return refuse(.payloadTooLarge, head, context) }
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(.head(.init(version: head.version, status: .continue))), promise: nil)
        }
        enter(
            .receiving(head, context.channel.allocator.buffer(capacity: length ?? 0)), seconds: limits.transferSeconds)
    }

    /// Answers with an error and ends the connection: what follows of the request is not read.
    private func refuse(_ status: HTTPResponseStatus, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var head = head
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        respond(HTTPAnswer(status, text: "\(status.reasonPhrase.lowercased())\n"), to: head, context)
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let responder = HTTPResponder(services: services, client: client)
        responder.answer(head, Array(body.readableBytesView)) { answer in
            loop.execute {
                let (handler, context) = bound.value
                handler.respond(answer, to: head, context)
            }
        }
    }

    private func respond(_ answer: HTTPAnswer, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        logger.debug(
            "request",
            metadata: [
                "http.client": "\(client)", "http.method": "\(head.method.rawValue)",
                "http.path": "\(head.uri.prefix(200))", "http.status": "\(answer.status.code)",
            ])
        let keepsAlive = head.isKeepAlive && !isStopping
        enter(keepsAlive ? .answering : .closing, seconds: limits.transferSeconds)
        var headers = answer.headers
        headers.add(name: "Content-Length", value: String(answer.body.count))
        headers.add(name: "Connection", value: keepsAlive ? "keep-alive" : "close")
        let start = HTTPServerResponsePart.head(.init(version: head.version, status: answer.status, headers: headers))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let taken: EventLoopFuture<Void>
        if head.method == .HEAD {
            taken = context.writeAndFlush(wrapOutboundOut(start))
        } else {
            context.write(wrapOutboundOut(start), promise: nil)
            taken = context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))))
        }
        taken.whenComplete { _ in
            let (handler, context) = bound.value
            handler.complete(keepsAlive: keepsAlive && !handler.isStopping, context)
        }
    }

    /// Ends an answer that the client has taken. Only now the next request of a pipeline comes in, so that a client that
    /// takes no answers does not pile them up.
    private func complete(keepsAlive: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        enter(keepsAlive ? .waiting : .closing, seconds: limits.idleSeconds)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !keepsAlive { context.close(promise: nil) }
    }

    // MARK: Time limits

    private func enter(_ phase: Phase, seconds: Int64) {
        self.phase = phase
        deadline = .now() + .seconds(seconds)
    }

    /// Looks now and then; an exact timer for each request would cost more than it is worth.
    private func startTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .milliseconds(500)) {
            let (handler, context) = bound.value
            if NIODeadline.now() >= handler.deadline { return context.close(promise: nil) }
            handler.startTimer(context)
        }
    }
}
