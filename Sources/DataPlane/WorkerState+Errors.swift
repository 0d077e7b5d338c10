import Forwarding
import LinuxIO
import NetTypes
import PacketPath

/// What ICMP says of packets that were sent: counted, and nothing follows from it, since anybody can forge it.
///
/// The kernel keeps the messages of each socket and makes one call fail for each of them. Whoever meets such a failure
/// takes the messages from the kernel and repeats the call, so that no packet is lost to them. A socket that gets too
/// many is left alone for a while: then the kernel drops them.
extension WorkerState {
    /// Messages taken from one socket at a time: all of them, as the next one would make the next call fail. The kernel
    /// keeps no more than its memory for the socket holds.
    private static let errorsAtOnce = 1024
    /// Messages of one socket in a second; more of them than a peer that is gone brings about.
    static let errorsPerSecond: UInt32 = 200
    /// How long a socket is left alone.
    static let quietNanoseconds: UInt64 = 5_000_000_000

    /// Takes what the kernel keeps for the socket of a slot.
    ///
    /// - Parameter error: what the failed call said, to be counted when the kernel keeps nothing; 0 for nothing.
    /// - Returns: The number of messages taken.
    @inline(never)
    @discardableResult
    mutating func noteErrors(
        _ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>, error: Int32 = 0
    ) -> UInt32 {
        let now = MonotonicClock.now()
        let (descriptor, generation) = (entry.pointee.descriptor, entry.pointee.generation)
        var count: UInt32 = 0
        withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 16) { memory in
            guard let name = memory.baseAddress else { return }
            while count < Self.errorsAtOnce, let message = DatagramIO.nextError(from: descriptor, name: name) {
                count += 1
                path.receptionFailed(
                    slot: slot, generation: generation, error: message.code, destination: message.destination, now: now)
            }
        }
        if count == 0 {
            guard error != 0 else { return 0 }
            path.receptionFailed(slot: slot, generation: generation, error: error, now: now)
        }
        statistics.receiveErrors &+= UInt64(max(count, 1))
        limitErrors(slot, entry, count, now: now)
        return count
    }

    /// Counts `count` messages of a socket, and stops listening to it when they are too many.
    mutating func limitErrors(
        _ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>, _ count: UInt32, now: UInt64
    ) {
        let second = UInt32(truncatingIfNeeded: now / 1_000_000_000)
        if entry.pointee.errorSecond != second { entry.pointee.errors = 0 }
        entry.pointee.errorSecond = second
        entry.pointee.errors &+= count
        guard entry.pointee.errors > Self.errorsPerSecond else { return }
        entry.pointee.errors = 0
        reportErrors(false, of: entry)
        let due = now &+ Self.quietNanoseconds
        quietSockets.append(QuietSocket(slot: slot, generation: entry.pointee.generation, due: due))
        nextReport = min(nextReport, due)
    }

    func reportErrors(_ isOn: Bool, of entry: UnsafeMutablePointer<SocketTable.Entry>) {
        try? UDPSocket.setErrorReports(isOn, of: entry.pointee.descriptor, family: entry.pointee.family)
        entry.pointee.reportsErrors = isOn
    }

    /// Listens again to the sockets that were left alone for long enough.
    @inline(never)
    mutating func resumeErrorReports(now: UInt64) {
        let count = quietSockets.firstIndex { $0.due > now } ?? quietSockets.count
        for socket in quietSockets[..<count] {
            // A parked socket gets its reports back with its next lease.
            guard let entry = sockets.open(socket.slot, socket.generation) else { continue }
            reportErrors(true, of: entry)
        }
        quietSockets.removeSubrange(..<count)
        nextReport = quietSockets.first?.due ?? .max
    }

    /// A socket to which ICMP is not listened for a while.
    struct QuietSocket: BitwiseCopyable {
        var slot: UInt32
        var generation: UInt16
        var due: UInt64
    }
}
