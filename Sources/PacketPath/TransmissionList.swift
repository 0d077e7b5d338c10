/// A list of datagrams to send, of fixed capacity, in memory allocated once.
public struct TransmissionList: ~Copyable {
    /// How many transmissions fit.
    public let capacity: Int
    /// How many there are.
    public private(set) var count = 0
    private let storage: UnsafeMutablePointer<Transmission>

    /// An empty list for `capacity` transmissions.
    public init(capacity: Int) {
        precondition(capacity > 0, "a list needs room")
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    deinit {
        storage.deallocate()
    }

    /// The transmission at `index`, in the order in which they were appended.
    public subscript(index: Int) -> Transmission {
        precondition(index >= 0 && index < count, "no such transmission")
        return storage[index]
    }

    /// Adds `transmission`; false, without effect, when the list is full.
    public mutating func append(_ transmission: Transmission) -> Bool {
        guard count < capacity else { return false }
        storage[count] = transmission
        count &+= 1
        return true
    }

    /// Empties the list and keeps its memory.
    public mutating func removeAll() {
        count = 0
    }
}
