import LinuxIO
import Synchronization

/// Threads that begin one by one and are waited for together.
final class ThreadGroup: Sendable {
    private let threads = Mutex<[Member]>([])

    /// Starts one more.
    func start(
        name: String, stackSize: Int, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let thread = try OwnedThread(name: name, stackSize: stackSize, body: body)
        let member = Member(thread)
        threads.withLock { $0.append(member) }
    }

    /// Waits until all of them have ended.
    func join() {
        for member in threads.withLock({ $0 }) { member.join() }
    }

    /// A thread in an array, which takes copyable values only.
    private final class Member: Sendable {
        private let thread: Mutex<OwnedThread?>

        init(_ thread: consuming OwnedThread) {
            self.thread = Mutex(consume thread)
        }

        func join() {
            thread.withLock { $0.take() }?.join()
        }
    }
}
