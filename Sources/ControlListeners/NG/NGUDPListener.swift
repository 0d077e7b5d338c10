internal import Glibc
internal import LinuxIO
internal import NGProtocol
public import NetTypes

/// The ng protocol on one UDP address, a message per datagram (ng-protocol §1.4).
///
/// A thread of its own waits for messages in the kernel and carries out those that come alone, with one system call for
/// the request and one for the reply. An event loop takes four, and objects for each datagram and each write.
public final class NGUDPListener: Sendable {
    /// The largest payload of an IPv4 datagram.
    static let largestDatagram = 65_507
    /// Room for a burst of requests, and for replies of the largest size.
    private static let receiveBuffer = 4 << 20
    private static let sendBuffer = 1 << 20
    /// Requests are carried out on it. Only what is used of it takes memory.
    private static let stackSize = 8 << 20

    /// The address and port that it listens on.
    public var localAddress: TransportAddress { socket.local }

    private let socket: RequestSocket
    private let outstanding: Outstanding

    private init(socket: RequestSocket, outstanding: Outstanding) {
        self.socket = socket
        self.outstanding = outstanding
    }

    /// Binds `address` and begins to serve it. An IPv6 address takes no IPv4 traffic.
    ///
    /// - Parameters:
    ///   - tos: TOS byte of the replies.
    ///   - carriesOut: requests that come while no other is in progress are carried out by the thread that waits for
    ///     them; else the processor's workers carry out all of them.
    public static func start(
        on address: TransportAddress, processor: NGRequestProcessor, tos: UInt8 = 0, carriesOut: Bool = true
    ) throws(ControlListenerError) -> NGUDPListener {
        do throws(SystemError) {
            let socket = try RequestSocket(
                bindingTo: address, tos: tos, receiveBuffer: receiveBuffer, sendBuffer: sendBuffer)
            let outstanding = Outstanding()
            let late = LateReplies<LateReply> { reply, patience throws(SystemError) in
                try socket.reply(reply.bytes, to: reply.wayBack, patienceMilliseconds: patience)
            }
            let reader = DatagramReader(
                socket: socket, processor: processor, outstanding: outstanding, late: late, carriesOut: carriesOut)
            // Its end is waited for like a reply.
            outstanding.enter()
            do throws(SystemError) {
                _ = try OwnedThread(name: "ng-udp", stackSize: stackSize) { reader.run() }
            } catch {
                outstanding.leave()
                throw error
            }
            return NGUDPListener(socket: socket, outstanding: outstanding)
        } catch {
            throw .bind(address, errno: error.code, operation: error.operation)
        }
    }

    /// Reads no more requests, sends the replies that are due, and frees the port.
    public func stop() async {
        socket.stop()
        await outstanding.drained()
        socket.close()
    }
}

/// The thread that takes requests.
private struct DatagramReader: Sendable {
    let socket: RequestSocket
    let processor: NGRequestProcessor
    let outstanding: Outstanding
    let late: LateReplies<LateReply>
    let carriesOut: Bool

    /// Runs until the socket is told to stop.
    func run() {
        defer { outstanding.leave() }
        while !socket.isStopped {
            do throws(SystemError) {
                try socket.receive { requests in
                    for index in 0..<requests.count { take(requests, index) }
                }
            } catch {
                guard error.code != EINTR else { continue }
                processor.log.warn("ng socket error", reason: "\(error)")
                // Such as a lack of memory, which may last.
                MonotonicClock.sleep(microseconds: 1000)
            }
        }
    }

    private func take(_ requests: borrowing RequestSocket.Requests, _ index: Int) {
        let wayBack = requests.wayBack(at: index)
        // What wakes the thread at the end has no source.
        guard let client = wayBack.source, client.port != 0 else { return }
        // Copies: the next requests come to the same memory.
        guard let message = NGMessage(Array(requests.bytes(at: index))) else {
            return processor.log.warn("ng message without cookie", client: client)
        }
        outstanding.enter()
        let reply = DatagramReply(socket: socket, late: late, wayBack: wayBack, client: client, log: processor.log)
        let outstanding = outstanding
        let acceptance = processor.submit(
            cookie: message.cookie, payload: NGPayload(message.payload), from: client,
            mayRunHere: carriesOut && index == requests.count - 1
        ) { bytes in
            reply.send(bytes) { outstanding.leave() }
        }
        if acceptance == .overloaded { outstanding.leave() }
    }
}

/// A reply for which the kernel had no room.
private struct LateReply: Sendable {
    let bytes: [UInt8]
    let wayBack: RequestSocket.WayBack
}

/// The way back to one client.
private struct DatagramReply: Sendable {
    let socket: RequestSocket
    let late: LateReplies<LateReply>
    let wayBack: RequestSocket.WayBack
    let client: TransportAddress
    let log: LimitedLog

    /// Sends `reply`, or leaves it to be sent; `done` is called when nothing is left to do. No event loop waits.
    func send(_ reply: [UInt8], done: @escaping @Sendable () -> Void) {
        var reply = reply
        if reply.count > NGUDPListener.largestDatagram, let message = NGMessage(reply) {
            log.warn("ng reply too large", client: client, cookie: message.cookie, reason: "\(reply.count) bytes")
            let encoding = (try? NGEncoding.detect(message.payload)) ?? .bencode
            reply = NGReply.error(.replyTooLarge).encode(cookie: message.cookie, encoding)
        }
        do throws(SystemError) {
            try socket.reply(reply, to: wayBack)
        } catch {
            guard error.code == EAGAIN else {
                notSent(error)
                return done()
            }
            late.add(LateReply(bytes: reply, wayBack: wayBack), size: reply.count) { error in
                if let error { notSent(error) }
                done()
            }
            return
        }
        done()
    }

    /// The client repeats its request, and the cache has the reply.
    private func notSent(_ error: SystemError) {
        log.warn("ng reply not sent", client: client, reason: "\(error)")
    }
}
