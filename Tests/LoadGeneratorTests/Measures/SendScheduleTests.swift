import LoadGenerator
import Testing

struct SendScheduleTests {
    @Test(arguments: [1, 2, 3, 4, 6, 10, 200, 1000, 4000])
    func everyLegHasOneTurnInAPeriod(legs: Int) {
        var schedule = SendSchedule(legs: legs, packetsPerSecond: 50, packetsPerBurst: 1, start: 5)
        for _ in 0..<3 {
            var turns: [Int] = []
            for _ in 0..<legs {
                turns.append(schedule.leg)
                schedule.advance()
            }
            #expect(turns.sorted() == Array(0..<legs))
        }
    }

    @Test(arguments: [(2, 10_000_000), (1000, 20_000), (3, 6_666_666)])
    func turnsAreSpreadEvenly(legs: Int, distance: UInt64) {
        var schedule = SendSchedule(legs: legs, packetsPerSecond: 50, packetsPerBurst: 1, start: 1_000)
        #expect(schedule.due == 1_000)
        for _ in 0..<(3 * legs) {
            let before = schedule.due
            schedule.advance()
            #expect((distance...(distance + 2)).contains(schedule.due - before))
        }
    }

    @Test func thePeriodDoesNotDrift() {
        var schedule = SendSchedule(legs: 7, packetsPerSecond: 50, packetsPerBurst: 1, start: 0)
        for _ in 0..<(7 * 50 * 60) { schedule.advance() }
        #expect(schedule.due == 60_000_000_000)
    }

    @Test func burstsStretchThePeriod() {
        let schedule = SendSchedule(legs: 2, packetsPerSecond: 250, packetsPerBurst: 10, start: 0)
        #expect(schedule.period == 40_000_000)
    }

    @Test func theLegsOfACallAreHalfAPeriodApart() {
        var schedule = SendSchedule(legs: 40, packetsPerSecond: 50, packetsPerBurst: 1, start: 0)
        var due = [UInt64](repeating: 0, count: 40)
        for _ in 0..<40 {
            due[schedule.leg] = schedule.due
            schedule.advance()
        }
        for call in 0..<20 {
            let distance = (due[2 * call + 1] + 20_000_000 - due[2 * call]) % 20_000_000
            #expect((9_000_000...11_000_000).contains(distance))
        }
    }
}
