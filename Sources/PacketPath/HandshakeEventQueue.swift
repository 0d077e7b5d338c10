/// News that wait to be fetched, oldest first.
struct HandshakeEventQueue {
    private var elements: [HandshakeEvent] = []
    private var first = 0

    mutating func append(_ event: HandshakeEvent) {
        elements.append(event)
    }

    mutating func popFirst() -> HandshakeEvent? {
        guard first < elements.count else { return nil }
        let event = elements[first]
        first += 1
        if first == elements.count {
            elements.removeAll(keepingCapacity: true)
            first = 0
        }
        return event
    }
}
