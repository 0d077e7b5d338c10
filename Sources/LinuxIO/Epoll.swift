import CLinuxIO

/// A set of descriptors watched for readability, level triggered.
public struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private let ready: UnsafeMutablePointer<lio_ready>

    /// Most descriptors that one ``wait(timeoutMilliseconds:)`` reports.
    public static let maximumReady = 256

    /// An empty set.
    public init() throws(SystemError) {
        descriptor = FileDescriptor(takingOwnershipOf: try SystemError.check(lio_epoll_open(), "epoll_create1"))
        ready = .allocate(capacity: Epoll.maximumReady)
        ready.initialize(repeating: lio_ready(), count: Epoll.maximumReady)
    }

    deinit {
        ready.deallocate()
    }

    /// Watches the descriptor `number` and names it `token`.
    public func add(_ number: Int32, token: UInt64) throws(SystemError) {
        try SystemError.check(lio_epoll_add(descriptor.number, number, token), "epoll_ctl(ADD)")
    }

    /// Watches the descriptor `number` no longer. To be called before it is closed.
    public func remove(_ number: Int32) throws(SystemError) {
        try SystemError.check(lio_epoll_remove(descriptor.number, number), "epoll_ctl(DEL)")
    }

    /// Waits until something is readable; below 0 for ever. Returns how many descriptors are, 0 also when a signal
    /// came or the wait failed.
    public mutating func wait(timeoutMilliseconds: Int32) -> Int {
        let count = lio_epoll_wait(descriptor.number, ready, Int32(Epoll.maximumReady), timeoutMilliseconds)
        return Int(max(0, count))
    }

    /// Whether the kernel keeps an error for the `index`-th descriptor of the last wait.
    public func hasError(at index: Int) -> Bool {
        precondition(index >= 0 && index < Epoll.maximumReady, "beyond what a wait reports")
        return ready[index].events & UInt32(LIO_READY_ERROR) != 0
    }

    /// The name of the `index`-th readable descriptor of the last wait.
    public func token(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < Epoll.maximumReady, "beyond what a wait reports")
        return ready[index].token
    }
}
