import Forwarding
import Testing

@testable import PacketPath

/// A call of four ports must stay below 7.2 kB in a worker's tables, unless its ends report or change their streams.
@Suite struct FootprintTests {
    @Test func bytesPerPort() {
        let row = CounterRow.Word.secondPart * MemoryLayout<UInt64>.stride
        let sinks = PortSlot.inlineSinks * MemoryLayout<ResolvedSink>.stride
        let total = row + sinks + MemoryLayout<PortSlot>.stride + MemoryLayout<ClockTable>.stride
        #expect(total <= 1792)
        #expect(row % 64 == 0, "rows of two ports share no cache line")
        #expect(CounterRow.Word.firstIngress % 8 == 0 && CounterRow.Word.ingressWords == 24, "three cache lines")
        #expect(CounterRow.Word.firstEgress % 8 == 0 && CounterRow.Word.egressWords <= 8, "one cache line")
        #expect(CounterRow.Word.count * MemoryLayout<UInt64>.stride <= 2432)
        #expect(CounterRow.Word.drops + DropReason.allCases.count <= CounterRow.Word.endpoint)
        #expect(CounterRow.Word.dropTimes + (DropReason.allCases.count + 1) / 2 <= CounterRow.Word.unexpected)
        #expect(CounterRow.Word.checks + 6 <= CounterRow.Word.protection)
        #expect(MemoryLayout<ClockTable>.size <= 256)
    }
}

@Suite struct StreamOrderTests {
    @Test func alwaysAPermutation() {
        var generator = SeededGenerator(seed: 4)
        var order = StreamOrder()
        var model: [Int] = []
        for _ in 0..<2000 {
            if Bool.random(using: &generator) || model.isEmpty {
                let entry = order.claim()
                if model.count == StreamOrder.capacity { #expect(entry == model.removeLast()) }
                model.insert(entry, at: 0)
            } else {
                let age = Int.random(in: 0..<model.count, using: &generator)
                order.promote(age: age)
                model.insert(model.remove(at: age), at: 0)
            }
            #expect((0..<order.count).map { order.entry(age: $0) } == model)
            #expect(Set((0..<4).map { order.entry(age: $0) }) == [0, 1, 2, 3])
        }
    }
}
