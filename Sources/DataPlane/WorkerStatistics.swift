import Synchronization

/// What one worker has done since its start.
public struct WorkerStatistics: Sendable, Equatable {
    /// How often the worker came back from waiting.
    public var wakeUps: UInt64 = 0
    /// How often it found packets.
    public var batches: UInt64 = 0
    /// Datagrams received, whatever became of them.
    public var packetsReceived: UInt64 = 0
    /// Datagrams given to the kernel, refused ones included.
    public var packetsSent: UInt64 = 0
    /// Datagrams that the kernel refused to send.
    public var sendErrors: UInt64 = 0
    /// Errors reported by sockets when packets were fetched, such as ICMP messages.
    public var receiveErrors: UInt64 = 0
    /// How often a socket found no receive buffer left (io_uring). The packets wait in the socket meanwhile.
    public var bufferExhaustions: UInt64 = 0
    /// Failures to watch or mark a socket; such a port stays deaf or sends unmarked.
    public var socketErrors: UInt64 = 0
    /// Commands carried out.
    public var commands: UInt64 = 0
    /// Sockets of calls open now.
    public var openPorts: UInt64 = 0
    /// Sockets kept for the next calls now.
    public var parkedPorts: UInt64 = 0
    /// For how many microseconds packets are gathered now.
    public var currentWaitMicroseconds: UInt64 = 0

    /// A worker that has done nothing yet.
    public init() {}
}

/// The statistics of a worker as other threads see them: written by the worker once a turn, read at any time. Numbers
/// read together may be of two neighbouring turns.
final class PublishedStatistics: @unchecked Sendable {
    // Unchecked: the memory is only reached through the atomics in it.
    private let fields: UnsafeMutablePointer<Atomic<UInt64>>
    private static let count = 12

    init() {
        // On cache lines of their own: no other worker's writes disturb them.
        fields = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: PublishedStatistics.count)
        for index in 0..<PublishedStatistics.count { (fields + index).initialize(to: Atomic(0)) }
    }

    deinit {
        fields.deinitialize(count: PublishedStatistics.count)
        UnsafeMutableRawPointer(fields).deallocate()
    }

    /// For the worker only.
    func publish(_ statistics: borrowing WorkerStatistics) {
        fields[0].store(statistics.wakeUps, ordering: .relaxed)
        fields[1].store(statistics.batches, ordering: .relaxed)
        fields[2].store(statistics.packetsReceived, ordering: .relaxed)
        fields[3].store(statistics.packetsSent, ordering: .relaxed)
        fields[4].store(statistics.sendErrors, ordering: .relaxed)
        fields[5].store(statistics.receiveErrors, ordering: .relaxed)
        fields[6].store(statistics.bufferExhaustions, ordering: .relaxed)
        fields[7].store(statistics.commands, ordering: .relaxed)
        fields[8].store(statistics.openPorts, ordering: .relaxed)
        fields[9].store(statistics.currentWaitMicroseconds, ordering: .relaxed)
        fields[10].store(statistics.socketErrors, ordering: .relaxed)
        fields[11].store(statistics.parkedPorts, ordering: .relaxed)
    }

    /// The numbers as they are now.
    func snapshot() -> WorkerStatistics {
        var statistics = WorkerStatistics()
        statistics.wakeUps = fields[0].load(ordering: .relaxed)
        statistics.batches = fields[1].load(ordering: .relaxed)
        statistics.packetsReceived = fields[2].load(ordering: .relaxed)
        statistics.packetsSent = fields[3].load(ordering: .relaxed)
        statistics.sendErrors = fields[4].load(ordering: .relaxed)
        statistics.receiveErrors = fields[5].load(ordering: .relaxed)
        statistics.bufferExhaustions = fields[6].load(ordering: .relaxed)
        statistics.commands = fields[7].load(ordering: .relaxed)
        statistics.openPorts = fields[8].load(ordering: .relaxed)
        statistics.currentWaitMicroseconds = fields[9].load(ordering: .relaxed)
        statistics.socketErrors = fields[10].load(ordering: .relaxed)
        statistics.parkedPorts = fields[11].load(ordering: .relaxed)
        return statistics
    }
}
