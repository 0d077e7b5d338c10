internal import Glibc
internal import NGProtocol
internal import NIOCore
public import NIOPosix
public import NetTypes

/// The ng protocol on one UDP address, a message per datagram (ng-protocol §1.4).
public final class NGUDPListener: Sendable {
    /// The largest payload of an IPv4 datagram.
    static let largestDatagram = 65_507

    /// The address and port that it listens on.
    public var localAddress: TransportAddress { socket.local }

    private let socket: DatagramSocket
    private let channel: any Channel
    private let outstanding: Outstanding

    private init(socket: DatagramSocket, channel: any Channel, outstanding: Outstanding) {
        self.socket = socket
        self.channel = channel
        self.outstanding = outstanding
    }

    /// Binds `address` and begins to serve it on an event loop of `group`. An IPv6 address takes no IPv4 traffic.
    ///
    /// - Parameter tos: TOS byte of the replies.
    public static func start(
        on address: TransportAddress, processor: NGRequestProcessor, group: MultiThreadedEventLoopGroup, tos: UInt8 = 0
    ) async throws(ControlListenerError) -> NGUDPListener {
        let (socket, descriptor) = try DatagramSocket.bind(address, tos: tos)
        let outstanding = Outstanding()
        do {
            let channel = try await DatagramBootstrap(group: group)
                .channelOption(.autoRead, value: false)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = DatagramHandler(socket: socket, processor: processor, outstanding: outstanding)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .withBoundSocket(descriptor).get()
            // Known to the kernel only for a bound socket; nothing is read before it stands.
            if address.address.isUnspecified { try await channel.setOption(.receivePacketInfo, value: true).get() }
            try await channel.setOption(.autoRead, value: true).get()
            return NGUDPListener(socket: socket, channel: channel, outstanding: outstanding)
        } catch {
            socket.close()
            throw .eventLoop(address, reason: "\(error)")
        }
    }

    /// Reads no more requests, sends the replies that are due, and frees the port.
    public func stop() async {
        try? await channel.setOption(.autoRead, value: false).get()
        await outstanding.drained()
        try? await channel.close().get()
        socket.close()
    }
}

/// Turns datagrams into messages and replies into datagrams.
private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let socket: DatagramSocket
    private let processor: NGRequestProcessor
    private let outstanding: Outstanding
    /// What was read and not yet handled: the event loop says when it has nothing more at present.
    private var last: Received?

    /// A message, and the way back.
    private struct Received {
        let message: NGMessage
        let client: TransportAddress
        let reply: DatagramReply
    }

    init(socket: DatagramSocket, processor: NGRequestProcessor, outstanding: Outstanding) {
        self.socket = socket
        self.processor = processor
        self.outstanding = outstanding
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let client = TransportAddress(envelope.remoteAddress), client.port != 0 else { return }
        // A copy: the event loop reads the next datagram into its buffer if nobody holds that.
        guard let message = NGMessage(Array(envelope.data.readableBytesView)) else {
            return processor.log.warn("ng message without cookie", client: client)
        }
        let arrival = envelope.metadata?.packetInfo.flatMap { info in
            TransportAddress(info.destinationAddress).map {
                DatagramSocket.Arrival(address: $0.address, interface: Int32(truncatingIfNeeded: info.interfaceIndex))
            }
        }
        let reply = DatagramReply(
            socket: socket, channel: context.channel, remote: envelope.remoteAddress, client: client, arrival: arrival,
            log: processor.log)
        if let last { take(last, isLast: false) }
        last = Received(message: message, client: client, reply: reply)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let last { take(last, isLast: true) }
        last = nil
    }

    private func take(_ received: Received, isLast: Bool) {
        let (message, client, reply) = (received.message, received.client, received.reply)
        outstanding.enter()
        let outstanding = outstanding
        let acceptance = processor.submit(
            cookie: message.cookie, payload: NGPayload(message.payload), from: client, mayRunHere: isLast
        ) { bytes in
            reply.send(bytes)
            outstanding.leave()
        }
        if acceptance == .overloaded { outstanding.leave() }
    }

    /// An error on a datagram socket concerns one datagram.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        processor.log.warn("ng socket error", reason: "\(error)")
    }
}

/// The way back to one client.
private struct DatagramReply: Sendable {
    let socket: DatagramSocket
    let channel: any Channel
    let remote: SocketAddress
    let client: TransportAddress
    let arrival: DatagramSocket.Arrival?
    let log: LimitedLog

    func send(_ reply: [UInt8]) {
        var reply = reply
        if reply.count > NGUDPListener.largestDatagram, let message = NGMessage(reply) {
            log.warn("ng reply too large", client: client, cookie: message.cookie, reason: "\(reply.count) bytes")
            let encoding = (try? NGEncoding.detect(message.payload)) ?? .bencode
            reply = NGReply.error(.replyTooLarge).encode(cookie: message.cookie, encoding)
        }
        switch socket.send(reply, to: remote, as: arrival) {
        case 0:
            return
        case EAGAIN:
            // The send buffer is full; the event loop knows how to wait for room.
            channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: reply)), promise: nil)
        case let code:
            log.warn("ng reply not sent", client: client, reason: String(cString: strerror(code)))
        }
    }
}
