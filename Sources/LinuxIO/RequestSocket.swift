import CLinuxIO
import Glibc
public import NetTypes
import Synchronization

/// A UDP socket on which one thread waits for requests and any thread replies.
///
/// A reply leaves from the address the request came to, also where the socket is bound to all of them.
public final class RequestSocket: Sendable {
    /// The way back to who has sent a request.
    public struct WayBack: BitwiseCopyable, Sendable {
        fileprivate let raw: lio_way_back

        /// Where the request came from; `nil` for an address of no family that is known here.
        public var source: TransportAddress? {
            withUnsafeBytes(of: raw.name) { name in
                name.baseAddress.flatMap { SocketAddress.read($0, length: raw.name_length) }
            }
        }
    }

    /// Most requests that are taken at once.
    public static let requestsAtOnce = Int(LIO_REQUESTS_AT_ONCE)

    /// The address and port that it got.
    public let local: TransportAddress
    /// `nil` once closed.
    private let descriptor: Mutex<Int32?>
    private let stopped = Atomic<Bool>(false)
    /// Locked by the thread that waits.
    private let requests: Mutex<Requests>

    /// Opens and binds; port 0 lets the kernel choose. A socket on an IPv6 address takes no IPv4.
    ///
    /// - Parameters:
    ///   - tos: TOS byte or traffic class of the replies.
    ///   - receiveBuffer: bytes of kernel memory for requests that wait; the kernel cuts it to what it allows.
    ///   - sendBuffer: the same for replies.
    public init(
        bindingTo address: TransportAddress, tos: UInt8, receiveBuffer: Int, sendBuffer: Int
    ) throws(SystemError) {
        let socket = try UDPSocket(bindingTo: address)
        try socket.setTOS(tos)
        try socket.setReceiveBuffer(bytes: receiveBuffer)
        try SystemError.check(
            lio_request_set_send_buffer(socket.number, Int32(clamping: sendBuffer)), "setsockopt(SO_SNDBUF)")
        if address.address.isUnspecified {
            try SystemError.check(
                lio_request_ask_arrival(socket.number, address.address.family.version), "setsockopt(IP_PKTINFO)")
        }
        requests = Mutex(try Requests())
        local = TransportAddress(address.address, try socket.localAddress().port)
        descriptor = Mutex(socket.release())
    }

    deinit {
        close()
    }

    /// The requests that were taken at once, in memory of which only what a request reached takes room.
    public struct Requests: ~Copyable {
        /// The largest datagram there is.
        private static let stride = 65_536
        private let memory: MappedMemory
        private let headers: UnsafeMutablePointer<lio_request>
        /// How many requests there are.
        public fileprivate(set) var count = 0

        fileprivate init() throws(SystemError) {
            memory = try MappedMemory(size: Requests.stride * RequestSocket.requestsAtOnce)
            headers = .allocate(capacity: RequestSocket.requestsAtOnce)
            headers.initialize(repeating: lio_request(), count: RequestSocket.requestsAtOnce)
        }

        deinit {
            headers.deallocate()
        }

        /// The bytes of the request at `index`, valid until the next ones are taken.
        public func bytes(at index: Int) -> UnsafeRawBufferPointer {
            precondition(index >= 0 && index < count, "no such request")
            let length = min(Int(headers[index].length), Requests.stride)
            return UnsafeRawBufferPointer(start: memory.start + index * Requests.stride, count: length)
        }

        /// The way back to who has sent the request at `index`.
        public func wayBack(at index: Int) -> WayBack {
            precondition(index >= 0 && index < count, "no such request")
            return WayBack(raw: headers[index].way_back)
        }

        fileprivate mutating func take(from number: Int32) -> Int32 {
            let result = lio_request_receive(
                number, memory.start, Requests.stride, headers, Int32(RequestSocket.requestsAtOnce))
            count = Int(max(0, result))
            return result
        }
    }

    /// Waits for a request and hands it on with what else is there; after ``stop()`` there is none. For one thread, which
    /// must be done before ``close()``.
    ///
    /// An error of the network concerns an earlier reply, and nothing has to follow from it.
    public func receive(_ body: (borrowing Requests) -> Void) throws(SystemError) {
        guard let number = descriptor.withLock({ $0 }) else { throw SystemError(code: EBADF, operation: "recvmmsg") }
        try requests.withLock { (requests) throws(SystemError) in
            try SystemError.check(requests.take(from: number), "recvmmsg")
            body(requests)
        }
    }

    /// Has ``receive(_:)`` wait no longer, now and from now on. Replies can still be sent.
    public func stop() {
        stopped.store(true, ordering: .relaxed)
        descriptor.withLock { if let number = $0 { _ = lio_request_stop(number) } }
    }

    /// ``stop()`` was called.
    public var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Sends a reply; fails with `EAGAIN` where there is no room for it for `patienceMilliseconds`. To be done before
    /// ``close()``; no other thread waits for it.
    public func reply(_ bytes: [UInt8], to wayBack: WayBack, patienceMilliseconds: Int32 = 0) throws(SystemError) {
        guard let number = descriptor.withLock({ $0 }) else { throw SystemError(code: EBADF, operation: "sendmsg") }
        let result = withUnsafePointer(to: wayBack.raw) { raw in
            bytes.withUnsafeBytes { payload in
                lio_request_reply(number, payload.baseAddress, payload.count, raw, patienceMilliseconds)
            }
        }
        try SystemError.check(result, "sendmsg")
    }

    /// Gives the descriptor back; later replies fail.
    public func close() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = FileDescriptor(takingOwnershipOf: open) }
            descriptor = nil
        }
    }
}
