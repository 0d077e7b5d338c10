extension ICEAgent {
    /// Chooses the component's pair among the valid ones and announces a change; the controlling agent then sees to
    /// the nomination (RFC 8445 §8.1.1).
    mutating func select(_ component: ICEComponent, now: UInt64) {
        var chosen = list.index(id: selected[component])
        if let index = chosen, !isFresh(list[index], now: now) {
            list[index].fail()
            chosen = nil
        }
        for index in list.indices where list[index].component == component && isFresh(list[index], now: now) {
            guard let incumbent = chosen else {
                chosen = index
                continue
            }
            if incumbent != index, shouldSwitch(from: list[incumbent], to: list[index], now: now) { chosen = index }
        }
        guard let chosen else { return deselect(component) }
        let pair = list[chosen]
        let summary = ICESelectedPair(
            component: component, local: pair.local, remote: pair.remote, isNominated: pair.isNominated)
        if summary != announced[component] || pair.id != selected[component] {
            selected[component] = pair.id
            announced[component] = summary
            announce(.selectedPair(summary))
            if let pair = retained[component] {
                former[component] = FormerPair(
                    local: pair.local, remote: pair.remote, until: now.after(ICETiming.formerPairLifetime))
            }
            retire(component)
            if pair.isNominated {
                nominationAt[component] = nil
                list.prune(component, nominatedPriority: pair.priority)
            }
        }
        scheduleNomination(component, now: now)
    }

    /// Nothing is left for the component but what an unfinished restart has retained.
    private mutating func deselect(_ component: ICEComponent) {
        guard selected[component] != nil else { return }
        selected[component] = nil
        announced[component] = nil
        nominationAt[component] = nil
        announce(.consentLost(component))
    }

    /// Whether media may go over a pair: valid, and the consent has not run out.
    private func isFresh(_ pair: CheckPair, now: UInt64) -> Bool {
        guard pair.isValid, let consent = pair.consent else { return false }
        return mode == .lite || now < consent.expiresAt
    }

    /// The incumbent stays unless there is a reason: it has gone silent, the other one is nominated, was nominated
    /// clearly later, or is better.
    private func shouldSwitch(from incumbent: CheckPair, to pair: CheckPair, now: UInt64) -> Bool {
        let (isSilent, otherIsSilent) = (isSilent(incumbent, now: now), isSilent(pair, now: now))
        guard isSilent == otherIsSilent else { return isSilent }
        guard incumbent.isNominated == pair.isNominated else { return pair.isNominated }
        if pair.isNominated {
            if pair.lastNomination.since(incumbent.lastNomination) >= ICETiming.renominationGap { return true }
            if incumbent.lastNomination.since(pair.lastNomination) >= ICETiming.renominationGap { return false }
        }
        return pair.priority > incumbent.priority
    }

    /// Whether a pair gives no sign of life although it should.
    private func isSilent(_ pair: CheckPair, now: UInt64) -> Bool {
        switch mode {
        case .full: pair.consent?.silentAt.map { $0 <= now } ?? false
        case .lite: pair.lastRequest.map { now.since($0) > ICETiming.liteSilenceLimit } ?? false
        }
    }

    /// When the selected pair would count as silent; `nil` unless it leaves checks unanswered and another pair could
    /// take over.
    func replacementAt(_ component: ICEComponent, now: UInt64) -> UInt64? {
        guard mode == .full, let index = list.index(id: selected[component]),
            let silentAt = list[index].consent?.silentAt
        else { return nil }
        let id = list[index].id
        for other in list.indices where list[other].component == component && list[other].id != id {
            if isFresh(list[other], now: now), !isSilent(list[other], now: now) { return silentAt }
        }
        return nil
    }

    /// The pair from before the restart has a successor, or has gone.
    mutating func retire(_ component: ICEComponent) {
        retained[component] = nil
        if !components.contains(where: { retained[$0] != nil }) { retiredCredentials = nil }
    }

    /// The selected pair of a component, if it is nominated.
    func selectedNominated(_ component: ICEComponent) -> CheckPair? {
        guard let index = list.index(id: selected[component]), list[index].isNominated else { return nil }
        return list[index]
    }

    private mutating func scheduleNomination(_ component: ICEComponent, now: UInt64) {
        guard mode == .full, role == .controlling, nominationAt[component] == nil,
            list.index(id: selected[component]) != nil, selectedNominated(component) == nil,
            !list.indices.contains(where: { list[$0].component == component && list[$0].isToBeNominated })
        else { return }
        let isFinal = hasAllRemoteCandidates && !hasBetterPending(component)
        nominationAt[component] = isFinal ? now : now.after(ICETiming.nominationDelay)
    }

    /// Whether a pair better than the selected one may still become valid.
    func hasBetterPending(_ component: ICEComponent) -> Bool {
        guard let index = list.index(id: selected[component]) else { return true }
        let priority = list[index].priority
        return list.indices.contains {
            list[$0].component == component && list[$0].priority > priority && !list[$0].isValid && list[$0].isPending
        }
    }

    /// Nominates the selected pair: repeats its check with USE-CANDIDATE (RFC 8445 §8.1.1).
    mutating func nominate(_ component: ICEComponent) {
        nominationAt[component] = nil
        guard role == .controlling, let index = list.index(id: selected[component]), !list[index].isNominated else {
            return
        }
        list[index].isToBeNominated = true
        list.trigger(index)
    }
}
