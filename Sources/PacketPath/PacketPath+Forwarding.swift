internal import Forwarding
internal import NetTypes
internal import RTP

extension PacketPath {
    /// Last stage: every sink that takes packets of this kind gets the same bytes.
    @inline(__always)
    func forward(
        _ packet: ArrivedPacket, from port: UnsafeMutablePointer<PortSlot>, _ row: CounterRow, traffic: Int,
        into output: inout TransmissionList
    ) {
        var failure: DropReason? = .noSink
        let sinks = port.pointee.sinks
        for index in 0..<port.pointee.sinkCount
        where sinks[index].takes(isRTCP: packet.isRTCP, payloadType: packet.header.payloadType) {
            let sent = send(packet, through: sinks[index], into: &output)
            failure = sent || failure == nil ? nil : .noDestination
        }
        if let failure { row.drop(failure, traffic: traffic) }
    }

    /// False when the port of `sink` is gone or has nowhere to send to.
    @inline(__always)
    private func send(_ packet: ArrivedPacket, through sink: ResolvedSink, into output: inout TransmissionList) -> Bool
    {
        let slot = Int(sink.slot)
        guard slot < initialised else { return false }
        let port = slots + slot
        guard port.pointee.generation == sink.generation, let destination = port.pointee.endpoint else { return false }
        let row = row(slot)
        let traffic = Traffic.sent(isRTCP: packet.isRTCP)
        let transmission = Transmission(
            slot: sink.slot, generation: sink.generation, destination: destination, bytes: packet.bytes,
            count: Int32(truncatingIfNeeded: packet.count), isRTCP: packet.isRTCP)
        guard output.append(transmission) else {
            row.drop(.sendFailed, traffic: traffic)
            return true
        }
        row.add(1, traffic)
        row.add(UInt64(truncatingIfNeeded: packet.count), traffic &+ 1)
        if packet.kind == .rtp {
            row.countEgress(packet.header, byteCount: packet.count)
        }
        return true
    }

    /// The kernel refused `transmission`: takes it back from what was sent and counts an error of the sending port.
    /// The bytes are not looked at, so the numbers of the RTP stream keep it. Without effect when the port was closed.
    public mutating func transmissionFailed(_ transmission: Transmission) {
        let slot = Int(transmission.slot)
        guard !transmission.isControl, slot < initialised, slots[slot].state != .closed,
            slots[slot].generation == transmission.generation
        else { return }
        let row = row(slot)
        let traffic = Traffic.sent(isRTCP: transmission.isRTCP)
        row.add(0 &- 1, traffic)
        row.add(0 &- UInt64(truncatingIfNeeded: Int64(transmission.count)), traffic + 1)
        row.drop(.sendFailed, traffic: traffic)
    }
}
