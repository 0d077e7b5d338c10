internal import NIOCore
internal import NetTypes

/// One connection on which a client sends lines and a service answers each, with one piece of text or many.
///
/// Every answer is made by a task of its own, off the event loops; a client that goes away ends the tasks of its
/// requests. All state belongs to the connection's event loop.
final class LineConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a connection that ends waits for its client to take its answers and close its side.
    private static let grace = TimeAmount.seconds(2)

    private let channel: any Channel
    private let limits: LineLimits
    private let service: LineService
    private let log: LimitedLog
    private var input: [UInt8] = []
    /// Octets of `input` that are known to hold no end of a line.
    private var searched = 0
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var nextTask = 0
    private var isEnding = false
    private var isClosingOutput = false
    private var isInputClosed = false
    private var hasHeldRead = false
    private var lastProgress = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(channel: any Channel, limits: LineLimits, log: LimitedLog, service: @escaping LineService) {
        self.channel = channel
        self.limits = limits
        self.log = log
        self.service = service
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        for task in tasks.values { task.cancel() }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        lastProgress = .now()
        input.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        takeLines(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            // The end of input ends the last line, too.
            if !isEnding, !input.isEmpty, input.last != UInt8(ascii: "\n") { input.append(UInt8(ascii: "\n")) }
            takeLines(context)
            if input.isEmpty || isEnding { end(context) }
        case is ListenerStops:
            isInputClosed = true
            for task in tasks.values { task.cancel() }
            end(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Input waits in the kernel while enough requests are carried out.
    func read(context: ChannelHandlerContext) {
        if tasks.count < limits.requestsInProgress || isEnding { context.read() } else { hasHeldRead = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func takeLines(_ context: ChannelHandlerContext) {
        while !isEnding, tasks.count < limits.requestsInProgress {
            guard let end = input[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = input.count
                let longest = limits.longestLine(input.first)
                if input.count > longest {
                    log.warn(
                        "\(limits.name) line too long", client: channel.remoteAddress.flatMap(TransportAddress.init))
                    input = []
                    self.end(context)
                }
                return
            }
            var line = input[..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            let request = Array(line)
            input.removeFirst(end + 1)
            searched = 0
            begin(request, context)
        }
    }

    private func begin(_ line: [UInt8], _ context: ChannelHandlerContext) {
        guard line.count <= limits.longestLine(line.first) else { return end(context) }
        let number = nextTask
        nextTask += 1
        let (channel, service) = (channel, service)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        tasks[number] = Task {
            await service(line) { bytes in
                guard !bytes.isEmpty else { return !Task.isCancelled }
                return (try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()) != nil
            }
            channel.eventLoop.execute {
                let (handler, context) = bound.value
                handler.finish(number, context)
            }
        }
        if !limits.keepsOpen { end(context) }
    }

    private func finish(_ number: Int, _ context: ChannelHandlerContext) {
        tasks[number] = nil
        lastProgress = .now()
        guard context.channel.isActive else { return }
        takeLines(context)
        if isEnding { return closeWhenDone(context) }
        if isInputClosed, input.isEmpty { return end(context) }
        if hasHeldRead {
            hasHeldRead = false
            context.read()
        }
    }

    /// Looks at no more input; closes when every answer is on its way.
    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        input = []
        closeWhenDone(context)
    }

    private func closeWhenDone(_ context: ChannelHandlerContext) {
        guard tasks.isEmpty else { return }
        guard !isInputClosed, !isClosingOutput else { return context.close(promise: nil) }
        // Closing with input unread would reset the connection and might lose the last answer.
        isClosingOutput = true
        context.close(mode: .output, promise: nil)
        let channel = channel
        context.eventLoop.scheduleTask(in: LineConnectionHandler.grace) { channel.close(promise: nil) }
        context.read()
    }

    // MARK: Time limits

    private func startTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .seconds(1)) {
            let (handler, context) = bound.value
            handler.checkTime(context)
        }
    }

    private func checkTime(_ context: ChannelHandlerContext) {
        let isDeaf = !context.channel.isWritable
        // While an answer is made the client has nothing to say; one that takes no answer is given up.
        let limit = isDeaf || !input.isEmpty ? limits.stuckSeconds : limits.idleSeconds
        if context.channel.isWritable, !tasks.isEmpty { lastProgress = .now() }
        guard NIODeadline.now() - lastProgress < .seconds(limit) else { return context.close(promise: nil) }
        startTimer(context)
    }
}
