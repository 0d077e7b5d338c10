/// Something known of some payload types, such as their clock rates.
///
/// A few values in one array: plans are made and compared with every message of a call, and a table with hashes would be
/// most of their cost. Inlinable, so that it costs no look-up of the value's type either.
public struct PayloadTypeTable<Value: Sendable & Hashable>: Sendable, Hashable {
    /// A payload type and what is known of it.
    public struct Entry: Sendable, Hashable {
        /// The number in the RTP header.
        public let payloadType: UInt8
        /// What is known of it.
        public let value: Value

        @inlinable
        init(payloadType: UInt8, value: Value) {
            self.payloadType = payloadType
            self.value = value
        }
    }

    /// In the order of the payload types, each once.
    @inlinable
    public var entries: [Entry] { storage }

    @usableFromInline var storage: [Entry] = []

    /// An empty table.
    @inlinable
    public init() {}

    /// What is known of a payload type; setting it to `nil` takes the entry away.
    @inlinable
    public subscript(payloadType: UInt8) -> Value? {
        get {
            for entry in storage where entry.payloadType == payloadType { return entry.value }
            return nil
        }
        set {
            let place = place(of: payloadType)
            if place < storage.count, storage[place].payloadType == payloadType { storage.remove(at: place) }
            if let newValue { storage.insert(Entry(payloadType: payloadType, value: newValue), at: place) }
        }
    }

    /// Adds what is known of a payload type that has no entry yet.
    @inlinable
    public mutating func add(_ value: Value, of payloadType: UInt8) {
        let place = place(of: payloadType)
        if place < storage.count, storage[place].payloadType == payloadType { return }
        storage.insert(Entry(payloadType: payloadType, value: value), at: place)
    }

    /// Makes room for so many entries.
    @inlinable
    public mutating func reserveCapacity(_ count: Int) {
        storage.reserveCapacity(count)
    }

    /// Where the entry of a payload type is, or would be.
    @inlinable
    func place(of payloadType: UInt8) -> Int {
        var place = 0
        while place < storage.count, storage[place].payloadType < payloadType { place += 1 }
        return place
    }
}

extension PayloadTypeTable: ExpressibleByDictionaryLiteral {
    /// The first value of each payload type.
    public init(dictionaryLiteral elements: (UInt8, Value)...) {
        self.init()
        for (payloadType, value) in elements { add(value, of: payloadType) }
    }
}
