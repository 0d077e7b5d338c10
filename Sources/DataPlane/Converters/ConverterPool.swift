import LinuxIO
import PacketPath
import Synchronization

/// The threads that transcode, so that the media threads need not: one packet of Opus takes as long as forwarding dozens.
/// Workers hand packets over in rings, and get what became of them back in others.
final class ConverterPool: Sendable {
    /// As many as there may be.
    static let maximumThreads = 64
    /// Opus keeps up to 100 kB on its stack.
    private static let stackSize = 1 << 20
    /// Of each ring; four thousand packets of the usual size.
    private static let ringBytes = 1 << 20

    let inboxes: [ConverterInbox]
    private let threads = ThreadGroup()

    /// Starts `threads` threads for the workers with these mailboxes, for `streams` streams altogether.
    init(threads count: Int, streams: Int, mailboxes: [Mailbox]) throws(SystemError) {
        var inboxes: [ConverterInbox] = []
        for _ in 0..<count {
            inboxes.append(try ConverterInbox(workers: mailboxes.count, bytes: ConverterPool.ringBytes))
        }
        self.inboxes = inboxes
        for (index, inbox) in inboxes.enumerated() {
            do throws(SystemError) {
                try threads.start(name: "codec-\(index)", stackSize: ConverterPool.stackSize) {
                    ConverterThread(inbox, mailboxes: mailboxes, streams: max(1, streams / count)).run()
                }
            } catch {
                stop()
                throw error
            }
        }
    }

    deinit {
        stop()
    }

    /// The rings into which a worker puts what is to be converted, one for each thread.
    func rings(of worker: Int) -> [ConversionRing] { inboxes.map { $0.arrivals[worker] } }

    /// Ends the threads. What is under way is lost: the workers are gone by then.
    func stop() {
        for inbox in inboxes {
            inbox.isStopping.store(true, ordering: .sequentiallyConsistent)
            inbox.wake()
        }
        threads.join()
    }

    /// What each thread has done.
    func statisticsOfThreads() -> [ConversionStatistics] {
        inboxes.map { inbox in
            var own = ConversionStatistics()
            inbox.add(to: &own)
            return own
        }
    }

    /// What the threads have done together.
    func statistics() -> ConversionStatistics {
        var sum = ConversionStatistics()
        for inbox in inboxes { inbox.add(to: &sum) }
        return sum
    }
}
