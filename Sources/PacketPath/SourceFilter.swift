internal import Forwarding
internal import NetTypes

/// Decides for one port which sources are heard and where packets that leave through it go (ng-protocol §6.6).
///
/// Two things follow from the source of a packet, and they are kept apart: whether the packet is let in, and whether the
/// endpoint moves there. With ``EndpointLearning/off`` the endpoint never moves, because such a peer sends from
/// elsewhere than it receives; for the same reason its source cannot be compared with the endpoint, so under
/// ``ForeignSourcePolicy/drop`` the first source heard is the one let in, and only the signalled address itself may
/// take its place.
///
/// What was learned while no remote endpoint was signalled had nothing to be compared with. The first plan that
/// signals one therefore starts learning over, within the same epoch too, unless the source is exactly that endpoint:
/// else whoever sends to a port while the other phone rings would own it for the length of the call.
struct SourceFilter: BitwiseCopyable {
    /// How well a source agrees with the signalled endpoint.
    enum Rank: UInt8, BitwiseCopyable {
        case none, any, samePort, sameAddress, exact
    }

    enum Verdict: UInt8, BitwiseCopyable {
        case accepted
        /// Let in, and the endpoint or its confirmation may have changed.
        case learned
        /// Kept out; the confirmation may have changed.
        case foreign
    }

    private var remote: TransportAddress?
    /// The best source so far; valid unless ``rank`` is ``Rank/none``.
    private var best = TransportAddress(.unspecified(.ipv4), 0)
    private var windowEnd: UInt64 = 0
    private(set) var epoch: UInt32 = 0
    private var mode = EndpointLearning.heuristic
    private var policy = ForeignSourcePolicy.drop
    private var rank = Rank.none
    /// Learning is over: `best` is the source, and others are foreign.
    private var isSettled = false
    // Up to here is what a packet touches once that is so: a cache line.
    /// The source of packets that do not decide, while none of those that do came; valid unless its rank is `none`.
    private var beside = TransportAddress(.unspecified(.ipv4), 0)
    private var besideRank = Rank.none
    /// `best` was heard while there was no `remote`.
    private var isBlind = false
    private var hasPlan = false

    init() {}

    /// Where packets that leave through the port go.
    var endpoint: TransportAddress? {
        guard let remote else { return nil }
        return mode == .off || rank == .none ? remote : best
    }

    /// The learning epoch in which the source of packets became the endpoint; `nil` while it is the signalled one.
    var learnedEpoch: UInt32? { mode == .off || rank == .none ? nil : epoch }

    /// The endpoint was learned for good.
    var isConfirmed: Bool { isSettled && mode != .off }

    /// The source of a packet has become the endpoint, for good or not.
    var hasLearned: Bool { rank != .none }

    /// How well `source`, which sends DTLS, agrees with what is known of the peer; `nil` when it is somebody else.
    func handshakeRank(of source: TransportAddress) -> Rank? {
        guard source.port != 0, !source.address.isUnspecified else { return nil }
        if source == remote || (rank != .none && source == best) { return .exact }
        if isSettled { return nil }
        var sourceRank = self.rank(of: source)
        // A port is soon guessed.
        if sourceRank == .samePort { sourceRank = .any }
        return rank == .none || sourceRank == .sameAddress ? sourceRank : nil
    }

    /// Lets a packet from `source` in or not.
    ///
    /// - Parameter decides: the packet is of the kind whose source becomes the endpoint: RTP, or RTCP on a port of
    ///   its own. Others are let in from the source that was learned, or from any while there is none.
    @inline(__always)
    mutating func admit(_ source: TransportAddress, decides: Bool, now: UInt64) -> Verdict {
        if isSettled, source == best { return .accepted }
        return admitUnsettled(source, decides: decides, now: now)
    }

    @inline(never)
    private mutating func admitUnsettled(_ source: TransportAddress, decides: Bool, now: UInt64) -> Verdict {
        // Nobody could be answered there, and such a source is always forged.
        guard source.port != 0, !source.address.isUnspecified else { return .foreign }
        if isSettled { return admitAfterLearning(source, decides: decides) }
        guard decides else { return admitBeside(source) }
        switch mode {
        case .off:
            guard policy == .drop else { return .accepted }
            return settle(on: source)
        case .immediate:
            return settle(on: source)
        case .delayed:
            return now < windowEnd ? .accepted : settle(on: source)
        case .heuristic:
            return compare(source, now: now)
        }
    }

    private mutating func compare(_ source: TransportAddress, now: UInt64) -> Verdict {
        let isOver = now >= windowEnd
        if isOver, rank != .none {
            isSettled = true
            let verdict = admitAfterLearning(source, decides: true)
            // The packet that ends the window makes the confirmation visible.
            return verdict == .accepted ? .learned : verdict
        }
        let newRank = rank(of: source)
        if newRank.rawValue > rank.rawValue {
            take(source, newRank)
            isSettled = isOver || newRank == .exact
            return .learned
        }
        return source == best ? .accepted : .foreign
    }

    private mutating func admitAfterLearning(_ source: TransportAddress, decides: Bool) -> Verdict {
        if source == best { return .accepted }
        switch policy {
        case .drop:
            guard mode == .off, decides, source == remote else { return .foreign }
            take(source, .exact)
            return .accepted
        case .accept:
            return .accepted
        case .follow:
            guard decides else { return .accepted }
            take(source, rank(of: source))
            return .learned
        }
    }

    /// For a packet that does not decide, before learning is over. A peer that only listens never sends one that does,
    /// so here too the first source counts, until one comes that agrees better with the signalled endpoint: else its
    /// reports could be forged by anybody for the whole call.
    private mutating func admitBeside(_ source: TransportAddress) -> Verdict {
        guard rank == .none else { return source == best ? .accepted : .foreign }
        if besideRank != .none, source == beside { return .accepted }
        let newRank = rank(of: source)
        guard newRank.rawValue > besideRank.rawValue else { return .foreign }
        beside = source
        besideRank = newRank
        return .accepted
    }

    private mutating func settle(on source: TransportAddress) -> Verdict {
        take(source, rank(of: source))
        isSettled = true
        return .learned
    }

    private mutating func take(_ source: TransportAddress, _ newRank: Rank) {
        best = source
        rank = newRank
        isBlind = remote == nil
    }

    private func rank(of source: TransportAddress) -> Rank {
        guard let remote else { return .any }
        if source == remote { return .exact }
        if source.address == remote.address { return .sameAddress }
        return source.port == remote.port ? .samePort : .any
    }
}

extension SourceFilter {
    /// Takes over what `plan` says; an equal learning epoch keeps what was learned.
    mutating func update(_ plan: borrowing ForwardingPlan, now: UInt64) {
        let startsOver = !hasPlan || plan.learningEpoch != epoch || (plan.learning == .off) != (mode == .off)
        remote = Self.usable(plan.remote)
        epoch = plan.learningEpoch
        mode = plan.learning
        policy = plan.foreignSources
        hasPlan = true
        if startsOver {
            forget(now: now)
        } else if remote != nil, rank != .none {
            review(now: now)
        } else if remote != nil, isBlind {
            forget(now: now)
        }
    }

    /// Compares what was learned with a signalled endpoint that may be new.
    private mutating func review(now: UInt64) {
        guard isBlind || !isSettled else { return }
        let newRank = rank(of: best)
        switch newRank {
        case .exact:
            isSettled = isSettled || mode == .heuristic
        case _ where isBlind:
            return forget(now: now)
        case _ where newRank.rawValue < rank.rawValue:
            rank = .none
            return
        default:
            break
        }
        rank = newRank
        isBlind = false
    }

    private mutating func forget(now: UInt64) {
        rank = .none
        besideRank = .none
        isSettled = false
        isBlind = remote == nil
        windowEnd = now &+ EndpointLearning.windowNanoseconds
    }

    /// Nothing can be sent to port 0, and 0.0.0.0 would be this machine: both mean "nowhere".
    private static func usable(_ remote: TransportAddress?) -> TransportAddress? {
        guard let remote, remote.port != 0, !remote.address.isUnspecified else { return nil }
        return remote
    }
}
