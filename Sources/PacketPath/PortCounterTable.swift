public import Forwarding
internal import NetTypes
internal import RTP
internal import Synchronization

/// What all ports of one worker have seen. The worker's thread writes, any thread reads.
///
/// `@unchecked Sendable`: the memory is reached through a constant pointer, freed when the last reference is gone, and
/// after a row was initialised, before ``initialised`` says so, only through atomic loads and stores.
public final class PortCounterTable: @unchecked Sendable {
    let capacity: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    /// What ports that are closed by now have received: packets, bytes, errors.
    private let retiredPackets = Atomic<UInt64>(0)
    private let retiredBytes = Atomic<UInt64>(0)
    private let retiredErrors = Atomic<UInt64>(0)
    /// What they have dropped, by ``DropReason`` raw value.
    private let retiredDrops: UnsafeMutablePointer<Atomic<UInt64>>
    /// Rows below are initialised. Memory of rows that no port ever had is never touched.
    private let initialised = Atomic<Int>(0)

    init(capacity: Int) {
        self.capacity = capacity
        let bytes = capacity * CounterRow.Word.count * MemoryLayout<UInt64>.stride
        words = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: capacity * CounterRow.Word.count)
        retiredDrops = .allocate(capacity: DropReason.allCases.count)
        for reason in DropReason.allCases { (retiredDrops + Int(reason.rawValue)).initialize(to: Atomic(0)) }
    }

    deinit {
        retiredDrops.deinitialize(count: DropReason.allCases.count)
        retiredDrops.deallocate()
        UnsafeMutableRawPointer(words).deallocate()
    }

    /// The row of an open slot.
    @inline(__always)
    func row(_ slot: Int) -> CounterRow {
        CounterRow(words: words + slot &* CounterRow.Word.count)
    }

    /// Makes the rows up to `slot` usable. The worker's thread only.
    func prepare(_ slot: Int) {
        let first = initialised.load(ordering: .relaxed)
        guard slot >= first else { return }
        for word in (first * CounterRow.Word.count)..<((slot + 1) * CounterRow.Word.count) {
            (words + word).initialize(to: Atomic(0))
        }
        initialised.store(slot + 1, ordering: .releasing)
    }

    /// Keeps what the row's port has received when its life ends. The worker's thread only.
    func retire(_ row: CounterRow) {
        let received = row.received
        retiredPackets.store(retiredPackets.load(ordering: .relaxed) &+ received.packets, ordering: .relaxed)
        retiredBytes.store(retiredBytes.load(ordering: .relaxed) &+ received.bytes, ordering: .relaxed)
        retiredErrors.store(retiredErrors.load(ordering: .relaxed) &+ received.errors, ordering: .relaxed)
        for reason in 0..<DropReason.allCases.count {
            let sum = retiredDrops[reason].load(ordering: .relaxed) &+ row.load(CounterRow.Word.drops + reason)
            retiredDrops[reason].store(sum, ordering: .relaxed)
        }
        row.retire()
    }

    /// Everything received on ports open now and earlier. A port that closes meanwhile may count twice or not at all
    /// in this one reading.
    public func totals() -> PortCounters.Traffic {
        var sum = PortCounters.Traffic()
        sum.packets = retiredPackets.load(ordering: .relaxed)
        sum.bytes = retiredBytes.load(ordering: .relaxed)
        sum.errors = retiredErrors.load(ordering: .relaxed)
        for slot in 0..<initialised.load(ordering: .acquiring) where row(slot).load(CounterRow.Word.identity) >> 16 == 1
        {
            sum += row(slot).received
        }
        return sum
    }

    /// Packets dropped on ports open now and earlier, by ``DropReason`` raw value. As exact as ``totals()``.
    public func drops() -> [UInt64] {
        var sum = DropReason.allCases.map { retiredDrops[Int($0.rawValue)].load(ordering: .relaxed) }
        for slot in 0..<initialised.load(ordering: .acquiring) where row(slot).load(CounterRow.Word.identity) >> 16 == 1
        {
            for reason in sum.indices { sum[reason] &+= row(slot).load(CounterRow.Word.drops + reason) }
        }
        return sum
    }

    /// Monotonic nanoseconds of the last packet accepted on `port`; 0 for none, or for a port that was closed.
    public func lastPacket(of port: LocalPortID) -> UInt64 {
        let slot = Int(port.slot)
        guard slot < initialised.load(ordering: .acquiring),
            row(slot).load(CounterRow.Word.identity) == 1 << 16 | UInt64(port.generation)
        else { return 0 }
        return row(slot).load(CounterRow.Word.lastPacket)
    }

    /// What `port` has seen so far; `nil` when it was closed. Any thread may ask at any time.
    ///
    /// Endpoint and streams are those of one moment. The counters are read one after the other while the worker goes
    /// on counting, so they may differ by the packets of that time. Waits for nothing but the end of a change of a few
    /// words.
    public func snapshot(of port: LocalPortID) -> PortCounters? {
        let slot = Int(port.slot)
        guard slot < initialised.load(ordering: .acquiring) else { return nil }
        let row = row(slot)
        let identity = 1 << 16 | UInt64(port.generation)
        var copy = [UInt64](repeating: 0, count: CounterRow.Word.count)
        while row.load(CounterRow.Word.identity) == identity {
            let version = row.words[CounterRow.Word.version].load(ordering: .acquiring)
            guard version & 1 == 0 else { continue }
            for word in copy.indices { copy[word] = row.load(word) }
            atomicMemoryFence(ordering: .acquiring)
            guard row.load(CounterRow.Word.version) == version else { continue }
            return copy[CounterRow.Word.identity] == identity ? PortCounters(words: copy) : nil
        }
        return nil
    }
}

extension PortCounters {
    fileprivate typealias Word = CounterRow.Word

    fileprivate init(words: [UInt64]) {
        self.init()
        rtpIn = Traffic(words[Word.rtpIn..<(Word.rtpIn + 3)])
        rtpOut = Traffic(words[Word.rtpOut..<(Word.rtpOut + 3)])
        rtcpIn = Traffic(words[Word.rtcpIn..<(Word.rtcpIn + 3)])
        rtcpOut = Traffic(words[Word.rtcpOut..<(Word.rtcpOut + 3)])
        drops = Array(words[Word.drops..<(Word.drops + DropReason.allCases.count)])
        lastPacketNanoseconds = words[Word.lastPacket]
        let endpoint = words[Word.endpoint + 2]
        if endpoint >> 24 & 1 == 1 {
            self.endpoint = TransportAddress(
                endpoint >> 16 & 0xFF == UInt64(IPAddress.Family.ipv4.rawValue)
                    ? IPAddress(ipv4: UInt32(truncatingIfNeeded: words[Word.endpoint + 1]))
                    : IPAddress(ipv6High: words[Word.endpoint], low: words[Word.endpoint + 1]),
                UInt16(truncatingIfNeeded: endpoint))
        }
        isConfirmed = endpoint >> 25 & 1 == 1
        if words[Word.lastSSRC] >> 32 == 1 {
            lastSSRC = UInt32(truncatingIfNeeded: words[Word.lastSSRC])
        }
        let order = words[Word.order]
        ingress = StreamOrder(bits: UInt16(truncatingIfNeeded: order)).oldestFirst.map { entry in
            let start = Word.ingress + entry * Word.ingressWords
            return StreamStatistics(ingress: words[start..<(start + Word.ingressWords)])
        }
        egress = StreamOrder(bits: UInt16(truncatingIfNeeded: order >> 16)).oldestFirst.map { entry in
            let start = Word.egress + entry * Word.egressWords
            return StreamStatistics(egress: words[start..<(start + Word.egressWords)])
        }
    }
}

extension StreamOrder {
    fileprivate var oldestFirst: [Int] {
        (0..<min(count, StreamOrder.capacity)).reversed().map { entry(age: $0) }
    }
}

extension PortCounters.Traffic {
    fileprivate init(_ words: ArraySlice<UInt64>) {
        self.init()
        packets = words[words.startIndex]
        bytes = words[words.startIndex + 1]
        errors = words[words.startIndex + 2]
    }
}

extension StreamStatistics {
    fileprivate init(ingress words: ArraySlice<UInt64>) {
        let source = words.withUnsafeBytes { $0.loadUnaligned(as: ReceptionStatistics.self) }
        self.init(ssrc: source.ssrc)
        payloadType = source.payloadType
        packets = source.packets
        bytes = source.bytes
        lost = source.lost
        duplicates = UInt64(source.duplicates)
        reordered = UInt64(source.reordered)
        lastTimestamp = source.lastTimestamp
        extendedHighestSequenceNumber = source.extendedHighestSequenceNumber
        jitter = source.jitter
        clockRate = source.clockRate
    }

    fileprivate init(egress words: ArraySlice<UInt64>) {
        let first = words.startIndex
        self.init(ssrc: UInt32(truncatingIfNeeded: words[first]))
        payloadType = UInt8(truncatingIfNeeded: words[first] >> 32)
        packets = words[first + 1]
        bytes = words[first + 2]
        extendedHighestSequenceNumber = UInt32(truncatingIfNeeded: words[first + 3] >> 32)
        lastTimestamp = UInt32(truncatingIfNeeded: words[first + 3])
    }
}
