import NGProtocol
import Testing

/// ng-protocol §1.8 over virtual time.
struct CookieCacheTests {
    private let second: UInt64 = 1_000_000_000
    private let cookie = Array("8_1".utf8)
    private let reply = Array("8_1 d6:result4:ponge".utf8)

    @Test func aCookieIsNewThenInProgressThenAnswered() {
        var cache = CookieCache(now: 0)
        #expect(cache.begin(cookie, now: 1) == .new)
        #expect(cache.begin(cookie, now: 2) == .inProgress)
        #expect(cache.begin([1], now: 2) == .new)
        cache.finish(cookie, reply: reply)
        #expect(cache.begin(cookie, now: 3) == .answered(reply))
        #expect(cache.count == 1)
    }

    @Test func anAbandonedCookieIsNewAgain() {
        var cache = CookieCache(now: 0)
        #expect(cache.begin(cookie, now: 0) == .new)
        cache.abandon(cookie)
        #expect(cache.begin(cookie, now: 0) == .new)
    }

    /// Under traffic an entry lives 30 to 60 s, depending on when in its generation it came.
    @Test(arguments: [(0, 59), (1, 59), (15, 59), (29, 59)] as [(UInt64, UInt64)])
    func lifetimeUnderTraffic(_ start: UInt64, _ lastSeen: UInt64) {
        var cache = CookieCache(now: 0)
        var seen: [UInt64] = []
        for now in 0...100 as ClosedRange<UInt64> {
            _ = cache.begin(Array("traffic-\(now)".utf8), now: now * second)
            if now == start {
                _ = cache.begin(cookie, now: now * second)
                cache.finish(cookie, reply: reply)
            } else if now > start, cache.begin(cookie, now: now * second) == .answered(reply) {
                seen.append(now)
            }
        }
        #expect(seen == Array((start + 1)...lastSeen))
        #expect(lastSeen - start >= 30 && lastSeen - start <= 60)
    }

    @Test func anIdleServerRemembersLonger() {
        var cache = CookieCache(now: 0)
        _ = cache.begin(cookie, now: 0)
        cache.finish(cookie, reply: reply)
        #expect(cache.begin(cookie, now: 500 * second) == .answered(reply))
        #expect(cache.begin(cookie, now: 529 * second) == .answered(reply))
        #expect(cache.begin(cookie, now: 530 * second) == .new)
    }

    @Test func requestsInProgressOutliveGenerations() {
        var cache = CookieCache(now: 0)
        #expect(cache.begin(cookie, now: 0) == .new)
        #expect(cache.begin(cookie, now: 40 * second) == .inProgress)
        #expect(cache.begin(cookie, now: 80 * second) == .inProgress)
        cache.finish(cookie, reply: reply)
        #expect(cache.begin(cookie, now: 100 * second) == .answered(reply))
    }

    @Test func timeThatRunsBackwardsStandsStill() {
        var cache = CookieCache(now: 100 * second)
        _ = cache.begin(cookie, now: 100 * second)
        cache.finish(cookie, reply: reply)
        #expect(cache.begin(cookie, now: 0) == .answered(reply))
        #expect(cache.begin(cookie, now: .max) == .answered(reply))
        #expect(cache.begin(cookie, now: 0) == .answered(reply))
    }

    @Test func entriesAreBounded() {
        var cache = CookieCache(limits: CookieCache.Limits(entries: 10), now: 0)
        for number in 0..<1000 {
            let cookie = Array("\(number)".utf8)
            #expect(cache.begin(cookie, now: 0) == .new)
            cache.finish(cookie, reply: reply)
            #expect(cache.count <= 10)
            // The most recent ones survive.
            #expect(cache.begin(cookie, now: 0) == .answered(reply))
        }
        #expect(cache.begin(Array("995".utf8), now: 0) == .answered(reply))
        #expect(cache.begin(Array("989".utf8), now: 0) == .new)
    }

    @Test func bytesAreBounded() {
        var cache = CookieCache(limits: CookieCache.Limits(bytes: 10_000), now: 0)
        let large = [UInt8](repeating: 1, count: 1000)
        for number in 0..<100 {
            _ = cache.begin([UInt8(number)], now: 0)
            cache.finish([UInt8(number)], reply: large)
            #expect(cache.byteCount <= 10_000)
        }
        #expect(cache.count >= 4)
        _ = cache.begin([200], now: 0)
        cache.finish([200], reply: [UInt8](repeating: 1, count: 6000))
        #expect(cache.begin([200], now: 0) == .new)
        #expect(cache.begin([99], now: 0) == .answered(large))
    }

    @Test func aReplyNobodyAskedForIsNotStored() {
        var cache = CookieCache(now: 0)
        cache.finish(cookie, reply: reply)
        #expect(cache.begin(cookie, now: 0) == .new)
    }

    /// Memory goes from one generation to the next, and what a busy hour took is given back.
    @Test func memoryStaysFlatUnderSteadyTraffic() {
        var cache = CookieCache(now: 0)
        var reserved: [Int] = []
        func serve(_ requests: Int, minute: UInt64) {
            for number in 0..<requests {
                let cookie = Array("minute-\(minute)-\(number)".utf8)
                let now = minute * 60 * second + UInt64(number) * 60 * second / UInt64(requests)
                #expect(cache.begin(cookie, now: now) == .new)
                cache.finish(cookie, reply: [UInt8](repeating: 7, count: 200 + number % 1000))
            }
            reserved.append(cache.reservedByteCount)
        }
        for minute in 0..<10 as Range<UInt64> { serve(2000, minute: minute) }
        #expect(Set(reserved.dropFirst()).count == 1)
        #expect(reserved.last.map { $0 < cache.byteCount * 2 } == true)
        serve(20_000, minute: 10)
        #expect(cache.reservedByteCount > 5 * reserved[9])
        for minute in 11..<13 as Range<UInt64> { serve(2000, minute: minute) }
        #expect(cache.reservedByteCount == reserved[9])
    }

    /// What is bounded is memory, with what is left free at the ends of blocks and what a burst took.
    @Test(arguments: [[33 << 10], [100], [33 << 10, 100], [70_000, 33 << 10, 60_000, 1]])
    func memoryIsBounded(_ lengths: [Int]) {
        let limit = 4 << 20
        var cache = CookieCache(limits: CookieCache.Limits(bytes: limit), now: 0)
        for (turn, length) in (lengths + lengths).enumerated() {
            for number in 0..<(3 * limit / (length + 100)) {
                let cookie = Array("\(turn)-\(number)".utf8)
                #expect(cache.begin(cookie, now: 0) == .new)
                cache.finish(cookie, reply: [UInt8](repeating: 7, count: length))
                if number % 16 == 0 { #expect(cache.reservedByteCount <= limit) }
            }
            #expect(cache.count >= limit / 4 / (2 * length + 100))
        }
    }

    /// After a burst there are as many empty blocks as the generation behind it needed.
    @Test func aBurstIsGivenBackWithTheNextGenerations() {
        var cache = CookieCache(now: 0)
        func serve(_ requests: Int, at now: UInt64) {
            for number in 0..<requests {
                let cookie = Array("\(now)-\(number)".utf8)
                #expect(cache.begin(cookie, now: now * second) == .new)
                cache.finish(cookie, reply: [UInt8](repeating: 7, count: 1000))
            }
        }
        serve(10_000, at: 0)
        let burst = cache.reservedByteCount
        serve(100, at: 31)
        #expect(cache.reservedByteCount >= burst)
        serve(100, at: 62)
        #expect(cache.reservedByteCount < burst / 10)
    }

    @Test func longAndEmptyRepliesAreKeptWhole() {
        var cache = CookieCache(now: 0)
        let replies = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0 * $0 * 3) }
        for round in 0..<3 as Range<UInt64> {
            let now = round * 61 * second
            for (number, reply) in replies.enumerated() {
                let cookie = Array("\(round)-\(number)".utf8)
                #expect(cache.begin(cookie, now: now) == .new)
                cache.finish(cookie, reply: reply)
            }
            for (number, reply) in replies.enumerated() {
                #expect(cache.begin(Array("\(round)-\(number)".utf8), now: now) == .answered(reply))
            }
        }
    }
}
