import CLinuxIO

/// The processor time of one thread, for any other to read.
public struct ThreadClock: Sendable {
    /// 0 where there is none.
    private let identifier: Int32

    /// The clock of a thread that has not been joined.
    public init(of thread: borrowing OwnedThread) {
        identifier = thread.processorClock
    }

    /// Nanoseconds for which a processor has worked for the thread; 0 when it has ended.
    public func nanoseconds() -> UInt64 {
        lio_thread_nanoseconds(identifier)
    }
}
