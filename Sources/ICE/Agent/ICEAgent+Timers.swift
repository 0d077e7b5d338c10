extension ICEAgent {
    /// When ``deadlineReached(now:)`` has something to do; `nil` for never. May lie in the past.
    public var nextDeadline: UInt64? {
        var earliest = UInt64.max
        if canCheck {
            if list.hasNext { earliest = nextCheckAt }
            for index in list.indices {
                if let check = list[index].check { earliest = min(earliest, check.nextAt) }
            }
        }
        for component in components {
            if let at = nominationAt[component] { earliest = min(earliest, at) }
            if let at = replacementAt(component, now: clock) { earliest = min(earliest, at) }
            if let consent = activePair(component)?.consent {
                earliest = min(earliest, consent.nextAt)
                if mode == .full { earliest = min(earliest, consent.expiresAt) }
            }
            if let at = failureAt(component) { earliest = min(earliest, at) }
        }
        return earliest == .max ? nil : earliest
    }

    /// Does what is due. Calling it early or late does no harm.
    public mutating func deadlineReached(now: UInt64) {
        advance(now: advanceClock(to: now))
    }

    /// Does what is due; every entry point ends here.
    mutating func advance(now: UInt64) {
        if canCheck {
            retransmit(now: now)
            for component in components {
                if let at = nominationAt[component], at.isDue(at: now) { nominate(component) }
            }
            if nextCheckAt <= now, let index = list.popNext() {
                nextCheckAt = now.after(ICETiming.checkInterval)
                sendCheck(index, now: now)
            }
        }
        for component in components {
            tendActivePair(component, now: now)
            if let at = failureAt(component), at.isDue(at: now) {
                hasFailed[component] = true
                announce(.failed(component))
            }
        }
    }

    private var canCheck: Bool { mode == .full && credentials.remoteKey != nil }

    private mutating func retransmit(now: UInt64) {
        var index = -1
        // Selecting may shorten the list; a pair passed over for that has its turn the next time.
        while index + 1 < list.indices.upperBound {
            index += 1
            guard var check = list[index].check, check.nextAt.isDue(at: now) else { continue }
            if check.isExhausted {
                giveUp(index, now: now)
            } else {
                check.noteRetransmission(now: now)
                list[index].check = check
                transmit(check, list[index])
            }
        }
    }

    /// A check has never been answered. A valid pair lives on as long as its consent, which other checks renew.
    private mutating func giveUp(_ index: Int, now: UInt64) {
        if let consent = list[index].consent, now < consent.expiresAt {
            list[index].check = nil
            list[index].isToBeNominated = false
        } else {
            list[index].fail()
        }
        select(list[index].component, now: now)
    }

    /// Consent checks, or keepalives of a lite agent, on the pair in use.
    private mutating func tendActivePair(_ component: ICEComponent, now: UInt64) {
        guard let pair = activePair(component), let consent = pair.consent else { return }
        if mode == .full {
            if now >= consent.expiresAt { return loseConsent(component, now: now) }
            if let at = replacementAt(component, now: now), at.isDue(at: now) { return select(component, now: now) }
        }
        guard consent.nextAt.isDue(at: now) else { return }
        var next = consent
        switch mode {
        case .lite:
            next.nextAt = now.after(ICETiming.keepaliveInterval)
            send(
                Outgoing(
                    content: .indication, local: pair.local, destination: pair.remote,
                    transactionID: random.transactionID(), generation: nil))
        case .full:
            // Consent checks are neither repeated nor sent more often (RFC 7675 §5.1). On a network that loses much
            // that is little to live on, so one unanswered brings connectivity checks, which are repeated.
            if consent.unansweredSince != nil, let index = list.index(id: selected[component]) { list.trigger(index) }
            let id = random.transactionID()
            next.transactionID = id
            next.unansweredSince = consent.unansweredSince ?? now
            next.nextAt = now.after(random.jittered(ICETiming.consentInterval))
            let generation = list.index(id: selected[component]) == nil ? retiredCredentials : credentials
            sendBinding(
                id, pair, role: role, usesCandidate: confirmsNomination(pair), generation: generation?.number ?? 0)
        }
        store(next, component)
    }

    private mutating func store(_ consent: Consent, _ component: ICEComponent) {
        if let index = list.index(id: selected[component]) {
            list[index].consent = consent
        } else {
            retained[component]?.consent = consent
        }
    }

    /// RFC 7675 §5.1: nothing more on this pair. Another valid one takes over if there is one.
    private mutating func loseConsent(_ component: ICEComponent, now: UInt64) {
        if selected[component] == nil {
            retire(component)
            announce(.consentLost(component))
        } else {
            select(component, now: now)
        }
    }

    /// When a component that has never had a pair counts as failed: not before the patience of RFC 8863 is over, and
    /// not while a check is under way. `nil` when it has failed, or cannot.
    private func failureAt(_ component: ICEComponent) -> UInt64? {
        guard mode == .full, let startedAt, !hasFailed[component], !hasConnected[component] else { return nil }
        let isPending = list.indices.contains { list[$0].component == component && list[$0].isPending }
        return isPending ? nil : startedAt.after(ICETiming.patience)
    }
}
