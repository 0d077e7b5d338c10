internal import Forwarding
internal import ICE
internal import SRTP
internal import SRTPKeying

/// How plans make, change and end the legs.
extension PacketPath {
    /// Carries out what `plan` says of checks and encryption, and sets the port's endpoint.
    mutating func updateLeg(_ plan: ForwardingPlan, now: UInt64) {
        let port = slots + Int(plan.port.slot)
        guard plan.ice != nil || plan.security != nil else {
            row(Int(plan.port.slot)).store(0, CounterRow.Word.checks)
            row(Int(plan.port.slot)).store(0, CounterRow.Word.protection)
            releaseLeg(Int(plan.port.slot))
            return useFilter(of: port)
        }
        let leg: UnsafeMutablePointer<Leg>
        if let existing = port.pointee.leg {
            leg = existing
        } else {
            leg = .allocate(capacity: 1)
            leg.initialize(to: Leg(plan.port))
            port.pointee.leg = leg
            legCount += 1
        }
        if let ice = plan.ice {
            attach(leg, ice, now: now)
        } else {
            detach(leg)
            row(Int(plan.port.slot)).store(0, CounterRow.Word.checks)
            useFilter(of: port)
        }
        secure(leg, plan.security)
        noteReadiness(of: leg)
        publishProtection(of: leg, now: now)
    }

    private func useFilter(of port: UnsafeMutablePointer<PortSlot>) {
        direct(port, to: port.pointee.filter.endpoint)
        port.pointee.isConfirmed = port.pointee.filter.isConfirmed
    }

    /// Ends what the port in `slot` has besides its slot.
    mutating func releaseLeg(_ slot: Int) {
        guard let leg = slots[slot].leg else { return }
        endAssociation(leg)
        detach(leg)
        _ = leg.pointee.setReceiving(nil, &senders)
        _ = leg.pointee.setSending(nil, from: &senders)
        slots[slot].leg = nil
        leg.deinitialize(count: 1).deallocate()
        legCount -= 1
    }

    private mutating func attach(_ leg: UnsafeMutablePointer<Leg>, _ plan: ICEPlan, now: UInt64) {
        if let seat = leg.pointee.agent, seat.pointee.id != plan.agent { detach(leg) }
        let seat: AgentTable.Seat
        if let present = leg.pointee.agent {
            seat = present
        } else {
            seat = agents.enter(plan, using: &generator)
            let port = slots + Int(leg.pointee.port.slot)
            direct(port, to: nil)
            port.pointee.isConfirmed = false
            leg.pointee.agent = seat
            leg.pointee.knownEpoch = 0
            let key = leg.pointee.key
            leg.pointee.candidate = seat.pointee.sockets.firstIndex { $0.key == key } ?? -1
            leg.pointee.owner = seat.pointee.firstSocket(besides: leg.pointee.candidate) ?? key
        }
        // What the agent has to send comes with the deadline, since there is no list of transmissions here.
        if seat.pointee.update(plan, now: now) { agents.schedule(seat, at: now) }
        refresh(seat, now: now)
    }

    private mutating func detach(_ leg: UnsafeMutablePointer<Leg>) {
        guard let seat = leg.pointee.agent else { return }
        leg.pointee.agent = nil
        leg.pointee.candidate = -1
        leg.pointee.owner = leg.pointee.key
        leg.pointee.via = leg.pointee.key
        agents.leave(seat)
    }
}

extension PacketPath {
    /// Carries out a security plan. Equal keys keep their contexts, with roll-over counters and replay windows.
    private mutating func secure(_ leg: UnsafeMutablePointer<Leg>, _ plan: SecurityPlan?) {
        let wasPending = leg.pointee.isPending
        leg.pointee.isEncrypted = plan != nil
        leg.pointee.isPending = plan == .pending
        var isNew = wasPending != leg.pointee.isPending
        switch plan {
        case nil:
            endAssociation(leg)
            isNew = setPolicies(leg, nil, nil) || isNew
        case .pending:
            break
        case .sdes(let receiving, let sending):
            endAssociation(leg)
            isNew = setPolicies(leg, SRTPPolicy(receiving), SRTPPolicy(sending)) || isNew
        case .dtls(let plan):
            if !leg.pointee.hasAssociation || leg.pointee.association != plan.association {
                endAssociation(leg)
                isNew = setPolicies(leg, nil, nil) || isNew
                begin(leg, plan)
            }
        }
        if isNew { renewVersion(leg) }
    }

    private mutating func setPolicies(
        _ leg: UnsafeMutablePointer<Leg>, _ receiving: SRTPPolicy?, _ sending: SRTPPolicy?
    ) -> Bool {
        let isReceiverNew = leg.pointee.setReceiving(receiving, &senders)
        return leg.pointee.setSending(sending, from: &senders) || isReceiverNew
    }

    /// Takes over the keys of a handshake.
    mutating func setKeys(_ leg: UnsafeMutablePointer<Leg>, receiving: SRTPPolicy, sending: SRTPPolicy) {
        if setPolicies(leg, receiving, sending) { renewVersion(leg) }
    }

    private mutating func renewVersion(_ leg: UnsafeMutablePointer<Leg>) {
        lastVersion &+= 1
        leg.pointee.version = lastVersion
    }

    private mutating func begin(_ leg: UnsafeMutablePointer<Leg>, _ plan: DTLSPlan) {
        leg.pointee.hasAssociation = true
        leg.pointee.association = plan.association
        leg.pointee.handshake = plan
        leg.pointee.handshakeSource = nil
        leg.pointee.isReady = handshakeDestination(of: leg) != nil
        // Datagrams are counted for each association.
        let row = row(Int(leg.pointee.port.slot))
        row.store(row.load(CounterRow.Word.protection) & 0xFFFF_FFFF, CounterRow.Word.protection)
        guard leg.pointee.owner == leg.pointee.key else { return }
        leg.pointee.hasBegun = true
        events.append(.begin(leg.pointee.port, plan, isReady: leg.pointee.isReady))
    }

    private mutating func endAssociation(_ leg: UnsafeMutablePointer<Leg>) {
        if leg.pointee.hasBegun { events.append(.end(leg.pointee.port, association: leg.pointee.association)) }
        leg.pointee.hasBegun = false
        leg.pointee.hasAssociation = false
    }

    /// Says once for each association that the peer's address has become known.
    @inline(never)
    mutating func noteReadiness(of leg: UnsafeMutablePointer<Leg>) {
        guard leg.pointee.hasBegun, !leg.pointee.isReady, handshakeDestination(of: leg) != nil else { return }
        leg.pointee.isReady = true
        events.append(.ready(leg.pointee.port, association: leg.pointee.association))
        let word = CounterRow.Word.protection
        let row = row(Int(leg.pointee.port.slot))
        row.store(row.load(word) | ProtectionBits.isPeerKnown, word)
    }

    /// Says how far the encryption of a port is.
    func publishProtection(of leg: UnsafeMutablePointer<Leg>, now: UInt64) {
        let row = row(Int(leg.pointee.port.slot))
        let before = row.load(CounterRow.Word.protection)
        guard leg.pointee.isEncrypted else { return row.store(0, CounterRow.Word.protection) }
        var bits = ProtectionBits.isPresent | before & ~0xFFFF_FFFF
        if leg.pointee.isPending { bits |= ProtectionBits.isPending }
        if leg.pointee.hasAssociation { bits |= ProtectionBits.isDTLS }
        if leg.pointee.isReady { bits |= ProtectionBits.isPeerKnown }
        if let owner = owner(of: leg), !owner.pointee.isPending, owner.pointee.receiver != nil,
            let policy = owner.pointee.receiving
        {
            bits |= ProtectionBits.isKeyed | UInt64(policy.suite.rawValue) << 8
            if before & ProtectionBits.isKeyed == 0 || before & 0xFF00 != bits & 0xFF00 {
                row.note(.keyed, UInt64(policy.suite.rawValue), now: now)
                row.store(now, CounterRow.Word.protection + 1)
            }
        }
        row.store(bits, CounterRow.Word.protection)
    }

    /// Bits of ``CounterRow/Word/protection``.
    enum ProtectionBits {
        static let isPresent: UInt64 = 1
        static let isPending: UInt64 = 2
        static let isDTLS: UInt64 = 4
        static let isPeerKnown: UInt64 = 8
        static let isKeyed: UInt64 = 16
    }
}
