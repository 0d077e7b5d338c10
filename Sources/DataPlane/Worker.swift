import LinuxIO
import PacketPath
import Synchronization

/// A media thread as the rest of the program sees it: a mailbox to write to, counters to read.
final class Worker: Sendable {
    /// Enough for the loop and for what installs plans; the default of 8 MiB would only be address space.
    private static let stackSize = 512 * 1024

    /// The shortest turns that the kernel gives.
    private static let sliceMicroseconds: UInt32 = 100

    let seat: WorkerSeat
    /// What other threads may read of the packet path.
    let counters: PortCounterTable
    let taps: TapRing
    let flightRecorder: FlightRecorder?
    /// The thread runs under the policy that was asked for, if any was.
    let isScheduled: Bool
    /// The processor time of the thread.
    let clock: ThreadClock
    private let thread: Mutex<OwnedThread?>

    /// Starts the thread and returns when its loop is set up.
    init(_ seat: WorkerSeat, usesRing: Bool) throws(SystemError) {
        let report = try StartReport()
        let thread = try OwnedThread(name: "media-\(seat.index)", stackSize: Worker.stackSize) {
            Worker.run(seat, usesRing: usesRing, report)
        }
        switch report.wait() {
        case .success(let readable):
            self.seat = seat
            counters = readable.counters
            taps = readable.taps
            flightRecorder = readable.flightRecorder
            isScheduled = readable.isScheduled
            clock = ThreadClock(of: thread)
            self.thread = Mutex(thread)
        case .failure(let error):
            thread.join()
            throw error
        }
    }

    /// Ends the thread after the commands that wait now, closes all its sockets, and returns then.
    func stop() {
        _ = seat.mailbox.post(.stop)
        thread.withLock { $0.take() }?.join()
    }

    private static func run(_ seat: WorkerSeat, usesRing: Bool, _ report: StartReport) {
        do throws(SystemError) {
            // Without it a wake-up may have to wait for the turn of a handshake or a request: worse, but no reason not to
            // start.
            try? OwnedThread.requestSlice(microseconds: Worker.sliceMicroseconds)
            var isScheduled = true
            do throws(SystemError) { try seat.scheduling?.apply() } catch { isScheduled = false }
            if seat.pinsToProcessor { try OwnedThread.pinCurrent(toProcessor: seat.index) }
            if usesRing {
                var loop = try RingLoop(seat)
                report.finish(.success(ReadableState(loop.state.path, isScheduled: isScheduled)))
                loop.run()
            } else {
                var loop = try EpollLoop(seat)
                report.finish(.success(ReadableState(loop.state.path, isScheduled: isScheduled)))
                loop.run()
            }
        } catch {
            report.finish(.failure(error))
        }
    }
}

/// What a worker's packet path lets other threads read.
private struct ReadableState: Sendable {
    let counters: PortCounterTable
    let taps: TapRing
    let flightRecorder: FlightRecorder?
    let isScheduled: Bool

    init(_ path: borrowing PacketPath, isScheduled: Bool) {
        self.isScheduled = isScheduled
        counters = path.counters
        taps = path.taps
        flightRecorder = path.flightRecorder
    }
}

/// How a thread tells the one that started it what became of its set-up.
private final class StartReport: Sendable {
    private let outcome = Mutex<Result<ReadableState, SystemError>?>(nil)
    private let finished: EventFD

    init() throws(SystemError) {
        finished = try EventFD()
    }

    func finish(_ outcome: Result<ReadableState, SystemError>) {
        self.outcome.withLock { $0 = outcome }
        finished.signal()
    }

    func wait() -> Result<ReadableState, SystemError> {
        finished.clear()
        return outcome.withLock { $0 } ?? .failure(SystemError(code: 0, operation: "start"))
    }
}
