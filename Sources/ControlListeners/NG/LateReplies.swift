internal import Glibc
internal import LinuxIO
internal import Synchronization

/// Replies for which the kernel had no room at first, in their order. A thread that lives as long as there are some waits
/// for room, so that no other has to.
final class LateReplies<Reply: Sendable>: Sendable {
    /// Sends a reply, waiting for room for so many milliseconds at most.
    typealias Send = @Sendable (Reply, _ patienceMilliseconds: Int32) throws(SystemError) -> Void
    /// What became of a reply; `nil` when it was sent.
    typealias Done = @Sendable (SystemError?) -> Void

    private struct Waiting {
        let reply: Reply
        let size: Int
        /// On the monotonic clock, in nanoseconds.
        let end: UInt64
        let done: Done
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Of all replies that were added and not sent yet.
        var count = 0
        var size = 0
        var hasThread = false
    }

    private let replyLimit: Int
    private let sizeLimit: Int
    private let patienceMilliseconds: UInt64
    private let send: Send
    private let state = Mutex(State())

    /// - Parameters:
    ///   - replyLimit: most replies that wait.
    ///   - sizeLimit: most bytes in them.
    ///   - patienceMilliseconds: for how long a reply waits. Clients repeat their requests after about that time.
    init(
        replyLimit: Int = 1024, sizeLimit: Int = 4 << 20, patienceMilliseconds: UInt64 = 500, send: @escaping Send
    ) {
        self.replyLimit = replyLimit
        self.sizeLimit = sizeLimit
        self.patienceMilliseconds = patienceMilliseconds
        self.send = send
    }

    /// Has a reply of `size` bytes sent when there is room. `done` is called in any case, on some thread: at once when
    /// too many wait.
    func add(_ reply: Reply, size: Int, done: @escaping Done) {
        let end = MonotonicClock.now() &+ patienceMilliseconds &* 1_000_000
        let (isTaken, needsThread) = state.withLock { state in
            guard state.count < replyLimit, state.size + size <= sizeLimit else { return (false, false) }
            state.waiting.append(Waiting(reply: reply, size: size, end: end, done: done))
            state.count += 1
            state.size += size
            defer { state.hasThread = true }
            return (true, !state.hasThread)
        }
        guard isTaken else { return done(SystemError(code: EAGAIN, operation: "sendmsg")) }
        guard needsThread else { return }
        do throws(SystemError) {
            _ = try OwnedThread(name: "ng-udp-late", stackSize: 256 << 10) { self.run() }
        } catch {
            // Nobody waits, then.
            while let waiting = take() { finish(waiting, error) }
        }
    }

    private func run() {
        while let waiting = take() {
            let now = MonotonicClock.now()
            let left = waiting.end > now ? Int32(clamping: (waiting.end - now) / 1_000_000) : 0
            do throws(SystemError) {
                try send(waiting.reply, left)
                finish(waiting, nil)
            } catch {
                finish(waiting, error)
            }
        }
    }

    /// The next reply; with `nil` the thread has ended.
    private func take() -> Waiting? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.hasThread = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    private func finish(_ waiting: Waiting, _ error: SystemError?) {
        state.withLock { state in
            state.count -= 1
            state.size -= waiting.size
        }
        waiting.done(error)
    }
}
