public import Forwarding

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
        port.pointee.filter.update(plan, now: now)
        port.pointee.endpoint = port.pointee.filter.endpoint
        port.pointee.carries = plan.carries
        port.pointee.isBlocked = plan.isBlocked
        port.pointee.tos = plan.tos
        port.pointee.state = .planned
        clocks[slot] = ClockTable(plan)
        setSinks(plan)
        row(slot).publish(port.pointee.endpoint, isConfirmed: port.pointee.filter.isConfirmed)
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
        for sink in plan.sinks where sink.port.worker == plan.port.worker && Int(sink.port.slot) < capacity {
            slots[slot].sinks[slots[slot].sinkCount] = ResolvedSink(
                slot: sink.port.slot, generation: sink.port.generation, traffic: sink.traffic,
                payloadTypes: sink.payloadTypes)
            slots[slot].sinkCount += 1
        }
    }
}
