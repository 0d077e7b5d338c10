import Forwarding
import NetTypes
import Synchronization
import Testing

@testable import PacketPath

/// The rings of taps and of the flight recorder, with writer and reader at the same time.
@Suite(.serialized) struct ObserverRingTests {
    private final class Progress: Sendable {
        let isDone = Atomic(false)
        let reads = Atomic(0)
    }

    /// Every word of a cell is the cell's number: a cell made of two shows.
    @Test func cellsAreWholeAndInOrder() async {
        let ring = CellRing(bytes: 4096, cellWords: 4)
        let progress = Progress()
        let reader = Task.detached { () -> [String] in
            var faults: [String] = []
            while !progress.isDone.load(ordering: .acquiring) {
                let cells = ring.read()
                for cell in cells where Set(cell).count != 1 { faults.append("mixed: \(cell)") }
                let numbers = cells.compactMap(\.first)
                for (one, next) in zip(numbers, numbers.dropFirst()) where next != one + 1 { faults.append("a gap") }
                progress.reads.add(1, ordering: .relaxed)
                await Task.yield()
            }
            return faults
        }
        while progress.reads.load(ordering: .relaxed) == 0 { await Task.yield() }
        var number: UInt64 = 0
        while number < 100_000 || (progress.reads.load(ordering: .relaxed) < 300 && number < 20_000_000) {
            let cell = ring.writer.begin()
            for word in 0..<4 { cell[word].store(number, ordering: .relaxed) }
            ring.writer.finish()
            number += 1
        }
        progress.isDone.store(true, ordering: .releasing)
        #expect(await reader.value == [])
        #expect(ring.read().map(\.first).last == number - 1)
    }

    /// What the reader gets is what was written, in order, without what was counted as missed.
    @Test func copiesArriveWhole() async {
        let ring = TapRing(bytes: 1 << 16)
        let total = 60_000
        let writer = Task.detached {
            for number in 0..<total {
                var header = TapHeader(.packet)
                header.nanoseconds = UInt64(number)
                header.remote = TransportAddress(IPAddress(ipv4: UInt32(number)), 1)
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 1500)
                _ = bytes.withUnsafeBytes { ring.writer.append(header, $0) }
                ring.writer.publish()
                if number % 64 == 0 { await Task.yield() }
            }
        }
        var (seen, last) = (0, -1)
        func drain() {
            while case .packet(let packet) = ring.next(worker: 0) {
                let number = Int(packet.nanoseconds)
                if number <= last || packet.bytes.count != number % 1500 || packet.remote.address.low != UInt64(number)
                    || packet.bytes.contains(where: { $0 != UInt8(truncatingIfNeeded: number) })
                {
                    Issue.record("packet \(number) is not what it was")
                }
                last = number
                seen += 1
            }
        }
        while last < total - 1, seen + Int(ring.missed) < total {
            drain()
            await Task.yield()
        }
        await writer.value
        drain()
        #expect(seen + Int(ring.missed) == total)
        #expect(seen > 0)
    }
}
