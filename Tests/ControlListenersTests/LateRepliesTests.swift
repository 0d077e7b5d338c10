import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import ControlListeners

@Suite(.serialized, .ownThread)
struct LateRepliesTests {
    /// What was sent and how it ended, as tests see it.
    private final class Journal: Sendable {
        let sent = Mutex<[Int]>([])
        let ended = Mutex<[Int32]>([])
        let mayGoOn = Mutex(false)

        func end(_ error: SystemError?) {
            ended.withLock { $0.append(error?.code ?? 0) }
        }

        func waitForEnds(_ count: Int) -> [Int32] {
            for _ in 0..<10_000 {
                let ended = ended.withLock { $0 }
                if ended.count >= count { return ended }
                MonotonicClock.sleep(microseconds: 1000)
            }
            return ended.withLock { $0 }
        }
    }

    @Test func repliesAreSentInTheirOrderWhenThereIsRoom() {
        let journal = Journal()
        let late = LateReplies<Int>(patienceMilliseconds: 60_000) { reply, patience throws(SystemError) in
            #expect(patience > 0)
            while !journal.mayGoOn.withLock({ $0 }) { MonotonicClock.sleep(microseconds: 1000) }
            journal.sent.withLock { $0.append(reply) }
        }
        for number in 0..<20 { late.add(number, size: 1) { journal.end($0) } }
        #expect(journal.ended.withLock { $0 } == [])
        journal.mayGoOn.withLock { $0 = true }
        #expect(journal.waitForEnds(20) == [Int32](repeating: 0, count: 20))
        // The thread may have ended.
        late.add(20, size: 1) { journal.end($0) }
        #expect(journal.waitForEnds(21).count == 21)
        #expect(journal.sent.withLock { $0 } == Array(0...20))
    }

    @Test func noMoreWaitThanTheLimits() {
        for (sizes, refused): ([Int], Int) in [([1, 1, 1, 1], 1), ([60, 41, 40, 1], 2), ([101], 1)] {
            let journal = Journal()
            let late = LateReplies<Int>(replyLimit: 3, sizeLimit: 100) { reply, _ throws(SystemError) in
                while !journal.mayGoOn.withLock({ $0 }) { MonotonicClock.sleep(microseconds: 1000) }
                journal.sent.withLock { $0.append(reply) }
            }
            for size in sizes { late.add(size, size: size) { journal.end($0) } }
            #expect(journal.ended.withLock { $0 } == [Int32](repeating: EAGAIN, count: refused))
            journal.mayGoOn.withLock { $0 = true }
            #expect(journal.waitForEnds(sizes.count).count == sizes.count)
            #expect(journal.sent.withLock { $0.count } == sizes.count - refused)
        }
    }

    /// A socket that takes nothing any more must not hold up the listener's end for long.
    @Test func afterItsTimeAReplyIsTriedOnce() {
        let journal = Journal()
        let late = LateReplies<Int>(patienceMilliseconds: 0) { reply, patience throws(SystemError) in
            #expect(patience == 0)
            journal.sent.withLock { $0.append(reply) }
            throw SystemError(code: EAGAIN, operation: "sendmsg")
        }
        for number in 0..<3 { late.add(number, size: 1) { journal.end($0) } }
        #expect(journal.waitForEnds(3) == [EAGAIN, EAGAIN, EAGAIN])
        #expect(journal.sent.withLock { $0 } == [0, 1, 2])
    }
}
