/// RTP packets that a step has made, in the order in which they are to be sent, in memory allocated once.
public struct PacketBatch: ~Copyable {
    /// Octets that a packet may have.
    public static let packetLimit = 2048
    /// Packets of one step: enough for the longest that can arrive, with all that was held back before it and concealed
    /// between, in packets of 10 ms.
    public static let capacity = 128

    /// How many packets there are.
    public private(set) var count = 0
    /// Packets for which there was no room.
    public private(set) var missed = 0
    private let memory: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>

    private struct Entry: BitwiseCopyable {
        var count = 0
        var origin = PacketOrigin()
    }

    /// An empty batch.
    public init() {
        memory = .allocate(byteCount: Self.capacity * Self.packetLimit, alignment: 64)
        entries = .allocate(capacity: Self.capacity)
    }

    deinit {
        memory.deallocate()
        entries.deallocate()
    }

    /// The packet at `index`, valid until the next change.
    public subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index >= 0 && index < count, "no such packet")
        return UnsafeMutableRawBufferPointer(start: memory + index * Self.packetLimit, count: entries[index].count)
    }

    /// What the packet at `index` was made of.
    public func origin(at index: Int) -> PacketOrigin {
        precondition(index >= 0 && index < count, "no such packet")
        return entries[index].origin
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        count = 0
        missed = 0
    }

    /// Memory for the next packet, which ``append(count:origin:)`` adds; `nil` when the batch is full.
    mutating func next() -> UnsafeMutableRawBufferPointer? {
        guard count < Self.capacity else {
            missed += 1
            return nil
        }
        return UnsafeMutableRawBufferPointer(start: memory + count * Self.packetLimit, count: Self.packetLimit)
    }

    /// Adds what was written to ``next()``.
    mutating func append(count octets: Int, origin: PacketOrigin) {
        entries[count] = Entry(count: octets, origin: origin)
        count += 1
    }
}

/// How the time of an outgoing stream follows from that of its source: `timestamp` of the source is `outgoing` there.
/// Rates of 0: not known.
public struct PacketOrigin: Sendable, Equatable, BitwiseCopyable {
    /// In units of ``clockRate``.
    public var timestamp: UInt32 = 0
    /// In units of ``outgoingClockRate``.
    public var outgoing: UInt32 = 0
    /// Of the source's clock, in Hz.
    public var clockRate: UInt32 = 0
    /// Of the outgoing stream's clock, in Hz.
    public var outgoingClockRate: UInt32 = 0

    /// An unknown relation.
    public init() {}

    /// When the source's `timestamp` is in the outgoing stream.
    public func map(_ timestamp: UInt32) -> UInt32 {
        let elapsed = Int64(Int32(bitPattern: timestamp &- self.timestamp))
        guard clockRate > 0 else { return outgoing }
        return outgoing &+ UInt32(truncatingIfNeeded: elapsed &* Int64(outgoingClockRate) / Int64(clockRate))
    }
}
