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
        observer.pointee.now = now
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
        refresh(seat, now: now)
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
        noteDeparture(bytes, through: key, to: datagram.destination)
        _ = output.append(
            Transmission(
                slot: key.slot, generation: key.generation, destination: datagram.destination, bytes: start,
                count: Int32(truncatingIfNeeded: datagram.count), isRTCP: false, isControl: true))
    }

    /// Takes over the agent's pairs into its ports.
    mutating func refresh(_ seat: AgentTable.Seat, now: UInt64) {
        while let event = seat.pointee.agent.nextEvent() { note(event, of: seat, now: now) }
        let rtp = seat.pointee.agent.validPair(.rtp)
        let rtcp = seat.pointee.agent.validPair(.rtcp)
        let checks = CheckStatistics(seat)
        for socket in seat.pointee.sockets where isOpen(socket.key) {
            let port = slots + Int(socket.key.slot)
            guard let leg = port.pointee.leg, leg.pointee.agent == seat else { continue }
            let row = row(Int(socket.key.slot))
            row.publish(checks)
            let pair = socket.component == .rtp ? rtp : rtcp
            let isConfirmed = pair?.isNominated ?? false
            leg.pointee.via = pair.map { seat.pointee.sockets[$0.local].key } ?? leg.pointee.key
            guard port.pointee.endpoint != pair?.remote || port.pointee.isConfirmed != isConfirmed else { continue }
            direct(port, to: pair?.remote)
            port.pointee.isConfirmed = isConfirmed
            note(isConfirmed ? .pairNominated : .pairFound, of: port, Int(socket.key.slot), pair?.remote)
            row.publish(
                pair?.remote, isConfirmed: isConfirmed, learnedEpoch: pair.map { _ in port.pointee.filter.epoch },
                now: now)
            noteReadiness(of: leg)
        }
    }

    /// Remembers what an agent tells, on the port that it is about.
    private func note(_ event: ICEEvent, of seat: AgentTable.Seat, now: UInt64) {
        let sockets = seat.pointee.sockets
        func row(of component: ICEComponent) -> CounterRow? {
            guard let key = sockets.first(where: { $0.component == component })?.key, isOpen(key) else { return nil }
            return self.row(Int(key.slot))
        }
        switch event {
        case .selectedPair(let pair):
            guard sockets.indices.contains(pair.local), isOpen(sockets[pair.local].key) else { return }
            self.row(Int(sockets[pair.local].key.slot)).note(
                pair.isNominated ? .pairNominated : .pairSelected, UInt64(pair.remote.port), now: now)
        case .consentLost(let component): row(of: component)?.note(.consentLost, UInt64(component.rawValue), now: now)
        case .failed(let component): row(of: component)?.note(.checksFailed, UInt64(component.rawValue), now: now)
        case .roleSwitched: break
        }
    }

    func isOpen(_ key: Leg.Key) -> Bool {
        let slot = Int(key.slot)
        return slot < initialised && slots[slot].state != .closed && slots[slot].generation == key.generation
    }
}

extension CheckStatistics {
    /// How far the agent of `seat` is.
    fileprivate init(_ seat: AgentTable.Seat) {
        self.init()
        let counters = seat.pointee.agent.counters
        switch seat.pointee.agent.state {
        case .checking: state = .checking
        case .connected: state = .connected
        case .completed: state = .completed
        case .failed: state = .failed
        }
        isControlling = seat.pointee.agent.role == .controlling
        isLite = seat.pointee.agent.mode == .lite
        hasRemote = seat.pointee.hasRemote
        hasRestarted = seat.pointee.agent.hasRestarted
        hasFoundPair = seat.pointee.agent.hasFoundPair
        let list = seat.pointee.agent.listSummary
        remoteCandidates = UInt32(clamping: list.remoteCandidates)
        pairs = UInt32(clamping: list.pairs)
        failedPairs = UInt32(clamping: list.failed)
        validPairs = UInt32(clamping: list.valid)
        openPairs = UInt32(clamping: list.open)
        lastErrorCode = UInt32(counters.lastErrorCode)
        checksSent = UInt32(clamping: counters.checksSent)
        answersReceived = UInt32(clamping: counters.responsesAccepted)
        checksAnswered = UInt32(clamping: counters.requestsAnswered)
        refused = UInt32(clamping: ICERejection.allCases.reduce(0) { $0 &+ counters[$1] })
        wrongCredentials = UInt32(clamping: counters[.wrongUsername] &+ counters[.wrongIntegrity])
    }
}

extension CounterRow {
    /// Publishes how far the checks are.
    func publish(_ checks: CheckStatistics) {
        let bits: UInt64 =
            1 | (checks.isControlling ? 2 : 0) | (checks.isLite ? 4 : 0) | (checks.hasRemote ? 8 : 0)
            | (checks.hasRestarted ? 16 : 0) | (checks.hasFoundPair ? 32 : 0) | UInt64(checks.state.rawValue) << 8
        store(bits, Word.checks)
        store(UInt64(checks.remoteCandidates) << 32 | UInt64(checks.pairs), Word.checks + 1)
        store(UInt64(checks.failedPairs) << 32 | UInt64(checks.checksSent), Word.checks + 2)
        store(UInt64(checks.answersReceived) << 32 | UInt64(checks.checksAnswered), Word.checks + 3)
        store(UInt64(checks.refused) << 32 | UInt64(checks.wrongCredentials), Word.checks + 4)
        func short(_ number: UInt32) -> UInt64 { UInt64(min(number, 0xFFFF)) }
        store(
            short(checks.validPairs) << 32 | short(checks.openPairs) << 16 | short(checks.lastErrorCode),
            Word.checks + 5)
    }
}
