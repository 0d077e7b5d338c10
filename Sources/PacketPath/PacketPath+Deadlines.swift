internal import Forwarding
internal import ICE
internal import NetTypes

extension PacketPath {
    /// An agent that was just called is left alone for this long, in nanoseconds: its own pace is 50 ms.
    private static let agentPause: UInt64 = 1_000_000

    /// When ``deadlineReached(now:into:)`` has something to do; `nil` for never. May lie in the past.
    public var nextDeadline: UInt64? {
        let deadline = agents.deadline
        return deadline == .max ? nil : deadline
    }

    /// Does what is due for connectivity checks, as far as there is room in `output`: with more to do,
    /// ``nextDeadline`` stays in the past. Calling it early or late does no harm.
    public mutating func deadlineReached(now: UInt64, into output: inout TransmissionList) {
        while output.count < output.capacity, let seat = agents.first, seat.pointee.deadline <= now {
            seat.pointee.agent.deadlineReached(now: now)
            serve(seat, now: now, into: &output)
        }
    }

    /// Everything that was appended to a ``TransmissionList`` so far has been sent, or never will be: the path may reuse
    /// the memory that it has given out.
    ///
    /// To be called after every batch. Between two calls the path gives out at most ``scratchLimit`` buffers; what needs
    /// more is dropped.
    public mutating func batchSent() {
        scratch.pointee.batchSent()
    }

    /// Fetches what an agent that was called has to send, and where its ports' packets go now.
    mutating func serve(_ seat: AgentTable.Seat, now: UInt64, into output: inout TransmissionList) {
        seat.pointee.epoch &+= 1
        var isBehind = true
        while output.count < output.capacity, let buffer = scratch.pointee.take() {
            guard let datagram = seat.pointee.agent.nextTransmit(into: buffer) else {
                scratch.pointee.giveBack()
                isBehind = false
                break
            }
            send(UnsafeRawBufferPointer(rebasing: buffer[..<datagram.count]), datagram, of: seat, into: &output)
        }
        refresh(seat)
        let next = isBehind ? now : seat.pointee.agent.nextDeadline ?? .max
        agents.schedule(seat, at: max(next, now &+ Self.agentPause))
    }

    private func send(
        _ bytes: UnsafeRawBufferPointer, _ datagram: ICETransmit, of seat: AgentTable.Seat,
        into output: inout TransmissionList
    ) {
        guard let start = bytes.baseAddress, seat.pointee.sockets.indices.contains(datagram.local) else { return }
        let key = seat.pointee.sockets[datagram.local].key
        guard isOpen(key) else { return }
        _ = output.append(
            Transmission(
                slot: key.slot, generation: key.generation, destination: datagram.destination, bytes: start,
                count: Int32(truncatingIfNeeded: datagram.count), isRTCP: false, isControl: true))
    }

    /// Takes over the agent's pairs into its ports.
    mutating func refresh(_ seat: AgentTable.Seat) {
        // All that events say is read from the agent's state.
        while seat.pointee.agent.nextEvent() != nil {}
        let rtp = seat.pointee.agent.validPair(.rtp)
        let rtcp = seat.pointee.agent.validPair(.rtcp)
        for socket in seat.pointee.sockets where isOpen(socket.key) {
            let port = slots + Int(socket.key.slot)
            guard let leg = port.pointee.leg, leg.pointee.agent == seat else { continue }
            let pair = socket.component == .rtp ? rtp : rtcp
            let isConfirmed = pair?.isNominated ?? false
            leg.pointee.via = pair.map { seat.pointee.sockets[$0.local].key } ?? leg.pointee.key
            guard port.pointee.endpoint != pair?.remote || port.pointee.isConfirmed != isConfirmed else { continue }
            direct(port, to: pair?.remote)
            port.pointee.isConfirmed = isConfirmed
            row(Int(socket.key.slot)).publish(pair?.remote, isConfirmed: isConfirmed)
            noteReadiness(of: leg)
        }
    }

    func isOpen(_ key: Leg.Key) -> Bool {
        let slot = Int(key.slot)
        return slot < initialised && slots[slot].state != .closed && slots[slot].generation == key.generation
    }
}
