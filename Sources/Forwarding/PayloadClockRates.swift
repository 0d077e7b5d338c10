/// RTP clock rates in Hz by payload type.
///
/// A few numbers in one array: plans are made and compared with every message of a call, and a table with hashes would
/// be most of their cost.
public struct PayloadClockRates: Sendable, Hashable {
    /// A payload type and its clock rate.
    public struct Entry: Sendable, Hashable, BitwiseCopyable {
        /// The number in the RTP header.
        public let payloadType: UInt8
        /// Hz
        public let rate: UInt32
    }

    /// In the order of the payload types, each once.
    public private(set) var entries: [Entry] = []

    /// No rates.
    public init() {}

    /// The clock rate of a payload type; setting it to `nil` takes the entry away.
    public subscript(payloadType: UInt8) -> UInt32? {
        get {
            entries.first { $0.payloadType == payloadType }?.rate
        }
        set {
            let place = entries.firstIndex { $0.payloadType >= payloadType } ?? entries.count
            if place < entries.count, entries[place].payloadType == payloadType { entries.remove(at: place) }
            if let newValue { entries.insert(Entry(payloadType: payloadType, rate: newValue), at: place) }
        }
    }

    /// Adds the rate of a payload type that has none yet.
    public mutating func add(_ rate: UInt32, of payloadType: UInt8) {
        let place = entries.firstIndex { $0.payloadType >= payloadType } ?? entries.count
        if place < entries.count, entries[place].payloadType == payloadType { return }
        entries.insert(Entry(payloadType: payloadType, rate: rate), at: place)
    }
}

extension PayloadClockRates: ExpressibleByDictionaryLiteral {
    /// The first rate of each payload type.
    public init(dictionaryLiteral elements: (UInt8, UInt32)...) {
        for (payloadType, rate) in elements { add(rate, of: payloadType) }
    }
}
