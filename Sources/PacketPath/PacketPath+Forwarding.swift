internal import Forwarding
public import NetTypes
internal import RTP

extension PacketPath {
    /// Last stage: every sink that takes packets of this kind gets the packet.
    @inline(__always)
    func forward(
        _ packet: ArrivedPacket, from port: UnsafeMutablePointer<PortSlot>, _ row: CounterRow, traffic: Int,
        now: UInt64, into output: inout TransmissionList
    ) {
        var failure: DropReason? = .noSink
        let sinks = port.pointee.sinks
        let inPlace = !port.pointee.sharesPackets
        for index in 0..<port.pointee.sinkCount
        where sinks[index].takes(isRTCP: packet.isRTCP, payloadType: packet.header.payloadType) {
            let result =
                sinks[index].hasElement && packet.kind == .rtp && !packet.isProtected
                ? send(packet, adding: index, of: port, now: now, into: &output)
                : send(packet, through: sinks[index], inPlace: inPlace, now: now, into: &output)
            failure = result == nil || failure == nil ? nil : result
        }
        if let failure { row.drop(failure, traffic: traffic, now: now) }
    }

    /// As ``send(_:through:inPlace:now:into:)``, with the element of the sink at `index`.
    @inline(never)
    private func send(
        _ packet: ArrivedPacket, adding index: Int, of port: UnsafeMutablePointer<PortSlot>, now: UInt64,
        into output: inout TransmissionList
    ) -> DropReason? {
        var packet = packet
        guard let elements = port.pointee.elements, add(elements[index], to: &packet) else { return .sendFailed }
        return send(packet, through: port.pointee.sinks[index], inPlace: true, now: now, into: &output)
    }

    /// The reason when the port of `sink` is gone, has nowhere to send to, or cannot encrypt.
    @inline(__always)
    private func send(
        _ packet: ArrivedPacket, through sink: ResolvedSink, inPlace: Bool, now: UInt64,
        into output: inout TransmissionList
    ) -> DropReason? {
        let slot = Int(sink.slot)
        guard slot < initialised else { return .noDestination }
        let port = slots + slot
        guard port.pointee.generation == sink.generation, let destination = port.pointee.endpoint else {
            return .noDestination
        }
        if port.pointee.leadsBack, circulates(packet, through: slot, now: now) { return .looped }
        if let leg = port.pointee.leg {
            return sendSecured(
                packet.bytes, count: packet.count, room: packet.room, packet.kind, isProtected: packet.isProtected,
                keyNumber: packet.keyNumber, index: packet.index, through: port, leg, inPlace: inPlace,
                into: &output)
        }
        if port.pointee.isTapped {
            tapDeparture(
                UnsafeRawBufferPointer(start: packet.bytes, count: packet.count), port, slot,
                points: [.wireOut, .clearOut], to: destination)
        }
        let row = row(slot)
        let traffic = Traffic.sent(isRTCP: packet.isRTCP)
        let transmission = Transmission(
            slot: sink.slot, generation: sink.generation, destination: destination,
            bytes: UnsafeRawPointer(packet.bytes),
            count: Int32(truncatingIfNeeded: packet.count), isRTCP: packet.isRTCP)
        guard output.append(transmission) else {
            row.drop(.sendFailed, traffic: traffic, now: now)
            return nil
        }
        row.add(1, traffic)
        row.add(UInt64(truncatingIfNeeded: packet.count), traffic &+ 1)
        if packet.kind == .rtp {
            row.countEgress(packet.header, byteCount: packet.count)
        }
        return nil
    }

    /// The kernel refused `transmission`: takes it back from what was sent and counts an error of the sending port.
    /// The bytes are not looked at, so the numbers of the RTP stream keep it. Without effect when the port was closed.
    ///
    /// - Parameter error: the kernel's `errno`; 0 when the packet did not come that far.
    public mutating func transmissionFailed(_ transmission: Transmission, error: Int32 = 0, now: UInt64 = 0) {
        let slot = Int(transmission.slot)
        guard slot < initialised, slots[slot].state != .closed, slots[slot].generation == transmission.generation
        else { return }
        let row = row(slot)
        if error != 0 { row.noteSocketError(error, isReceived: false, now: now) }
        guard !transmission.isControl else { return }
        let traffic = Traffic.sent(isRTCP: transmission.isRTCP)
        row.add(0 &- 1, traffic)
        row.add(0 &- UInt64(truncatingIfNeeded: Int64(transmission.count)), traffic + 1)
        row.drop(.sendFailed, traffic: traffic, now: now == 0 ? observer.pointee.now : now)
    }

    /// The kernel reported `error` in place of a packet received on `slot`, such as an ICMP message that came back.
    ///
    /// It is counted and nothing else: anybody can forge one.
    ///
    /// - Parameter destination: where the packet went that the message is about; `nil` when that is not known.
    public mutating func receptionFailed(
        slot: UInt32, generation: UInt16, error: Int32, destination: TransportAddress? = nil, now: UInt64
    ) {
        let slot = Int(slot)
        guard slot < initialised, slots[slot].state != .closed, slots[slot].generation == generation else { return }
        row(slot).noteSocketError(error, isReceived: true, now: now)
        guard let destination else { return }
        // With several local addresses the packets for one port may leave through another.
        if destination == slots[slot].endpoint { row(slot).noteUnreachable(now: now) }
    }
}
