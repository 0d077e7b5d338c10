public import Forwarding
internal import NetTypes
internal import Quality
internal import RTP
internal import Synchronization

/// What all ports of one worker have seen. The worker's thread writes, any thread reads.
///
/// `@unchecked Sendable`: the memory is reached through a constant pointer, freed when the last reference is gone, and
/// after a row was initialised, before ``initialised`` says so, only through atomic loads and stores.
public final class PortCounterTable: @unchecked Sendable {
    let capacity: Int
    /// The row of slot 0, at the start of three blocks of memory: one for each part of the rows.
    let firstRow: CounterRow
    /// Numbers of the pools: what closed ports have seen, and sums of reported quality.
    let pools: PoolRows
    /// What ports that are closed by now have dropped, by ``DropReason`` raw value.
    private let retiredDrops: UnsafeMutablePointer<Atomic<UInt64>>
    /// Rows below are initialised. Memory of rows that no port ever had is never touched.
    private let initialised = Atomic<Int>(0)

    init(capacity: Int, pools: Int) {
        self.capacity = capacity
        self.pools = PoolRows(count: pools)
        firstRow = CounterRow(
            words: Self.memory(capacity * CounterRow.Word.secondPart),
            second: Self.memory(capacity * (CounterRow.Word.thirdPart - CounterRow.Word.secondPart)),
            third: Self.memory(capacity * (CounterRow.Word.count - CounterRow.Word.thirdPart)))
        retiredDrops = .allocate(capacity: DropReason.allCases.count)
        for reason in DropReason.allCases { (retiredDrops + Int(reason.rawValue)).initialize(to: Atomic(0)) }
    }

    deinit {
        retiredDrops.deinitialize(count: DropReason.allCases.count)
        retiredDrops.deallocate()
        for part in [firstRow.words, firstRow.second, firstRow.third] { UnsafeMutableRawPointer(part).deallocate() }
    }

    /// Memory for words, whose pages take no room before they are written to.
    private static func memory(_ count: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<UInt64>.stride, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
    }

    /// The row of an open slot.
    @inline(__always)
    func row(_ slot: Int) -> CounterRow {
        firstRow.row(after: slot)
    }

    /// Makes the rows up to `slot` usable. The worker's thread only.
    func prepare(_ slot: Int) {
        let first = initialised.load(ordering: .relaxed)
        guard slot >= first else { return }
        // The other parts are when they are touched.
        for slot in first...slot {
            for word in 0..<CounterRow.Word.secondPart { (row(slot).words + word).initialize(to: Atomic(0)) }
        }
        initialised.store(slot + 1, ordering: .releasing)
    }

    /// Keeps what the row's port has seen when its life ends. The worker's thread only.
    func retire(_ row: CounterRow) {
        pools.add(row)
        for reason in 0..<DropReason.allCases.count {
            let sum = retiredDrops[reason].load(ordering: .relaxed) &+ row.load(CounterRow.Word.drops + reason)
            retiredDrops[reason].store(sum, ordering: .relaxed)
        }
        row.retire()
    }

    /// Takes a sample of reported quality into the sums of a pool. The worker's thread only.
    func add(_ sample: QualitySample, measuredJitterMicroseconds jitter: UInt64, toPool pool: Int) {
        pools.add(sample, measuredJitterMicroseconds: jitter, toPool: pool)
    }

    /// Everything received on ports open now and earlier. A port that closes meanwhile may count twice or not at all
    /// in this one reading.
    public func totals() -> PortCounters.Traffic {
        var sum = (0..<pools.count).reduce(into: PortCounters.Traffic()) { $0 += pools.statistics(of: $1).ingress }
        for slot in 0..<initialised.load(ordering: .acquiring) where row(slot).isInUse { sum += row(slot).received }
        return sum
    }

    /// What ports of a pool have seen, open now and earlier. As exact as ``totals()``.
    public func statistics(ofPool pool: Int) -> PoolStatistics {
        guard pool >= 0, pool < pools.count else { return PoolStatistics() }
        var sum = pools.statistics(of: pool)
        for slot in 0..<initialised.load(ordering: .acquiring) where row(slot).isInUse && row(slot).pool == pool {
            sum += PoolStatistics(row(slot))
        }
        return sum
    }

    /// Packets dropped on ports open now and earlier, by ``DropReason`` raw value. As exact as ``totals()``.
    public func drops() -> [UInt64] {
        var sum = DropReason.allCases.map { retiredDrops[Int($0.rawValue)].load(ordering: .relaxed) }
        // On most ports nothing was ever dropped, and every drop is an error of some traffic, received or sent.
        for slot in 0..<initialised.load(ordering: .acquiring)
        where row(slot).isInUse && row(slot).received.errors &+ row(slot).sent.errors > 0 {
            for reason in sum.indices { sum[reason] &+= row(slot).load(CounterRow.Word.drops + reason) }
        }
        return sum
    }

    /// Monotonic nanoseconds of the last packet accepted on `port`; 0 for none, or for a port that was closed.
    public func lastPacket(of port: LocalPortID) -> UInt64 {
        let slot = Int(port.slot)
        guard slot < initialised.load(ordering: .acquiring), row(slot).isOwned(by: port.generation) else { return 0 }
        return row(slot).load(CounterRow.Word.lastPacket)
    }

    /// Adds what has come to `port`; nothing for a port that was closed. As exact as ``totals()``.
    public func add(_ port: LocalPortID, to sum: inout PortArrivals) {
        let slot = Int(port.slot)
        guard slot < initialised.load(ordering: .acquiring), row(slot).isOwned(by: port.generation) else { return }
        let row = row(slot)
        sum.traffic += row.received
        sum.sendErrors &+= row.sent.errors
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: row.load(CounterRow.Word.order)))
        for age in 0..<min(order.count, StreamOrder.capacity) {
            let source = row.statistics(at: CounterRow.Word.ingress(order.entry(age: age)))
            sum.addStream(
                packets: source.packets, duplicates: UInt64(source.duplicates), lost: source.lost,
                jitter: source.jitter, clockRate: source.clockRate)
        }
    }

    /// What `port` has seen so far; `nil` when it was closed. Any thread may ask at any time.
    ///
    /// Endpoint and streams are those of one moment. The counters are read one after the other while the worker goes
    /// on counting, so they may differ by the packets of that time. Waits for nothing but the end of a change of a few
    /// words.
    public func snapshot(of port: LocalPortID) -> PortCounters? {
        var copy: [UInt64] = []
        return snapshot(of: port, through: &copy)
    }

    /// The same for one of several ports, whose rows are copied to the same memory: `copy` is empty at first.
    public func snapshot(of port: LocalPortID, through copy: inout [UInt64]) -> PortCounters? {
        let slot = Int(port.slot)
        guard slot < initialised.load(ordering: .acquiring) else { return nil }
        let row = row(slot)
        if copy.isEmpty { copy = [UInt64](repeating: 0, count: CounterRow.Word.count) }
        while row.isOwned(by: port.generation) {
            let version = row.words[CounterRow.Word.version].load(ordering: .acquiring)
            guard version & 1 == 0 else { continue }
            row.read(into: &copy)
            atomicMemoryFence(ordering: .acquiring)
            guard row.load(CounterRow.Word.version) == version else { continue }
            let isSame = copy[CounterRow.Word.identity] & 0x1_FFFF == 1 << 16 | UInt64(port.generation)
            return isSame ? PortCounters(words: copy) : nil
        }
        return nil
    }
}
