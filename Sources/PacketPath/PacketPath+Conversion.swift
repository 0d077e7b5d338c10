internal import Forwarding
internal import NetTypes
internal import RTP

/// Media that changes its format on the way: handed to another thread, and taken back.
extension PacketPath {
    /// For a port whose packets do not all go on as they are: false when this one does not, which is counted then.
    @inline(never)
    func letsPass(
        _ packet: inout ArrivedPacket, on port: UnsafeMutablePointer<PortSlot>, slot: Int, _ row: CounterRow,
        traffic: Int, now: UInt64
    ) -> Bool {
        if keepsBack(&packet, on: port, slot: slot) {
            row.drop(.blocked, traffic: traffic, now: now)
            return false
        }
        guard let seat = conversion(of: slot), packet.kind == .rtp, isConverted(packet.header, seat, now: now) else {
            return true
        }
        if !handOver(packet, seat, now: now) { row.drop(.transcoderBusy, traffic: traffic, now: now) }
        return false
    }

    /// All packets of a stream take the same way once the first of them had to be converted, so that they keep their
    /// order and share their numbers.
    private func isConverted(
        _ header: RTPHeader, _ seat: UnsafeMutablePointer<ConversionSeat>, now: UInt64
    ) -> Bool {
        if let place = seat.pointee.place(of: header.ssrc) {
            seat.pointee.streams[place].lastUse = max(1, now)
            return true
        }
        guard seat.pointee.payloadTypes.contains(header.payloadType) else { return false }
        seat.pointee.enter(header.ssrc, now: now)
        return true
    }

    /// False when the thread does not get the packet.
    private func handOver(
        _ packet: ArrivedPacket, _ seat: UnsafeMutablePointer<ConversionSeat>, now: UInt64
    ) -> Bool {
        let header = packet.header
        let bytes = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)
        let payload = UnsafeRawBufferPointer(rebasing: bytes[min(header.payloadOffset, bytes.count)...])
        guard seat.pointee.isAnnounced,
            seat.pointee.allowance.take(payload, payloadType: header.payloadType, now: now)
        else { return false }
        var item = ConversionHeader(.packet, seat.pointee.port)
        item.nanoseconds = now
        return lanes[seat.pointee.lane].append(item, bytes)
    }

    /// Takes over what a plan says of conversions.
    mutating func setConversions(_ plan: ForwardingPlan, of port: UnsafeMutablePointer<PortSlot>, now: UInt64) {
        guard !plan.conversions.isEmpty || port.pointee.isConverted else { return }
        let set = ConversionSet(plan)
        if let seat = conversion(of: Int(plan.port.slot)) {
            guard seat.pointee.set != set else { return }
            seat.pointee.update(set)
            return announce(seat)
        }
        let seat = UnsafeMutablePointer<ConversionSeat>.allocate(capacity: 1)
        let disguise = UInt32.random(in: 1 ... .max, using: &generator)
        let lane = quietestLane(for: plan.port)
        seat.initialize(to: ConversionSeat(plan.port, lane: lane, disguise: disguise, set, now: now))
        seats[Int(plan.port.slot)] = seat
        port.pointee.isConverted = true
        conversionCount += 1
        laneLoads[lane] += 1
        announce(seat)
        // Whether ciphertext may pass through is to be asked again.
        port.pointee.leg?.pointee.rtpComparison = Leg.Comparison()
        port.pointee.leg?.pointee.rtcpComparison = Leg.Comparison()
    }

    /// The thread that has the fewest ports of this worker. The search begins with another one for each round of ports, so
    /// that not all that is encoded for the callers' side meets in one thread, and for each worker.
    private func quietestLane(for port: LocalPortID) -> Int {
        let first = (Int(port.worker) + conversionCount / laneCount) % laneCount
        var quietest = first
        for offset in 1..<max(2, laneCount) {
            let lane = (first + offset) % laneCount
            if laneLoads[lane] < laneLoads[quietest] { quietest = lane }
        }
        return quietest
    }

    /// Ends what the port in `slot` has for conversions.
    mutating func releaseConversions(_ slot: Int) {
        guard let seat = conversion(of: slot) else { return }
        let lane = seat.pointee.lane
        orders.append(PendingOrder(port: seat.pointee.port, lane: lane, isLast: true))
        slots[slot].isConverted = false
        seat.deinitialize(count: 1).deallocate()
        conversionCount -= 1
        laneLoads[lane] -= 1
    }

    /// Tells the thread of the port's plan, now or as soon as there is room: until then the port's packets are dropped.
    private mutating func announce(_ seat: UnsafeMutablePointer<ConversionSeat>) {
        let order = PendingOrder(port: seat.pointee.port, lane: seat.pointee.lane)
        if !hand(order) { orders.append(order) }
    }

    /// False when there is no room for `order` now.
    private func hand(_ order: PendingOrder) -> Bool {
        if order.isLast { return lanes[order.lane].append(ConversionOrder(order.port, nil)) }
        guard isOpen(order.port), let seat = conversion(of: Int(order.port.slot)), !seat.pointee.isAnnounced else {
            return true
        }
        seat.pointee.isAnnounced = lanes[order.lane].append(ConversionOrder(order.port, seat.pointee.set))
        return seat.pointee.isAnnounced
    }

    /// Lets the threads see what was handed over. To be called before each wait. Calls `body` with the index of each ring
    /// that has something new.
    public mutating func publishConversions(_ body: (Int) -> Void) {
        guard conversionCount > 0 || !orders.isEmpty else { return }
        if !orders.isEmpty { handOrders() }
        for lane in 0..<laneCount where lanes[lane].ring.publish() { body(lane) }
    }

    /// Those of a thread whose ring is full hold up nobody else's.
    @inline(never)
    private mutating func handOrders() {
        var waiting: [PendingOrder] = []
        for order in orders where !hand(order) { waiting.append(order) }
        orders = waiting
    }

    /// Forwards what comes back from a thread, at most `limit` packets. What belongs to a port that was closed is
    /// dropped. True when there may be more, for which there is no room now.
    public mutating func takeConverted(
        from ring: ConversionRing, limit: Int, now: UInt64, into output: inout TransmissionList
    ) -> Bool {
        for _ in 0..<limit {
            guard let item = ring.first else { return false }
            guard isOpen(item.header.port) else {
                ring.removeFirst()
                continue
            }
            let slot = Int(item.header.port.slot)
            // Each sink may want a packet of its own. For more sinks than there is ever room for, all the room has to do.
            let copies = slots[slot].sinkCount
            guard output.count == 0 || output.count &+ copies <= output.capacity else { return true }
            if item.header.kind == .refusal {
                row(slot).drop(item.header.reason, traffic: Traffic.received(isRTCP: false), now: now)
            } else {
                guard scratch.pointee.isUnused || scratch.pointee.hasRoom(for: 1 + copies) else { return true }
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
        let port = slots + slot
        let traffic = Traffic.received(isRTCP: false)
        // Since it was handed over the port may have been blocked.
        guard !port.pointee.isBlocked else { return row(slot).drop(.blocked, traffic: traffic, now: now) }
        guard bytes.count <= ScratchRing.bufferCount, let header = RTPHeader(bytes),
            let buffer = scratch.pointee.take(), let start = buffer.baseAddress
        else { return row(slot).drop(.sendFailed, traffic: traffic, now: now) }
        observer.pointee.now = now
        buffer.copyMemory(from: bytes)
        var outgoing = header
        if let seat = conversion(of: slot) {
            note(header, bytes.count, item.header, seat)
            if isDisguised(seat, port) {
                outgoing.ssrc = header.ssrc ^ seat.pointee.disguise
                Self.disguise(start + 8, by: seat.pointee.disguise)
            }
        }
        let packet = ArrivedPacket(
            bytes: start, count: bytes.count, room: buffer.count, kind: .rtp, header: outgoing)
        forward(packet, from: port, row(slot), traffic: traffic, now: now, into: &output)
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

    /// Whether what is converted leaves under an SSRC of the relay's own: from the first packet on for which a sink has
    /// keys that come from signalling. Those of a handshake are nobody else's.
    func isDisguised(_ seat: UnsafeMutablePointer<ConversionSeat>, _ port: UnsafeMutablePointer<PortSlot>) -> Bool {
        if seat.pointee.isDisguised { return true }
        for index in 0..<port.pointee.sinkCount {
            let sink = port.pointee.sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)),
                let leg = slots[Int(sink.slot)].leg, leg.pointee.isEncrypted, let owner = owner(of: leg),
                !owner.pointee.isPending, !owner.pointee.hasAssociation
            else { continue }
            seat.pointee.isDisguised = true
            return true
        }
        return false
    }
}

/// What the thread of a port has still to be told.
struct PendingOrder {
    let port: LocalPortID
    let lane: Int
    /// The port was closed; else the order is what its seat says.
    var isLast = false
}
