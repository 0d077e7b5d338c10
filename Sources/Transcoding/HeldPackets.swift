/// The few packets of a stream that came ahead of one that is missing, in the order of their sequence numbers.
struct HeldPackets: ~Copyable {
    /// With so many waiting, the missing one has been lost: 60 ms of the usual packets.
    static let capacity = 3

    private struct Entry: BitwiseCopyable {
        var sequenceNumber: UInt16 = 0
        var count = 0
        /// Index of the memory that holds the packet.
        var place = 0
        /// When it came, in nanoseconds.
        var arrival: UInt64 = 0
    }

    private(set) var count = 0
    /// When the one taken out last came, in nanoseconds.
    private(set) var lastArrival: UInt64 = 0
    private var entries = InlineArray<3, Entry>(repeating: Entry())
    /// Taken with the first packet that is held.
    private var memory: UnsafeMutableRawPointer?

    deinit {
        memory?.deallocate()
    }

    /// The first one's sequence number; without meaning while there is none.
    var first: UInt16 { entries[0].sequenceNumber }

    /// When the one waiting for longest came, in nanoseconds; `nil` while none waits.
    var since: UInt64? {
        guard count > 0 else { return nil }
        var since = entries[0].arrival
        for index in 1..<max(count, 1) { since = min(since, entries[index].arrival) }
        return since
    }

    /// Puts a copy in its place; false when it is there already, or too long.
    mutating func insert(_ packet: UnsafeRawBufferPointer, _ sequenceNumber: UInt16, now: UInt64) -> Bool {
        guard count < Self.capacity, packet.count <= PacketBatch.packetLimit, let start = packet.baseAddress else {
            return false
        }
        var place = count
        while place > 0, Int16(bitPattern: entries[place - 1].sequenceNumber &- sequenceNumber) >= 0 {
            if entries[place - 1].sequenceNumber == sequenceNumber { return false }
            place -= 1
        }
        let memory = memory ?? .allocate(byteCount: Self.capacity * PacketBatch.packetLimit, alignment: 16)
        self.memory = memory
        let free = (0..<Self.capacity).first { index in !(0..<count).contains { entries[$0].place == index } } ?? 0
        (memory + free * PacketBatch.packetLimit).copyMemory(from: start, byteCount: packet.count)
        var last = count
        while last > place {
            entries[last] = entries[last - 1]
            last -= 1
        }
        entries[place] = Entry(sequenceNumber: sequenceNumber, count: packet.count, place: free, arrival: now)
        count += 1
        return true
    }

    /// Takes the first packet out; its octets are valid until the next insertion.
    mutating func removeFirst() -> UnsafeRawBufferPointer? {
        guard count > 0, let memory else { return nil }
        let entry = entries[0]
        lastArrival = entry.arrival
        for index in 1..<Self.capacity { entries[index - 1] = entries[index] }
        count -= 1
        return UnsafeRawBufferPointer(start: memory + entry.place * PacketBatch.packetLimit, count: entry.count)
    }
}
