/// First in, first out, of bounded length.
struct BoundedQueue<Element> {
    private var elements: [Element] = []
    private var head = 0
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { elements.count - head }

    /// Adds at the end; `false` when full.
    mutating func append(_ element: Element) -> Bool {
        guard count < capacity else { return false }
        elements.append(element)
        return true
    }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        head += 1
        // Drained queues, the normal case after each call, start over in the storage that they have; one that never
        // drains is compacted before it grows beyond twice its capacity.
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= capacity {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}

extension BoundedQueue: Sendable where Element: Sendable {}
