internal import Forwarding
internal import NetTypes
internal import RTP

/// Media that changes its format on the way: handed to another thread, and taken back.
extension PacketPath {
    /// What becomes of a packet that does not simply go on.
    enum Diversion {
        /// It goes on all the same.
        case none
        /// Another thread has it.
        case handedOver
        case dropped(DropReason)
    }

    /// For a port whose packets do not all go on as they are.
    @inline(never)
    func divert(
        _ packet: inout ArrivedPacket, on port: UnsafeMutablePointer<PortSlot>, slot: Int, now: UInt64
    ) -> Diversion {
        if keepsBack(&packet, on: port, slot: slot) { return .dropped(.blocked) }
        guard let seat = conversion(of: slot), packet.kind == .rtp else { return .none }
        return handOver(packet, seat, port, now: now)
    }

    /// All packets of a stream take the same way once the first of them had to be converted, so that they keep their
    /// order and share their numbers.
    private func handOver(
        _ packet: ArrivedPacket, _ seat: UnsafeMutablePointer<ConversionSeat>, _ port: UnsafeMutablePointer<PortSlot>,
        now: UInt64
    ) -> Diversion {
        let header = packet.header
        if let place = seat.pointee.place(of: header.ssrc) {
            seat.pointee.streams[place].lastUse = max(1, now)
        } else {
            guard seat.pointee.payloadTypes.contains(header.payloadType) else { return .none }
            seat.pointee.enter(header.ssrc, now: now)
        }
        guard seat.pointee.isAnnounced || announce(seat) else { return .dropped(.transcoderBusy) }
        var item = ConversionHeader(.packet, seat.pointee.port)
        item.nanoseconds = now
        if let leg = port.pointee.leg, leg.pointee.isEncrypted, let owner = owner(of: leg) {
            item.keyNumber = owner.pointee.receivingKey
        }
        let bytes = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)
        return lanes[seat.pointee.lane].append(item, bytes) ? .handedOver : .dropped(.transcoderBusy)
    }

    /// Takes over what a plan says of conversions.
    mutating func setConversions(_ plan: ForwardingPlan, of port: UnsafeMutablePointer<PortSlot>) {
        guard !plan.conversions.isEmpty || port.pointee.isConverted else { return }
        let set = ConversionSet(plan)
        if let seat = conversion(of: Int(plan.port.slot)) {
            guard seat.pointee.set != set else { return }
            seat.pointee.set = set
            seat.pointee.payloadTypes = set.payloadTypes
            seat.pointee.isAnnounced = false
            _ = announce(seat)
            return
        }
        let seat = UnsafeMutablePointer<ConversionSeat>.allocate(capacity: 1)
        let disguise = UInt32.random(in: 1 ... .max, using: &generator)
        let lane = Int(plan.port.slot) % laneCount
        seat.initialize(to: ConversionSeat(plan.port, lane: lane, disguise: disguise, set))
        seats[Int(plan.port.slot)] = seat
        port.pointee.isConverted = true
        conversionCount += 1
        _ = announce(seat)
        // Whether ciphertext may pass through is to be asked again.
        port.pointee.leg?.pointee.rtpComparison = Leg.Comparison()
        port.pointee.leg?.pointee.rtcpComparison = Leg.Comparison()
    }

    /// Ends what the port in `slot` has for conversions.
    mutating func releaseConversions(_ slot: Int) {
        guard let seat = conversion(of: slot) else { return }
        orders.append(ConversionOrder(seat.pointee.port, nil))
        slots[slot].isConverted = false
        seat.deinitialize(count: 1).deallocate()
        conversionCount -= 1
    }

    /// Tells the thread of the port's plan; false when that has to be tried again.
    @inline(never)
    private func announce(_ seat: UnsafeMutablePointer<ConversionSeat>) -> Bool {
        guard lanes[seat.pointee.lane].append(ConversionOrder(seat.pointee.port, seat.pointee.set)) else {
            return false
        }
        seat.pointee.isAnnounced = true
        return true
    }

    /// Lets the threads see what was handed over. To be called before each wait. Calls `body` with the index of each ring
    /// that has something new.
    public mutating func publishConversions(_ body: (Int) -> Void) {
        guard conversionCount > 0 || !orders.isEmpty else { return }
        while let order = orders.first, lanes[Int(order.port.slot) % laneCount].append(order) {
            orders.removeFirst()
        }
        for lane in 0..<laneCount where lanes[lane].publish() { body(lane) }
    }

    /// Forwards what comes back from a thread, at most `limit` packets. What belongs to a port that was closed is
    /// dropped. True when there may be more, for which there is no room now.
    public mutating func takeConverted(
        from ring: ConversionRing, limit: Int, now: UInt64, into output: inout TransmissionList
    ) -> Bool {
        for _ in 0..<limit {
            guard let item = ring.first else { return false }
            // Several sinks may want a packet each.
            guard output.count &+ PortSlot.inlineSinks <= output.capacity else { return true }
            guard isOpen(item.header.port) else {
                ring.removeFirst()
                continue
            }
            let slot = Int(item.header.port.slot)
            if item.header.kind == .refusal {
                row(slot).drop(item.header.reason, traffic: Traffic.received(isRTCP: false), now: now)
            } else {
                guard scratch.pointee.hasRoom(for: 2 + PortSlot.inlineSinks) else { return true }
                forwardConverted(item, slot, now: now, into: &output)
            }
            ring.removeFirst()
        }
        return true
    }

    private mutating func forwardConverted(
        _ item: ConversionItem, _ slot: Int, now: UInt64, into output: inout TransmissionList
    ) {
        let bytes = UnsafeRawBufferPointer(item.bytes)
        guard bytes.count <= ScratchRing.bufferCount, let header = RTPHeader(bytes),
            let buffer = scratch.pointee.take(),
            let start = buffer.baseAddress
        else { return }
        observer.pointee.now = now
        buffer.copyMemory(from: bytes)
        let port = slots + slot
        var outgoing = header
        if let seat = conversion(of: slot) {
            note(header, bytes.count, item.header, seat)
            if sharesKey(item.header.keyNumber, port) {
                outgoing.ssrc = header.ssrc ^ seat.pointee.disguise
                for index in 0..<4 {
                    buffer[8 + index] = UInt8(truncatingIfNeeded: outgoing.ssrc >> UInt32(24 - index * 8))
                }
            }
        }
        let packet = ArrivedPacket(
            bytes: start, count: bytes.count, room: buffer.count, kind: .rtp, header: outgoing)
        forward(
            packet, from: port, row(slot), traffic: Traffic.received(isRTCP: false), now: now, into: &output)
    }

    /// Keeps what reports on the outgoing stream have to say.
    private func note(
        _ header: RTPHeader, _ count: Int, _ item: ConversionHeader, _ seat: UnsafeMutablePointer<ConversionSeat>
    ) {
        guard let place = seat.pointee.place(of: header.ssrc) else { return }
        seat.pointee.streams[place].packets &+= 1
        seat.pointee.streams[place].octets &+= UInt32(truncatingIfNeeded: count &- header.payloadOffset)
        guard item.sourceClockRate > 0 else { return }
        seat.pointee.streams[place].sourceTimestamp = item.sourceTimestamp
        seat.pointee.streams[place].outgoingTimestamp = item.outgoingTimestamp
        seat.pointee.streams[place].sourceClockRate = item.sourceClockRate
        seat.pointee.streams[place].outgoingClockRate = item.outgoingClockRate
    }

    /// Whether what leaves is protected with the key that it came with, or that its source has now.
    private func sharesKey(_ keyNumber: UInt64, _ port: UnsafeMutablePointer<PortSlot>) -> Bool {
        let present = port.pointee.leg.flatMap { owner(of: $0)?.pointee.receivingKey } ?? 0
        guard keyNumber != 0 || present != 0 else { return false }
        for index in 0..<port.pointee.sinkCount {
            let sink = port.pointee.sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)),
                let leg = slots[Int(sink.slot)].leg, leg.pointee.isEncrypted, let owner = owner(of: leg)
            else { continue }
            let key = owner.pointee.sendingKey
            if key != 0, key == keyNumber || key == present { return true }
        }
        return false
    }
}
