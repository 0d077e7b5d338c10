import Forwarding
import LinuxIO
import PacketPath
import Synchronization

/// The loop of one thread that transcodes. Never leaves its thread.
final class ConverterThread {
    /// Most items of one worker taken in a row.
    private static let burst = 16

    private let inbox: ConverterInbox
    private let mailboxes: [Mailbox]
    private let converter: Converter

    init(_ inbox: ConverterInbox, mailboxes: [Mailbox], streams: Int) {
        self.inbox = inbox
        self.mailboxes = mailboxes
        converter = Converter(streams: streams)
    }

    /// Runs until told to stop.
    func run() {
        while !inbox.isStopping.load(ordering: .relaxed) {
            let isBusy = turn()
            reachDeadline()
            inbox.publish(converter)
            guard !isBusy else { continue }
            let now = MonotonicClock.now()
            inbox.wait(nanoseconds: converter.nextDeadline.map { $0 > now ? $0 - now : 0 })
        }
    }

    /// Takes a burst of each worker; false when nobody had anything.
    private func turn() -> Bool {
        var isBusy = false
        for (worker, ring) in inbox.arrivals.enumerated() {
            let output = inbox.returns[worker]
            for _ in 0..<ConverterThread.burst {
                guard !ring.isEmpty, converter.handleNext(from: ring, to: output, now: MonotonicClock.now()) else {
                    break
                }
                isBusy = true
            }
            if output.publish() { mailboxes[worker].knock() }
        }
        return isBusy
    }

    private func reachDeadline() {
        let now = MonotonicClock.now()
        guard let deadline = converter.nextDeadline, deadline <= now else { return }
        let returns = inbox.returns
        converter.deadlineReached(now: now) { port in
            returns.indices.contains(Int(port.worker)) ? returns[Int(port.worker)] : nil
        }
        for (worker, ring) in returns.enumerated() where ring.publish() { mailboxes[worker].knock() }
    }
}

/// The way between one worker and the threads that transcode. Lives on the worker's thread.
final class ConverterGate {
    /// What was converted, one ring for each thread.
    let returns: [ConversionRing]
    private let inboxes: [ConverterInbox]

    init(worker: Int, of pool: ConverterPool) {
        inboxes = pool.inboxes
        returns = pool.inboxes.map { $0.returns[worker] }
    }

    /// Sees to it that a thread looks at what it was given.
    func wake(_ thread: Int) {
        inboxes[thread].wake()
    }
}
