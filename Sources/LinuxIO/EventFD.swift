import CLinuxIO

/// A counter that wakes a thread waiting in epoll or an ``IORing``.
public struct EventFD: ~Copyable, Sendable {
    private let descriptor: Int32

    /// A counter at 0.
    public init() throws(SystemError) {
        descriptor = try SystemError.check(lio_eventfd_open(), "eventfd")
    }

    deinit {
        _ = FileDescriptor(takingOwnershipOf: descriptor)
    }

    /// The descriptor's number; valid as long as this value lives.
    public var number: Int32 { descriptor }

    /// Makes the descriptor readable. Any thread may call it.
    public func signal() {
        // The only failures are a bad descriptor and a counter at its maximum, which is readable already.
        _ = lio_eventfd_signal(descriptor)
    }

    /// Makes the descriptor unreadable again. Waits if it is.
    public func clear() {
        _ = lio_eventfd_clear(descriptor)
    }
}
