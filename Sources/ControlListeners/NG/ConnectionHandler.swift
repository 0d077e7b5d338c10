internal import Bencode
internal import NGProtocol
internal import NIOCore
internal import NetTypes

/// Tells a connection that its listener stops.
struct ListenerStops: Sendable {}

/// One TCP connection. All state belongs to its event loop; reading goes on only while requests and replies find room,
/// so that neither a fast nor a deaf client costs memory.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a connection that ends waits for its client: to take its replies, or to close its side.
    static let grace = TimeAmount.seconds(2)

    private enum Phase {
        case open
        /// No more input is looked at; what was read is carried out.
        case ending
        /// Our side is closed, and input is thrown away until the client closes its own. Closing with input unread
        /// would reset the connection and might lose the last reply.
        case lingering
    }

    private let channel: any Channel
    private let processor: NGRequestProcessor
    private let limits: NGTCPListener.Limits
    private let client: TransportAddress
    private var parser = NGStreamParser()
    /// Messages read but not begun, the oldest last.
    private var queue: [NGStreamParser.Event] = []
    private var inProgress = 0
    private var unsent = 0
    private var phase = Phase.open
    private var isInputClosed = false
    private var lastInput = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(channel: any Channel, processor: NGRequestProcessor, limits: NGTCPListener.Limits) {
        self.channel = channel
        self.processor = processor
        self.limits = limits
        client = channel.remoteAddress.flatMap { TransportAddress($0) } ?? TransportAddress(.unspecified(.ipv4), 0)
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(context)
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        phase = .lingering
        queue = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = phase else { return }
        lastInput = .now()
        let events = unwrapInboundIn(data).withUnsafeReadableBytes { parser.consume($0) }
        queue.insert(contentsOf: events.reversed(), at: 0)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        advance(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        advance(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            end(context)
        case is ListenerStops:
            // Treated as if the client had said that nothing more will come.
            isInputClosed = true
            queue = []
            end(context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        processor.log.warn("ng connection error", client: client, reason: "\(error)")
        context.close(promise: nil)
    }

    /// Begins what can be begun, then reads on, or closes when everything is done.
    private func advance(_ context: ChannelHandlerContext) {
        while inProgress < limits.requestsInProgress, context.channel.isWritable, let event = queue.popLast() {
            begin(event, context)
        }
        switch phase {
        case .open:
            guard queue.isEmpty, inProgress < limits.requestsInProgress, context.channel.isWritable else { return }
            context.read()
        case .ending:
            guard queue.isEmpty, inProgress == 0, unsent == 0 else { return }
            phase = .lingering
            guard !isInputClosed else { return context.close(promise: nil) }
            context.close(mode: .output, promise: nil)
            context.read()
        case .lingering:
            isInputClosed ? context.close(promise: nil) : context.read()
        }
    }

    /// Looks at no more input and closes when the last reply is on its way.
    private func end(_ context: ChannelHandlerContext) {
        if case .open = phase {
            phase = .ending
            let channel = channel
            context.eventLoop.scheduleTask(in: ConnectionHandler.grace) { channel.close(promise: nil) }
        }
        advance(context)
    }

    private func begin(_ event: NGStreamParser.Event, _ context: ChannelHandlerContext) {
        switch event {
        case .malformed(let cookie, let reason):
            processor.log.warn("ng message refused", client: client, cookie: cookie, reason: reason.rawValue)
            queue = []
            if let cookie { write(NGReply.error(reason).encode(cookie: cookie, .bencode), context) }
            end(context)
        case .message(let cookie, let dictionary):
            inProgress += 1
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            let acceptance = processor.submit(cookie: cookie, payload: NGPayload(dictionary), from: client) { reply in
                // Never in place: `submit` may call back before it returns.
                loop.execute {
                    let (handler, context) = bound.value
                    handler.finish(reply, context)
                }
            }
            if acceptance == .overloaded { inProgress -= 1 }
        }
    }

    private func finish(_ reply: [UInt8], _ context: ChannelHandlerContext) {
        inProgress -= 1
        guard context.channel.isActive else { return }
        write(reply, context)
    }

    /// One write for each reply: some clients take whatever one read brings for a whole reply.
    private func write(_ reply: [UInt8], _ context: ChannelHandlerContext) {
        unsent += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply))).whenComplete { _ in
            let (handler, context) = bound.value
            handler.unsent -= 1
            if context.channel.isActive { handler.advance(context) }
        }
    }

    // MARK: Time limits

    /// Looks now and then; an exact timer for each piece of input would cost more than it is worth.
    private func startTimer(_ context: ChannelHandlerContext) {
        let period = TimeAmount.seconds(max(1, min(limits.messageSeconds, limits.idleSeconds)))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: period) {
            let (handler, context) = bound.value
            handler.checkTime(context)
        }
    }

    private func checkTime(_ context: ChannelHandlerContext) {
        // A client that takes no replies is no better than one that does not finish its message.
        let isStuck = parser.isInsideMessage || !context.channel.isWritable
        let limit = isStuck ? limits.messageSeconds : limits.idleSeconds
        guard inProgress > 0 || NIODeadline.now() - lastInput < .seconds(limit) else {
            context.close(promise: nil)
            return
        }
        startTimer(context)
    }
}
