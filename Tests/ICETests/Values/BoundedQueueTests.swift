import Testing

@testable import ICE

@Suite struct BoundedQueueTests {
    @Test func firstInFirstOut() {
        var queue = BoundedQueue<Int>(capacity: 3)
        let none = queue.popFirst()
        let appended = [1, 2, 3, 4].map { queue.append($0) }
        let first = queue.popFirst()
        let more = [5, 6].map { queue.append($0) }
        let rest = (0..<4).map { _ in queue.popFirst() }
        #expect(none == nil)
        #expect(appended == [true, true, true, false])
        #expect(first == 1)
        #expect(more == [true, false])
        #expect(rest == [2, 3, 5, nil])
        #expect(queue.count == 0)
    }

    /// One that is never quite empty keeps its order and its bound.
    @Test func neverEmpty() {
        var queue = BoundedQueue<Int>(capacity: 4)
        var popped: [Int?] = []
        _ = queue.append(0)
        for number in 1..<1000 {
            _ = queue.append(number)
            popped.append(queue.popFirst())
        }
        #expect(popped == Array(0..<999))
        #expect(queue.count == 1)
    }
}
