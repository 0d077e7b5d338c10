internal import NGProtocol
internal import NIOCore
internal import NIOWebSocket
internal import NetTypes

/// The messages of one WebSocket connection (RFC 6455). Answers are binary messages, whatever the requests were
/// (ng-protocol §1.7). All state belongs to the connection's event loop.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let channel: any Channel
    private let kind: WebSocketProtocol
    private let client: TransportAddress
    private let services: HTTPServices
    private let limits: HTTPListener.Limits
    private var inProgress = 0
    private var isEnding = false
    private var hasHeldRead = false
    private var lastInput = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(
        channel: any Channel, kind: WebSocketProtocol, client: TransportAddress, services: HTTPServices,
        limits: HTTPListener.Limits
    ) {
        self.channel = channel
        self.kind = kind
        self.client = client
        self.services = services
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) { startTimer(context) }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ListenerStops else { return context.fireUserInboundEventTriggered(event) }
        end(.goingAway, context)
    }

    /// Input waits in the kernel while enough requests are carried out or answers are not taken. The commands of a
    /// command line are carried out one after the other, as their answers bear no name.
    func read(context: ChannelHandlerContext) {
        let most = kind == .cli ? 1 : limits.requestsInProgress
        if isEnding || (inProgress < most && context.channel.isWritable) { context.read() } else { hasHeldRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resume(context)
        context.fireChannelWritabilityChanged()
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard hasHeldRead else { return }
        hasHeldRead = false
        read(context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isEnding else { return }
        lastInput = .now()
        switch frame.opcode {
        case .text, .binary: take(Array(frame.unmaskedData.readableBytesView), context)
        case .ping: write(.pong, frame.unmaskedData, context)
        case .pong: return
        case .connectionClose: end(.normalClosure, context)
        default: end(.protocolError, context)
        }
    }

    private func take(_ message: [UInt8], _ context: ChannelHandlerContext) {
        inProgress += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let answer: @Sendable ([UInt8]?) -> Void = { bytes in
            loop.execute {
                let (handler, context) = bound.value
                handler.finish(bytes, context)
            }
        }
        switch kind {
        case .echo: answer(message)
        case .cli:
            let services = services
            Task { answer(Array(await services.words(String(decoding: message, as: UTF8.self)).utf8)) }
        case .ngPlain:
            let payload = NGPayload(message[...])
            services.processor.submit(payload, from: client) { answer($0.encode(payload.encoding)) }
        case .ng:
            guard let message = NGMessage(message) else { return answer(nil) }
            let acceptance = services.processor.submit(
                cookie: message.cookie, payload: NGPayload(message.payload), from: client, respond: answer)
            if acceptance == .overloaded { answer(nil) }
        }
    }

    private func finish(_ answer: [UInt8]?, _ context: ChannelHandlerContext) {
        inProgress -= 1
        guard context.channel.isActive else { return }
        if let answer { write(.binary, ByteBuffer(bytes: answer), context) }
        resume(context)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }

    /// Says that the connection ends, and ends it.
    private func end(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        isEnding = true
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in bound.value.close(promise: nil) }
        let channel = channel
        context.eventLoop.scheduleTask(in: ConnectionHandler.grace) { channel.close(promise: nil) }
    }

    // MARK: Time limits

    private func startTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .seconds(max(1, limits.webSocketSeconds / 3))) {
            let (handler, context) = bound.value
            handler.checkTime(context)
        }
    }

    /// A client that is there answers a ping.
    private func checkTime(_ context: ChannelHandlerContext) {
        guard NIODeadline.now() - lastInput < .seconds(limits.webSocketSeconds) else {
            return context.close(promise: nil)
        }
        write(.ping, ByteBuffer(), context)
        startTimer(context)
    }
}

/// Ends connections whose client sends frames without a mask (RFC 6455 §5.1).
final class MaskRequirement: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard unwrapInboundIn(data).maskKey != nil else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}
