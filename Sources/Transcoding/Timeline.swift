/// When a packet came, and when it is in the outgoing stream.
struct Moment: Sendable, BitwiseCopyable {
    /// In units of the outgoing clock.
    var time: UInt32
    /// In monotonic nanoseconds.
    var arrival: UInt64
}

/// The time of an outgoing stream, in units of its clock, and how it follows from the source's.
struct Timeline {
    /// The relation; without rates until sound has told them.
    private(set) var origin = PacketOrigin()
    /// Of the first sample that is not sent yet.
    private(set) var next: UInt32 = 0
    /// How far ``next`` has run ahead of the source by silence that filled packets up.
    private(set) var excess: UInt32 = 0

    /// The first packet's time is the outgoing stream's as well.
    mutating func begin(at timestamp: UInt32) {
        next = timestamp
        origin.timestamp = timestamp
        origin.outgoing = timestamp
    }

    /// Whether the source's clock is the one that timestamps are mapped from.
    func hasClock(_ rate: UInt32) -> Bool { origin.clockRate == rate && rate > 0 }

    /// From now on `timestamp` is `outgoing`.
    mutating func anchor(_ timestamp: UInt32, at outgoing: UInt32, clockRate: UInt32, outgoingClockRate: UInt32) {
        origin.timestamp = timestamp
        origin.outgoing = outgoing
        origin.clockRate = clockRate
        origin.outgoingClockRate = outgoingClockRate
        excess = 0
    }

    /// Moves the anchor along, which it stays right by: differences of timestamps are good for half of their range.
    mutating func advanceAnchor(to timestamp: UInt32) {
        // Only by what leaves no remainder.
        guard origin.clockRate > 0, Int32(bitPattern: timestamp &- origin.timestamp) > 1 << 28 else { return }
        let seconds = (timestamp &- origin.timestamp) / origin.clockRate
        origin.timestamp &+= seconds &* origin.clockRate
        origin.outgoing &+= seconds &* origin.outgoingClockRate
    }

    /// So much has been sent.
    mutating func send(_ ticks: UInt32) { next &+= ticks }

    /// So much of what is sent next is silence of our own.
    mutating func pad(_ ticks: UInt32) { excess &+= ticks }

    /// So much of the excess has been made up for.
    mutating func recover(_ ticks: UInt32) { excess &-= min(ticks, excess) }

    /// Leaves out what lies before `outgoing`.
    mutating func skip(to outgoing: UInt32) {
        if Int32(bitPattern: outgoing &- next) > 0 { place(at: outgoing) }
    }

    /// Goes on at `outgoing`, wherever that is.
    mutating func place(at outgoing: UInt32) {
        next = outgoing
        excess = 0
    }
}
