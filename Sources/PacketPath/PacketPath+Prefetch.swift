internal import CPrefetch

/// With many ports, what a packet costs here is mostly waiting for memory: its port was last used some milliseconds and
/// megabytes ago. A worker that has a batch in hand has the memory of later packets fetched while it handles this one.
extension PacketPath {
    /// Has the memory fetched that a datagram on `slot` needs first. To be called some packets ahead.
    @inline(__always)
    public func prefetchArrival(on slot: UInt32) {
        let index = Int(slot)
        guard index < initialised else { return }
        prefetch_bytes(slots + index, MemoryLayout<PortSlot>.size)
        prefetch_bytes(sinkCells + index &* PortSlot.inlineSinks, MemoryLayout<ResolvedSink>.stride)
        prefetch_bytes(clocks + index, MemoryLayout<ClockTable>.size)
        let row = row(index)
        prefetch_bytes(row.words, Self.countersSize)
        prefetch_bytes(row.words + CounterRow.Word.firstIngress, CounterRow.Word.ingressWords &* 8)
    }

    /// Has the memory fetched that sending the datagram on `slot` needs. To be called some packets ahead, but after
    /// ``prefetchArrival(on:)``, whose memory it reads.
    @inline(__always)
    public func prefetchDeparture(on slot: UInt32) {
        let index = Int(slot)
        guard index < initialised, slots[index].sinkCount > 0 else { return }
        if let leg = slots[index].leg { prefetch_bytes(leg, Self.legSize) }
        let sink = Int(slots[index].sinks[0].slot)
        guard sink < initialised else { return }
        prefetch_bytes(slots + sink, MemoryLayout<PortSlot>.size)
        let row = row(sink)
        prefetch_bytes(row.words, Self.countersSize)
        prefetch_bytes(row.words + CounterRow.Word.firstEgress, CounterRow.Word.egressWords &* 8)
    }

    /// Bytes of a row up to what only drops and reports touch.
    private static var countersSize: Int { CounterRow.Word.drops &* 8 }
    /// Bytes of a leg up to its handshake.
    private static var legSize: Int { 192 }
}
