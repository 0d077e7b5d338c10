import CLinuxIO
import Glibc
import NetTypes
import Synchronization

/// The least a relay in user space can do: one receive and one send for every packet, and nothing else. It never waits,
/// so no wake-up is in its figure, and looking for packets in vain is not counted. What it needs for a packet is the floor
/// that other relays are compared with.
///
/// All mutable state belongs to the relay's thread while that runs; `stopping`, `spent` and `packets` are atomics.
final class NullRelay: @unchecked Sendable {
    /// A packet that took longer than this was interrupted by something else and is left out of the figure.
    static let interruption: UInt64 = 100_000

    private struct Port: BitwiseCopyable {
        var descriptor: Int32
        var output: Int32
        var target: batch_address
    }

    private var ends: [CallEnd] = []
    private var ports: [Port] = []
    private var thread: pthread_t?
    private let stopping = Atomic(false)
    private let spent = Atomic<UInt64>(0)
    private let packets = Atomic<UInt64>(0)

    /// Opens ports for one call on `address` and joins them to the two ends.
    func connect(_ call: PlacedCall, on address: IPAddress) throws(LoadError) {
        let towardsCaller = try CallEnd(bind: address)
        let towardsCallee = try CallEnd(bind: address)
        call.caller.target = towardsCaller.socket.local
        call.callee.target = towardsCallee.socket.local
        ends += [towardsCaller, towardsCallee]
        ports.append(
            Port(
                descriptor: towardsCaller.socket.descriptor, output: towardsCallee.socket.descriptor,
                target: batch_address(call.callee.socket.local)))
        ports.append(
            Port(
                descriptor: towardsCallee.socket.descriptor, output: towardsCaller.socket.descriptor,
                target: batch_address(call.caller.socket.local)))
    }

    /// Starts the thread; it inherits the processors of the caller.
    func start() throws(LoadError) {
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<NullRelay>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard result == 0 else {
            Unmanaged.passUnretained(self).release()
            throw .system(call: "pthread_create", errno: result)
        }
        self.thread = thread
    }

    /// Ends the thread and waits for it.
    func stop() {
        guard let thread else { return }
        stopping.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
        self.thread = nil
    }

    /// Nanoseconds spent on packets, and how many packets that were, since the start.
    var work: (nanoseconds: UInt64, packets: UInt64) {
        (spent.load(ordering: .relaxed), packets.load(ordering: .relaxed))
    }

    private func run() {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
        let table = UnsafeMutableBufferPointer<Port>.allocate(capacity: ports.count)
        _ = table.initialize(from: ports)
        let readingClock = Self.costOfReadingTheClock()
        var datagram = batch_datagram()
        var time: UInt64 = 0
        var count: UInt64 = 0
        while !stopping.load(ordering: .relaxed) {
            for index in 0..<table.count {
                let port = table.baseAddress.unsafelyUnwrapped + index
                var before = batch_now()
                while batch_receive(port.pointee.descriptor, buffer, 2048, 1, &datagram, nil) == 1 {
                    _ = withUnsafePointer(to: port.pointee.target) {
                        batch_send(port.pointee.output, buffer, Int(datagram.length), 0, 1, $0)
                    }
                    let after = batch_now()
                    let cost = after &- before
                    before = after
                    guard cost < Self.interruption else { continue }
                    time &+= cost > readingClock ? cost &- readingClock : 0
                    count &+= 1
                }
            }
            spent.store(time, ordering: .relaxed)
            packets.store(count, ordering: .relaxed)
        }
        table.deallocate()
        buffer.deallocate()
    }

    private static func costOfReadingTheClock() -> UInt64 {
        let start = batch_now()
        for _ in 0..<1000 { _ = batch_now() }
        return (batch_now() &- start) / 1000
    }
}
