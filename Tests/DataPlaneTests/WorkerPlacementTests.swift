import Testing

@testable import DataPlane

@Suite struct WorkerPlacementTests {
    private static let second: UInt64 = 1_000_000_000

    /// Three workers that were measured over one second, busy for so many percent.
    private func placement(
        fill: Int = 40, slots: Int = 65_536, busy: [UInt64] = [0, 0, 0], ports: [Int] = [0, 0, 0]
    ) -> WorkerPlacement {
        var placement = WorkerPlacement(workers: 3, fillPercent: fill, slotsPerWorker: slots)
        // What was before the first window is not known.
        placement.observe([7, 8, 9], ports: ports, now: 5 * Self.second)
        placement.observe([7, 8, 9], ports: ports, now: 6 * Self.second)
        let times = zip([7, 8, 9], busy).map { $0 + $1 * Self.second / 100 }
        placement.observe(times, ports: ports, now: 7 * Self.second)
        return placement
    }

    @Test func fillsOneWorkerAfterTheOther() {
        for (busy, expected): ([UInt64], Int) in [
            ([0, 0, 0], 0), ([39, 0, 0], 0), ([41, 0, 0], 1), ([41, 60, 0], 2), ([90, 39, 38], 1), ([10, 90, 90], 0),
        ] {
            var placement = placement(busy: busy)
            #expect(placement.choose(ports: [4, 4, 4]) == expected, "\(busy)")
        }
    }

    @Test func aboveTheLimitTheLeastBusyIsNext() {
        var placement = placement(busy: [70, 50, 60])
        #expect(placement.choose(ports: [1, 1, 1]) == 1)
        placement = self.placement(busy: [50, 50, 50], ports: [9, 8, 7])
        #expect(placement.choose(ports: [9, 8, 7]) == 2)
    }

    /// What is placed between two measurements counts, wherever it goes.
    @Test func aboveTheLimitCallsAreSpread() {
        var ports = [100, 100, 100]
        var placement = placement(busy: [50, 51, 52], ports: ports)
        for _ in 0..<300 { ports[placement.choose(ports: ports)] += 4 }
        // A port costs 0.5 % and the measured loads differ by 2 %.
        #expect(ports.allSatisfy { (496...504).contains($0) }, "\(ports)")
    }

    /// 100 ports need 30 % of a processor, so that 33 more fill it up to 40.
    @Test func newPortsAreAddedAtTheCostThatWasLearned() {
        var ports = [100, 0, 0]
        var placement = placement(busy: [30, 0, 0], ports: ports)
        for _ in 0..<40 { ports[placement.choose(ports: ports)] += 1 }
        #expect(ports == [134, 6, 0])
        // As many have gone as have come: the measurement holds.
        ports = [100, 0, 0]
        #expect(placement.choose(ports: ports) == 0)
    }

    /// They ring, and have cost nothing yet when they are measured.
    @Test func ringingCallsCountAtTheCostThatWasLearned() {
        var placement = placement(busy: [30, 0, 0], ports: [100, 0, 0])
        placement.observe([7 + 60 * Self.second / 100, 8, 9], ports: [140, 0, 0], now: 8 * Self.second)
        #expect(placement.choose(ports: [140, 0, 0]) == 1)
        #expect(placement.choose(ports: [120, 0, 0]) == 0)
    }

    @Test func fewPortsTeachNothing() {
        var ports = [10, 0, 0]
        var placement = placement(busy: [30, 0, 0], ports: ports)
        for _ in 0..<400 { ports[placement.choose(ports: ports)] += 1 }
        // The usual 200 microseconds each.
        #expect(ports == [410, 0, 0])
    }

    /// A thousand calls that begin to ring within one window.
    @Test func callsWithoutPacketsCount() {
        var placement = placement()
        var ports = [0, 0, 0]
        for _ in 0..<3000 { ports[placement.choose(ports: ports)] += 4 }
        // 40 % of a second in ports of 200 microseconds, then one after the other.
        #expect(ports == [4000, 4000, 4000])
        ports = [0, 0, 0]
        for _ in 0..<500 { ports[placement.choose(ports: ports)] += 4 }
        #expect(ports == [2000, 0, 0])
        for _ in 0..<100 { ports[placement.choose(ports: ports)] += 4 }
        #expect(ports == [2000, 400, 0])
        ports[0] = 1000
        #expect(placement.choose(ports: ports) == 0)
    }

    @Test func aSmallTableIsNotFilledUp() {
        var placement = placement(slots: 400)
        var ports = [0, 0, 0]
        for _ in 0..<80 { ports[placement.choose(ports: ports)] += 4 }
        #expect(ports == [300, 20, 0])
    }

    @Test func moreCountsAtOnceAndLessByAndBy() {
        var placement = placement(busy: [80, 0, 0])
        let ports = [4, 4, 4]
        #expect(placement.choose(ports: ports) == 1)
        let used = 7 + 80 * Self.second / 100
        placement.observe([used, 8, 9], ports: [0, 0, 0], now: 8 * Self.second)
        #expect(placement.choose(ports: ports) == 1)
        placement.observe([used, 8, 9], ports: [0, 0, 0], now: 9 * Self.second)
        #expect(placement.choose(ports: ports) == 0)
        placement.observe([used + Self.second / 2, 8, 9], ports: [0, 0, 0], now: 10 * Self.second)
        #expect(placement.choose(ports: ports) == 1)
    }

    @Test func isMeasuredAfterAWindow() {
        var placement = WorkerPlacement(workers: 1, fillPercent: 40, slotsPerWorker: 100)
        #expect(placement.isDue(at: 1))
        placement.observe([0], ports: [0], now: 1)
        #expect(!placement.isDue(at: WorkerPlacement.windowNanoseconds))
        #expect(placement.isDue(at: 1 + WorkerPlacement.windowNanoseconds))
    }

    /// A clock that has gone, one that runs backwards, and times that cannot be.
    @Test func survivesOddClocks() {
        var placement = placement(busy: [10, 10, 10])
        placement.observe([0, 0, 0], ports: [0, 0, 0], now: 8 * Self.second)
        placement.observe([.max, 0, 0], ports: [0, 0, 0], now: 9 * Self.second)
        #expect(placement.choose(ports: [0, 0, 0]) == 1)
        placement.observe([.max, .max, .max], ports: [0, 0, 0], now: 9 * Self.second)
        placement.observe([1], ports: [0, 0, 0], now: 10 * Self.second)
        placement.observe([], ports: [0, 0, 0], now: 10 * Self.second)
        #expect(placement.choose(ports: [0, 0, 0]) == 1)
    }

    @Test func withoutALimitCallsAreSpread() {
        var placement = placement(fill: 0)
        #expect(!placement.isDue(at: .max))
        #expect((0..<6).map { _ in placement.choose(ports: [3, 3, 3]) } == [0, 1, 2, 0, 1, 2])
        #expect((0..<3).map { _ in placement.choose(ports: [3, 2, 3]) } == [1, 1, 1])
        #expect((0..<3).map { _ in placement.choose(ports: [0, 1, 0]) } == [2, 0, 2])
    }
}
