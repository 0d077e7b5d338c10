import CLinuxIO
import Glibc

/// An io_uring for datagrams: multishot receives into provided buffers, sends that report only failure.
///
/// Made on any thread; after ``enable()`` it belongs to the thread that called it. Completions appear only during
/// ``submitAndWait(count:minimumMicroseconds:timeoutNanoseconds:)``. What ``submit()`` hands over and need not wait,
/// such as a send, has been done when it returns.
public struct IORing: ~Copyable {
    let raw: UnsafeMutablePointer<lio_ring>
    /// The message header shared by all receives: room for an address and none for control messages.
    let receiveHeader: UnsafeMutablePointer<msghdr>
    /// One socket address for each place in the submission queue.
    let names: UnsafeMutableRawPointer
    var buffers: ReceiveBuffers
    var sendRuns = SendRuns()

    /// A ring with room for `submissions` queued requests and `completions` unread results; both are rounded up to
    /// powers of two.
    public init(submissions: UInt32, completions: UInt32) throws(SystemError) {
        let ring = UnsafeMutablePointer<lio_ring>.allocate(capacity: 1)
        ring.initialize(to: lio_ring())
        let result = lio_ring_open(ring, submissions, completions)
        if result < 0 {
            ring.deallocate()
            throw SystemError(code: 0 &- result, operation: "io_uring_setup")
        }
        raw = ring
        receiveHeader = .allocate(capacity: 1)
        receiveHeader.initialize(to: msghdr())
        receiveHeader.pointee.msg_namelen = socklen_t(SocketAddress.size)
        names = .allocate(byteCount: Int(ring.pointee.sq_entries) * SocketAddress.size, alignment: 16)
        names.initializeMemory(as: UInt8.self, repeating: 0, count: Int(ring.pointee.sq_entries) * SocketAddress.size)
        buffers = ReceiveBuffers()
    }

    deinit {
        lio_ring_close(raw)
        raw.deallocate()
        receiveHeader.deallocate()
        names.deallocate()
    }

    /// Whether waits can be told to last for a minimum time (Linux 6.12).
    public var hasMinimumWait: Bool { raw.pointee.capabilities & UInt32(LIO_RING_HAS_MINIMUM_WAIT) != 0 }

    /// Makes the calling thread the owner.
    public mutating func enable() throws(SystemError) {
        try SystemError.check(lio_ring_enable(raw), "io_uring_register(ENABLE_RINGS)")
    }

    /// Makes an empty table of `count` files; the process's limit of descriptors is the most it takes.
    public mutating func registerFiles(count: Int) throws(SystemError) {
        try SystemError.check(
            lio_ring_register_files(raw, UInt32(clamping: count)), "io_uring_register(FILES2)")
    }

    /// Puts the descriptor `number`, or nothing, into the file table.
    public mutating func setFile(_ number: Int32?, at index: UInt32) throws(SystemError) {
        try SystemError.check(lio_ring_set_file(raw, index, number ?? -1), "io_uring_register(FILES_UPDATE)")
    }

    /// Hands all queued requests to the kernel. Returns a negative `errno` on failure; the requests stay queued then.
    @discardableResult
    public mutating func submit() -> Int32 {
        sendRuns.last = nil
        return lio_ring_submit(raw)
    }

    /// Hands all queued requests to the kernel and waits for at least `count` completions or `minimumMicroseconds`,
    /// after that for the first completion or `timeoutNanoseconds`; 0 is no timeout.
    ///
    /// The minimum is 0 unless ``hasMinimumWait``. Returns a negative `errno`: `ETIME`, `EINTR` are no errors.
    @discardableResult
    public mutating func submitAndWait(
        count: UInt32, minimumMicroseconds: UInt32 = 0, timeoutNanoseconds: UInt64 = 0
    ) -> Int32 {
        sendRuns.last = nil
        return lio_ring_submit_and_wait(raw, count, minimumMicroseconds, timeoutNanoseconds)
    }

    /// How many requests are queued that the kernel has not taken.
    public var queuedCount: Int { Int(lio_ring_queued(raw)) }

    /// How many completions can be read now.
    public var completionCount: Int { Int(lio_ring_completions(raw)) }

    /// The completion at `index`, counted from the oldest; below ``completionCount``.
    public func completion(at index: Int) -> Completion {
        let completion = lio_ring_completion(raw, UInt32(truncatingIfNeeded: index))
        return Completion(token: completion.user_data, result: completion.result, flags: completion.flags)
    }

    /// Forgets the oldest `count` completions.
    public mutating func removeCompletions(_ count: Int) {
        lio_ring_advance(raw, UInt32(truncatingIfNeeded: count))
    }

    /// Makes the completion at `index` one that says nothing: its token is 0.
    public mutating func blankCompletion(at index: Int) {
        lio_ring_blank(raw, UInt32(truncatingIfNeeded: index))
    }

    /// The outcome of a request.
    public struct Completion: BitwiseCopyable {
        /// The name that the request was given.
        public let token: UInt64
        /// A count or a negative `errno`.
        public let result: Int32
        let flags: UInt32

        /// The request goes on and will have more completions.
        public var hasMore: Bool { flags & UInt32(LIO_CQE_MORE) != 0 }

        /// The provided buffer that belongs to the reader now.
        public var buffer: UInt16? {
            flags & UInt32(LIO_CQE_BUFFER) != 0
                ? UInt16(truncatingIfNeeded: flags >> UInt32(LIO_CQE_BUFFER_SHIFT)) : nil
        }
    }
}
