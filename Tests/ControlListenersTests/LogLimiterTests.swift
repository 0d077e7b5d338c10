import Testing

@testable import ControlListeners

struct LogLimiterTests {
    @Test func tenLinesASecondAndACountOfTheRest() {
        var limiter = LogLimiter()
        let start: UInt64 = 5_000_000_000
        #expect((0..<10).map { limiter.admit(now: start + $0) } == Array(repeating: 0, count: 10))
        for offset in 10..<25 as Range<UInt64> { #expect(limiter.admit(now: start + offset) == nil) }
        #expect(limiter.admit(now: start + 999_999_999) == nil)
        #expect(limiter.admit(now: start + 1_000_000_000) == 16)
        #expect(limiter.admit(now: start + 1_000_000_001) == 0)
    }

    @Test func timeThatRunsBackwardsBeginsANewSecond() {
        var limiter = LogLimiter()
        for _ in 0..<20 { _ = limiter.admit(now: 9_000_000_000) }
        #expect(limiter.admit(now: 1) == 10)
    }
}
