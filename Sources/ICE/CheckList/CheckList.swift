internal import NetTypes
internal import STUN

/// The pairs of one data stream (RFC 8445 §6.1.2), with its queue of triggered checks. Bounded; all searches are
/// linear over at most ``ICELimits/pairs`` elements.
struct CheckList: Sendable {
    private(set) var pairs: [CheckPair] = []
    /// Identifiers, oldest first. Those of removed pairs are passed over.
    private var triggered: [UInt32] = []
    private var lastID: UInt32 = 0

    subscript(index: Int) -> CheckPair {
        _read { yield pairs[index] }
        _modify { yield &pairs[index] }
    }

    var indices: Range<Int> { pairs.indices }

    func index(local: Int, remote: TransportAddress) -> Int? {
        pairs.firstIndex { $0.local == local && $0.remote == remote }
    }

    func index(id: UInt32?) -> Int? {
        guard let id else { return nil }
        return pairs.firstIndex { $0.id == id }
    }

    func index(awaiting transaction: STUNTransactionID) -> Int? {
        pairs.firstIndex { $0.awaits(transaction) }
    }

    /// An identifier for a new pair.
    mutating func nextID() -> UInt32 {
        lastID &+= 1
        return lastID
    }

    /// Takes a pair in. When the list is full the least useful pair that is not `keeping` has to go; `nil` when that
    /// would be the new one, which a pair that the peer has checked (`isTriggered`) never is.
    mutating func insert(_ pair: CheckPair, keeping kept: (UInt32?, UInt32?)) -> Int? {
        if pairs.count >= ICELimits.pairs {
            var worst: Int?
            for index in pairs.indices where pairs[index].id != kept.0 && pairs[index].id != kept.1 {
                if let other = worst, !pairs[index].isLessUseful(than: pairs[other]) { continue }
                worst = index
            }
            guard let worst, pair.isTriggered || pairs[worst].isLessUseful(than: pair) else { return nil }
            pairs.remove(at: worst)
        }
        pairs.append(pair)
        if pair.isTriggered { enqueue(pair.id) }
        return pairs.count - 1
    }

    /// Sets the first states of pairs that were frozen on arrival (RFC 8445 §6.1.2.6, RFC 8838 §12): of each
    /// foundation one at a time is waiting, that of the lowest component and the highest priority.
    mutating func thaw() {
        let order = pairs.indices.filter { pairs[$0].state == .frozen }.sorted {
            let (a, b) = (pairs[$0], pairs[$1])
            return a.component == b.component
                ? a.priority > b.priority : a.component.rawValue < b.component.rawValue
        }
        var busy = Set(pairs.lazy.filter { $0.state == .waiting || $0.state == .inProgress }.map(\.foundation))
        for index in order where busy.insert(pairs[index].foundation).inserted {
            pairs[index].state = .waiting
        }
    }

    /// A check of `foundation` has succeeded: its other pairs need wait no longer (RFC 8445 §7.2.5.3.3).
    mutating func unfreeze(foundation: UInt32) {
        for index in pairs.indices where pairs[index].state == .frozen && pairs[index].foundation == foundation {
            pairs[index].state = .waiting
        }
    }

    /// Puts a pair into the queue of triggered checks, once (RFC 8445 §7.3.1.4).
    mutating func trigger(_ index: Int) {
        if pairs[index].state == .failed || pairs[index].state == .frozen { pairs[index].state = .waiting }
        guard !pairs[index].isTriggered else { return }
        pairs[index].isTriggered = true
        enqueue(pairs[index].id)
    }

    private mutating func enqueue(_ id: UInt32) {
        guard !triggered.contains(id) else { return }
        // Removed pairs leave their identifiers behind; this keeps those from piling up.
        if triggered.count >= 2 * ICELimits.pairs {
            let known = Set(pairs.lazy.map(\.id))
            triggered.removeAll { !known.contains($0) }
        }
        triggered.append(id)
    }

    /// The pair to check next (RFC 8445 §6.1.4.2): the first triggered, else the best waiting, else the best frozen
    /// one whose foundation is not being checked.
    mutating func popNext() -> Int? {
        while !triggered.isEmpty {
            let id = triggered.removeFirst()
            if let index = index(id: id), pairs[index].isTriggered {
                pairs[index].isTriggered = false
                return index
            }
        }
        return nextOrdinary()
    }

    /// Whether ``popNext()`` would find a pair.
    var hasNext: Bool {
        pairs.contains { $0.isTriggered } || nextOrdinary() != nil
    }

    private func nextOrdinary() -> Int? {
        if let waiting = best(where: { $0.state == .waiting }) { return waiting }
        guard pairs.contains(where: { $0.state == .frozen }) else { return nil }
        let busy = Set(pairs.lazy.filter { $0.state == .inProgress }.map(\.foundation))
        return best { $0.state == .frozen && !busy.contains($0.foundation) }
    }

    private func best(where isWanted: (CheckPair) -> Bool) -> Int? {
        var result: Int?
        for index in pairs.indices where isWanted(pairs[index]) {
            if let best = result, pairs[best].priority >= pairs[index].priority { continue }
            result = index
        }
        return result
    }

    /// Drops what a nomination has made pointless: pairs of the component that have not been checked, and those being
    /// checked that are worse than the nominated one (RFC 8445 §8.1.2).
    mutating func prune(_ component: ICEComponent, nominatedPriority: UInt64) {
        pairs.removeAll { pair in
            guard pair.component == component, !pair.isValid else { return false }
            switch pair.state {
            case .frozen, .waiting: return !pair.isTriggered
            case .inProgress: return !pair.isTriggered && pair.priority < nominatedPriority
            case .succeeded, .failed: return false
            }
        }
    }

    mutating func removeAll(of component: ICEComponent) {
        pairs.removeAll { $0.component == component }
    }

    mutating func prioritise(as role: ICERole) {
        for index in pairs.indices { pairs[index].prioritise(as: role) }
    }

    /// How many checks compete for the pace (RFC 8445 §14.3).
    var pendingCount: Int {
        pairs.reduce(0) { $1.state == .waiting || $1.state == .inProgress ? $0 + 1 : $0 }
    }
}

extension CheckPair {
    /// The order in which pairs leave a full list: failed, unchecked, being checked, valid; within each the lowest
    /// priority first, among valid ones that with the oldest consent.
    fileprivate func isLessUseful(than other: CheckPair) -> Bool {
        if usefulness != other.usefulness { return usefulness < other.usefulness }
        if isValid, let mine = consent?.grantedAt, let theirs = other.consent?.grantedAt, mine != theirs {
            return mine < theirs
        }
        return priority < other.priority
    }

    private var usefulness: Int {
        if isValid { return 3 }
        switch state {
        case .failed: return 0
        case .frozen, .waiting: return isTriggered ? 2 : 1
        case .inProgress, .succeeded: return 2
        }
    }
}
