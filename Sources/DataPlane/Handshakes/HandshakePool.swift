import DTLS
import Forwarding
import LinuxIO

/// The threads that do DTLS handshakes, so that the media threads need not: a handshake takes as long as forwarding a
/// thousand packets. Workers hand over datagrams through ``HandshakeGate`` and get datagrams and keys by mailbox.
final class HandshakePool: Sendable {
    /// As many as a gate has bits for.
    static let maximumThreads = 64
    /// libssl's handshakes stay far below it.
    private static let stackSize = 512 * 1024

    let configuration: HandshakeConfiguration
    let inboxes: [HandshakeInbox]
    /// The certificates, of which the configuration has the first.
    let contexts: HandshakeContexts
    private let log = SecurityEventLog()
    private let threads = ThreadGroup()

    /// Starts the threads for the workers with these mailboxes.
    init(_ configuration: HandshakeConfiguration, mailboxes: [Mailbox]) throws(SystemError) {
        self.configuration = configuration
        var inboxes: [HandshakeInbox] = []
        for _ in 0..<configuration.threads { inboxes.append(try HandshakeInbox(workers: mailboxes.count)) }
        self.inboxes = inboxes
        contexts = HandshakeContexts(configuration.context)
        for (index, inbox) in inboxes.enumerated() {
            let desk = HandshakeDesk(
                configuration: configuration, limit: max(1, configuration.concurrentHandshakes / configuration.threads),
                inbox: inbox, mailboxes: mailboxes, contexts: contexts, log: log)
            do throws(SystemError) {
                try threads.start(name: "dtls-\(index)", stackSize: HandshakePool.stackSize) {
                    // Without it handshakes compete with media on equal terms: worse, but no reason not to start.
                    try? OwnedThread.lowerCurrentPriority(by: desk.configuration.niceness)
                    HandshakeThread(desk).run()
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

    /// Ends the threads. Associations end without a word to their peers: the workers are gone by then.
    func stop() {
        for inbox in inboxes {
            inbox.post(.stop)
            inbox.wake()
        }
        threads.join()
    }

    /// What the threads have done together.
    func statistics() -> HandshakeStatistics {
        var sum = HandshakeStatistics()
        for inbox in inboxes { inbox.counters.add(to: &sum) }
        sum.eventsLost = log.lost
        return sum
    }

    /// Takes out what has happened since the last call.
    func takeEvents() -> [SecurityEvent] {
        log.take()
    }
}

/// What a handshake thread is given at its start.
struct HandshakeDesk: Sendable {
    let configuration: HandshakeConfiguration
    /// Most handshakes under way on the thread.
    let limit: Int
    let inbox: HandshakeInbox
    let mailboxes: [Mailbox]
    let contexts: HandshakeContexts
    let log: SecurityEventLog
}
