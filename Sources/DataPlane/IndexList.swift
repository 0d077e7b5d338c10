/// A queue of small numbers, each at most once, from which any can be taken out. Every operation takes constant time.
struct IndexList {
    private static let none: Int32 = -1
    private static let absent: Int32 = -2

    /// Neighbours of each number; `absent` in `next` for one that is not in the list.
    private var next: [Int32]
    private var previous: [Int32]
    private var head = IndexList.none
    private var tail = IndexList.none

    /// An empty list for the numbers below `capacity`.
    init(capacity: Int) {
        next = [Int32](repeating: IndexList.absent, count: capacity)
        previous = [Int32](repeating: IndexList.none, count: capacity)
    }

    /// The number that has been in the list for the longest time, unless others were put in front.
    var first: Int? { head == IndexList.none ? nil : Int(head) }

    func contains(_ number: Int) -> Bool {
        next[number] != IndexList.absent
    }

    mutating func append(_ number: Int) {
        precondition(!contains(number), "a number is in the list once")
        next[number] = IndexList.none
        previous[number] = tail
        if tail == IndexList.none {
            head = Int32(number)
        } else {
            next[Int(tail)] = Int32(number)
        }
        tail = Int32(number)
    }

    mutating func prepend(_ number: Int) {
        precondition(!contains(number), "a number is in the list once")
        next[number] = head
        previous[number] = IndexList.none
        if head == IndexList.none {
            tail = Int32(number)
        } else {
            previous[Int(head)] = Int32(number)
        }
        head = Int32(number)
    }

    mutating func remove(_ number: Int) {
        precondition(contains(number), "the number is in the list")
        let after = next[number]
        let before = previous[number]
        if before == IndexList.none {
            head = after
        } else {
            next[Int(before)] = after
        }
        if after == IndexList.none {
            tail = before
        } else {
            previous[Int(after)] = before
        }
        next[number] = IndexList.absent
    }
}
