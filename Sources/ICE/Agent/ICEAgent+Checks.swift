internal import NetTypes
internal import STUN

extension ICEAgent {
    /// What an authentic request tells: the peer is there, maybe unsignalled, and may have nominated
    /// (RFC 8445 §7.3.1.3–7.3.1.5, §7.3.2).
    mutating func learn(_ check: EarlyCheck, now: UInt64) {
        guard mode == .lite || credentials.remoteKey != nil else { return remember(check) }
        guard let index = pairIndex(for: check) else { return }
        let component = list[index].component
        list[index].lastRequest = now
        if check.usesCandidate, role == .controlled || mode == .lite {
            list[index].isNominatedByPeer = true
            list[index].lastNomination = now
        }
        switch mode {
        case .lite:
            validate(index, isNominated: list[index].isNominatedByPeer, now: now)
        case .full:
            if list[index].isValid, let consent = list[index].consent, now < consent.expiresAt {
                if list[index].isNominatedByPeer { list[index].isNominated = true }
                let isSelected = list[index].id == selected[component]
                if !isSelected, now.since(consent.grantedAt) >= ICETiming.recheckAge { list.trigger(index) }
            } else {
                list.trigger(index)
            }
        }
        select(component, now: now)
    }

    /// The pair that a request came over; a peer-reflexive candidate when the source was not signalled.
    private mutating func pairIndex(for check: EarlyCheck) -> Int? {
        if let index = list.index(local: check.local, remote: check.source) { return index }
        let component = locals[check.local].component
        let known = remotes.first { $0.component == component && $0.address == check.source }
        // A request lacks PRIORITY only against RFC 8445 §7.1.1.
        let priority =
            known?.priority ?? check.priority
            ?? ICEPriority.candidate(.peerReflexive, localPreference: .max, component: component)
        lastFoundation &+= 1
        var pair = makePair(check.local, check.source, priority, 1 << 31 | lastFoundation)
        pair.state = .waiting
        // So that it has a place in a full list: the peer has proved itself.
        pair.isTriggered = true
        guard let index = list.insert(pair, keeping: (selected[.rtp], selected[.rtcp])) else { return nil }
        return index
    }

    private mutating func remember(_ check: EarlyCheck) {
        if let index = earlyChecks.firstIndex(where: { $0.local == check.local && $0.source == check.source }) {
            earlyChecks[index].priority = check.priority
            if check.usesCandidate { earlyChecks[index].usesCandidate = true }
        } else if earlyChecks.count < ICELimits.earlyChecks {
            earlyChecks.append(check)
        }
    }

    /// Puts a pair into the valid list, or renews it there.
    mutating func validate(_ index: Int, isNominated: Bool, now: UInt64) {
        list[index].state = .succeeded
        // A triggered check would only repeat what has just been found out, unless it is to nominate.
        list[index].isTriggered = list[index].isTriggered && list[index].isToBeNominated
        list[index].isValid = true
        if isNominated { list[index].isNominated = true }
        if list[index].consent == nil {
            let interval = mode == .lite ? ICETiming.keepaliveInterval : random.jittered(ICETiming.consentInterval)
            list[index].consent = Consent(now: now, nextAt: now.after(interval))
        } else {
            list[index].consent?.renew(now: now)
        }
        hasConnected[list[index].component] = true
        hasFailed[list[index].component] = false
    }

    /// Begins a transaction on a pair (RFC 8445 §7.2.4).
    mutating func sendCheck(_ index: Int, now: UInt64) {
        let load = UInt64(list.pendingCount) &* ICETiming.checkInterval
        let check = Check(
            id: random.transactionID(), role: role,
            usesCandidate: confirmsNomination(list[index]) || role == .controlling && list[index].isToBeNominated,
            timeout: max(ICETiming.initialTimeout, load), now: now)
        if let superseded = list[index].check { list[index].supersededCheck = superseded.id }
        list[index].check = check
        if !list[index].isValid { list[index].state = .inProgress }
        transmit(check, list[index])
    }

    /// Whether a check repeats what was nominated before. A peer that has lost the pair, or sees us at a new address,
    /// thus learns that the nomination stands.
    func confirmsNomination(_ pair: CheckPair) -> Bool {
        role == .controlling && pair.isNominated && pair.id == selected[pair.component]
    }

    /// Sends a transaction's request, for the first time or again.
    mutating func transmit(_ check: Check, _ pair: CheckPair) {
        sendBinding(
            check.id, pair, role: check.role, usesCandidate: check.usesCandidate, generation: credentials.number)
    }

    mutating func sendBinding(
        _ id: STUNTransactionID, _ pair: CheckPair, role: ICERole, usesCandidate: Bool, generation: UInt32
    ) {
        let content = Outgoing.Content.check(
            role: role, tieBreaker: tieBreaker, priority: locals[pair.local].peerReflexivePriority,
            usesCandidate: usesCandidate)
        send(
            Outgoing(
                content: content, local: pair.local, destination: pair.remote, transactionID: id,
                generation: generation))
        counters.checksSent += 1
    }

    /// RFC 8445 §7.2.5.3
    mutating func checkSucceeded(_ index: Int, _ id: STUNTransactionID, now: UInt64) {
        let wasValid = list[index].isValid
        var hasNominated = false
        if let check = list[index].check {
            hasNominated = check.id == id && check.usesCandidate && role == .controlling
            // After an answer to another transaction this one has nothing left to find out, unless it nominates.
            if check.id == id || !list[index].isToBeNominated { list[index].check = nil }
        }
        if list[index].supersededCheck == id { list[index].supersededCheck = nil }
        if hasNominated {
            list[index].isToBeNominated = false
            list[index].lastNomination = now
        }
        let isNominated = hasNominated || (role == .controlled && list[index].isNominatedByPeer)
        validate(index, isNominated: isNominated, now: now)
        if !wasValid {
            list.unfreeze(foundation: list[index].foundation)
            probeSelected(insteadOf: list[index], now: now)
        }
        select(list[index].component, now: now)
    }

    /// A new pair may mean that the selected one has died with the peer's old address: asks it at once.
    private mutating func probeSelected(insteadOf pair: CheckPair, now: UInt64) {
        guard let index = list.index(id: selected[pair.component]), list[index].id != pair.id,
            let consent = list[index].consent, now.since(consent.grantedAt) >= ICETiming.probeAge
        else { return }
        list[index].consent?.unansweredSince = consent.unansweredSince ?? now
        list.trigger(index)
    }

    /// RFC 8445 §7.2.5.1, §7.2.5.2.4
    mutating func checkRefused(_ index: Int, _ id: STUNTransactionID, _ code: STUNErrorCode?, now: UInt64) {
        guard let check = list[index].check, check.id == id else {
            // An older transaction, which its successor makes up for, or a consent check: not renewed.
            return
        }
        guard code == .roleConflict else {
            list[index].fail()
            select(list[index].component, now: now)
            return
        }
        list[index].check = nil
        if !list[index].isValid { list[index].state = .waiting }
        list.trigger(index)
        if check.role == role {
            tieBreaker = random.next()
            switchRole(now: now)
        }
    }

    /// Takes the other role (RFC 8445 §7.3.1.1): pairs are ranked anew, and nominations are now the other side's.
    mutating func switchRole(now: UInt64) {
        role = role.opposite
        list.prioritise(as: role)
        for index in list.indices { list[index].isToBeNominated = false }
        nominationAt = PerComponent(repeating: nil)
        announce(.roleSwitched(role))
        for component in components { select(component, now: now) }
    }
}
