public import Forwarding
internal import NetTypes

extension PacketPath {
    /// Swaps in a new plan. One for an earlier owner of the slot is ignored.
    ///
    /// The first plan of a port always tells its TOS byte, since the path does not know what the socket was bound with.
    public mutating func install(_ plan: ForwardingPlan, now: UInt64) -> PlanEffect {
        guard isOpen(plan.port) else { return .stale }
        let slot = Int(plan.port.slot)
        let port = slots + slot
        let newTOS = port.pointee.state == .waiting || port.pointee.tos != plan.tos ? plan.tos : nil
        let endpointBefore = port.pointee.endpoint
        observer.pointee.now = now
        let passages = passages(through: slot)
        port.pointee.filter.update(plan, now: now)
        updateLeg(plan, now: now)
        port.pointee.carries = plan.carries
        port.pointee.isBlocked = plan.isBlocked
        setSuppression(plan, of: port)
        setConversions(plan, of: port, now: now)
        port.pointee.tos = plan.tos
        port.pointee.companion = plan.companion.map { Leg.Key(slot: $0.slot, generation: $0.generation) }
        port.pointee.state = .planned
        clocks[slot] = ClockTable(plan)
        setSinks(plan)
        endPassages(passages, through: slot)
        if port.pointee.endpoint != endpointBefore {
            row(slot).note(.endpointSet, UInt64(port.pointee.endpoint?.port ?? 0), now: now)
        }
        let filter = port.pointee.filter
        // With ICE there is no other endpoint than those that checks have shown.
        let isChecked = port.pointee.leg?.pointee.agent != nil && port.pointee.endpoint != nil
        row(slot).publish(
            port.pointee.endpoint, isConfirmed: port.pointee.isConfirmed,
            learnedEpoch: isChecked ? filter.epoch : filter.learnedEpoch, now: now)
        note(.planned, of: port, slot, port.pointee.endpoint)
        return PlanEffect(
            isStale: false, newTOS: newTOS, endpointChanged: port.pointee.endpoint != endpointBefore,
            endpoint: port.pointee.endpoint)
    }

    /// Sinks of another worker, or of a slot that does not exist, lead nowhere and are left out.
    private func setSinks(_ plan: ForwardingPlan) {
        let slot = Int(plan.port.slot)
        releaseSinks(slot)
        if plan.sinks.count > PortSlot.inlineSinks {
            slots[slot].sinks = .allocate(capacity: plan.sinks.count)
            slots[slot].hasOwnSinks = true
        }
        if plan.sinks.contains(where: { $0.element != nil }) {
            slots[slot].elements = .allocate(capacity: plan.sinks.count)
        }
        for sink in plan.sinks where sink.port.worker == plan.port.worker && Int(sink.port.slot) < capacity {
            slots[slot].sinks[slots[slot].sinkCount] = ResolvedSink(
                slot: sink.port.slot, generation: sink.port.generation, traffic: sink.traffic,
                hasElement: sink.element != nil, payloadTypes: sink.payloadTypes)
            if let element = sink.element {
                slots[slot].elements?.advanced(by: slots[slot].sinkCount).initialize(to: element)
            }
            slots[slot].sinkCount += 1
        }
        slots[slot].sharesPackets = hasOverlappingSinks(slot)
        slots[slot].soleRTPSink = soleSink(slot) { $0 != .rtcp }
        slots[slot].soleRTCPSink = soleSink(slot) { $0 != .rtp }
    }

    /// Index of the only sink whose kind of traffic `takes` wants; -1 for none or several.
    private func soleSink(_ slot: Int, _ takes: (Sink.Traffic) -> Bool) -> Int32 {
        var found: Int32 = -1
        for index in 0..<slots[slot].sinkCount where takes(slots[slot].sinks[index].traffic) {
            if found >= 0 { return -1 }
            found = Int32(truncatingIfNeeded: index)
        }
        return found
    }

    /// Whether some packet may leave through two sinks. Of more than a few that is taken for granted.
    private func hasOverlappingSinks(_ slot: Int) -> Bool {
        let count = slots[slot].sinkCount
        guard count <= PortSlot.inlineSinks else { return true }
        let sinks = slots[slot].sinks
        for first in 0..<count {
            for second in 0..<first where sinks[first].overlaps(sinks[second]) { return true }
        }
        return false
    }
}
