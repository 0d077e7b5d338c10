import Testing

@testable import ICE

@Suite struct ResponseBudgetTests {
    private func taken(_ budget: inout ResponseBudget, _ times: [UInt64]) -> [Bool] {
        times.map { budget.take(now: $0) }
    }

    @Test func aBurstThenATrickle() {
        var budget = ResponseBudget()
        let start = 50 * second
        let burst = taken(&budget, Array(repeating: start, count: 10))
        #expect(burst == Array(repeating: true, count: 5) + Array(repeating: false, count: 5))
        let trickle = taken(&budget, [199, 200, 200].map { start + $0 * millisecond })
        #expect(trickle == [false, true, false])
        let later = taken(&budget, Array(repeating: start + 60 * second, count: 10))
        #expect(later.count { $0 } == 5)
    }

    @Test func theEndOfTimeDoesNotTrap() {
        var budget = ResponseBudget()
        let ends = taken(&budget, [0, .max, .max - 1, 0])
        #expect(ends == [true, true, true, false])
    }
}
