internal import CPrefetch
internal import SRTP

/// With many ports, what a packet costs here is mostly waiting for memory: its port was last used some milliseconds and
/// megabytes ago. A worker that has a batch in hand has the memory of later packets fetched while it handles this one.
extension PacketPath {
    /// Has the memory fetched that a datagram on `slot` needs first. To be called some packets ahead.
    @inline(__always)
    public func prefetchArrival(on slot: UInt32) {
        let index = Int(slot)
        guard index < initialised else { return }
        prefetch_bytes(slots + index, PortSlot.arrivalLength)
        prefetch_bytes(sinkCells + index &* PortSlot.inlineSinks, MemoryLayout<ResolvedSink>.stride)
        prefetch_bytes(clocks + index, Self.clocksSize)
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
        prefetch_bytes(slots + sink, PortSlot.departureLength)
        let row = row(sink)
        prefetch_bytes(row.words, Self.countersSize)
        prefetch_bytes(row.words + CounterRow.Word.firstEgress, CounterRow.Word.egressWords &* 8)
    }

    /// Some ports have checks or encryption.
    @inline(__always)
    public var hasLegs: Bool { legCount > 0 }

    /// Has the keys fetched with which the datagram on `slot` is decrypted, and the leg that encrypts it. To be called
    /// after ``prefetchDeparture(on:)``, whose memory it reads.
    @inline(__always)
    public func prefetchKeys(on slot: UInt32) {
        let index = Int(slot)
        guard index < initialised, slots[index].sinkCount > 0 else { return }
        if let leg = slots[index].leg, let receiver = leg.pointee.receiver, let memory = leg.pointee.receiverMemory {
            prefetch_bytes(
                UnsafeRawPointer(receiver) + ContextMemory.contextOffset,
                MemoryLayout<SRTPReceiver>.size &- ContextMemory.contextOffset)
            prefetch(memory)
        }
        let sink = Int(slots[index].sinks[0].slot)
        guard sink < initialised, let leg = slots[sink].leg else { return }
        prefetch_bytes(leg, Self.legSize)
    }

    /// Has the keys fetched with which the datagram on `slot` is encrypted. To be called after ``prefetchKeys(on:)``,
    /// whose memory it reads.
    @inline(__always)
    public func prefetchSealing(on slot: UInt32) {
        let index = Int(slot)
        guard index < initialised, slots[index].sinkCount > 0 else { return }
        let sink = Int(slots[index].sinks[0].slot)
        guard sink < initialised, let leg = slots[sink].leg, let sender = leg.pointee.sender,
            let memory = leg.pointee.senderMemory
        else { return }
        prefetch_bytes(
            UnsafeRawPointer(sender) + ContextMemory.contextOffset,
            MemoryLayout<SRTPSender>.size &- ContextMemory.contextOffset)
        prefetch(memory)
    }

    @inline(__always)
    private func prefetch(_ memory: ContextMemory) {
        prefetch_bytes(memory.keys, ContextMemory.keysLength)
        prefetch_bytes(memory.stream, ContextMemory.streamLength)
    }

    /// Bytes of a row up to what only RTCP, drops and reports touch.
    private static var countersSize: Int { 16 &* 8 }
    /// Bytes of a table of clocks up to what only a port with many codecs touches.
    private static var clocksSize: Int { 192 }
    /// Bytes of a leg that packets of media touch.
    private static var legSize: Int { 128 }
}
