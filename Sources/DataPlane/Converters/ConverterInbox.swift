import Glibc
import LinuxIO
import PacketPath
import Synchronization

/// Where workers and one transcoding thread meet.
final class ConverterInbox: Sendable {
    /// What each worker wants converted, and what it gets back.
    let arrivals: [ConversionRing]
    let returns: [ConversionRing]
    let isStopping = Atomic<Bool>(false)
    private let isWaiting = Atomic<Bool>(false)
    private let event: EventFD
    private let streams = Atomic<Int>(0)
    private let packets = Atomic<UInt64>(0)
    private let missed = Atomic<UInt64>(0)

    init(workers: Int, bytes: Int) throws(SystemError) {
        event = try EventFD()
        arrivals = (0..<workers).map { _ in ConversionRing(bytes: bytes) }
        returns = (0..<workers).map { _ in ConversionRing(bytes: bytes) }
    }

    /// Sees to it that the thread looks at its rings.
    func wake() {
        if isWaiting.exchange(false, ordering: .sequentiallyConsistent) { event.signal() }
    }

    /// Waits for work or for `nanoseconds`; `nil` is for ever. For the thread only.
    func wait(nanoseconds: UInt64?) {
        isWaiting.store(true, ordering: .sequentiallyConsistent)
        defer { isWaiting.store(false, ordering: .relaxed) }
        guard !isStopping.load(ordering: .sequentiallyConsistent), arrivals.allSatisfy(\.isEmpty) else { return }
        let milliseconds = nanoseconds.map { Int32(clamping: $0 / 1_000_000 + 1) } ?? -1
        var readable = pollfd(fd: event.number, events: Int16(POLLIN), revents: 0)
        if poll(&readable, 1, milliseconds) > 0 { event.clear() }
    }

    /// Lets other threads see the numbers. For the thread only.
    func publish(_ converter: Converter) {
        streams.store(converter.streamCount, ordering: .relaxed)
        packets.store(converter.packetsMade, ordering: .relaxed)
        missed.store(converter.packetsMissed, ordering: .relaxed)
    }

    func add(to sum: inout ConversionStatistics) {
        sum.streams += streams.load(ordering: .relaxed)
        sum.packets &+= packets.load(ordering: .relaxed)
        sum.missed &+= missed.load(ordering: .relaxed)
    }
}
