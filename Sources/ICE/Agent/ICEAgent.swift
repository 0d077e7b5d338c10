public import NetTypes
internal import STUN

/// ICE for one data stream (RFC 8445): answers connectivity checks, sends its own in full mode, selects a pair for each
/// component and keeps the peer's consent to receive on it (RFC 7675).
///
/// Pure: no socket, clock or randomness of its own. The owner hands in datagrams, signalled facts and the time, and
/// after **every** mutating call drains ``nextTransmit(into:)`` and ``nextEvent()`` and sets its timer to
/// ``nextDeadline``. `now` is nanoseconds of any monotonic clock; one that goes backwards counts as standing still.
///
/// Nothing that a peer or stranger sends can trap, grow memory beyond ``ICELimits``, or make the agent send to an
/// address that was neither signalled nor the source of a request. An answer is never longer than its request.
///
/// Differs from RFC 8445 where a relay lives better: foundations do not thaw pairs of other streams, and a pair may be
/// nominated after another one, when the peer says so or the first one has gone silent, as after a change of network.
public struct ICEAgent: ~Copyable, Sendable {
    /// What an agent is made of.
    public struct Configuration: Sendable {
        /// Whether checks are sent. A lite agent only answers.
        public var mode: ICEMode
        /// The role to begin with: controlling for the side that made the offer (RFC 8445 §6.1.1).
        public var role: ICERole
        /// Our sockets; a candidate is later named by its index here. At most ``ICELimits/localCandidates``.
        public var localCandidates: [ICELocalCandidate]
        /// Ours, as signalled.
        public var credentials: ICECredentials
        /// SOFTWARE in our messages (RFC 8489 §14.14), at most 32 octets of it; empty for none.
        public var software: String

        /// A configuration from its parts.
        public init(
            mode: ICEMode, role: ICERole, localCandidates: [ICELocalCandidate], credentials: ICECredentials,
            software: String = ""
        ) {
            self.mode = mode
            self.role = role
            self.localCandidates = localCandidates
            self.credentials = credentials
            self.software = software
        }
    }

    /// Whether checks are sent.
    public let mode: ICEMode
    /// Our role now.
    public internal(set) var role: ICERole
    /// What has happened so far.
    public internal(set) var counters = ICECounters()

    let locals: [ICELocalCandidate]
    /// Of our messages; empty for none.
    let software: [UInt8]
    /// In use, in order.
    var components: [ICEComponent]
    var credentials: CredentialGeneration
    /// Those before the last restart, as long as ``retained`` pairs need them.
    var retiredCredentials: CredentialGeneration?
    var tieBreaker: UInt64
    var random: KeyedGenerator
    var clock: UInt64 = 0

    var isRemoteLite = false
    var hasAllRemoteCandidates = false
    /// A check under the fragment that was signalled for the peer has come since the last start.
    var hasHeardSignalledPeer = false
    var remotes: [ICERemoteCandidate] = []
    var earlyChecks: [EarlyCheck] = []
    var list = CheckList()
    var lastFoundation: UInt32 = 0

    /// Identifiers of the selected pairs.
    var selected = PerComponent<UInt32?>(repeating: nil)
    /// What was last said about them.
    var announced = PerComponent<ICESelectedPair?>(repeating: nil)
    /// Selected before the last restart and in use until this start has found a pair (RFC 8445 §9).
    var retained = PerComponent<CheckPair?>(repeating: nil)
    /// Those that were retained, for a while after they had a successor.
    var former = PerComponent<FormerPair?>(repeating: nil)
    var nominationAt = PerComponent<UInt64?>(repeating: nil)
    /// Components that have had a pair since the last start.
    var hasConnected = PerComponent<Bool>(repeating: false)
    var hasFailed = PerComponent<Bool>(repeating: false)
    /// When the peer's credentials became known.
    var startedAt: UInt64?
    var nextCheckAt: UInt64 = 0

    var budget = ResponseBudget()
    var outputs = BoundedQueue<Outgoing>(capacity: ICELimits.outputs)
    var events = BoundedQueue<ICEEvent>(capacity: ICELimits.events)

    /// An agent that waits for checks. `generator` must be unpredictable; it is used only here.
    public init(_ configuration: Configuration, using generator: inout some RandomNumberGenerator) {
        mode = configuration.mode
        software = Array(configuration.software.utf8.prefix(ICELimits.software))
        role = configuration.role
        locals = Array(configuration.localCandidates.prefix(ICELimits.localCandidates))
        components = ICEComponent.allCases.filter { component in
            configuration.localCandidates.contains { $0.component == component }
        }
        credentials = CredentialGeneration(number: 0, local: configuration.credentials)
        random = KeyedGenerator(using: &generator)
        tieBreaker = random.next()
    }

    /// The way of a component's media: the selected pair, else the best valid one, else the one from before a restart.
    /// `nil`: nothing may be sent.
    public func validPair(_ component: ICEComponent) -> ICESelectedPair? {
        guard let pair = activePair(component) else { return nil }
        return ICESelectedPair(
            component: component, local: pair.local, remote: pair.remote, isNominated: pair.isNominated)
    }

    /// Whether whoever sends from `remote` to a socket of ours has proved to know our password: media and DTLS from
    /// there are the peer's, also before the pair is valid in our direction.
    public func hasAuthenticated(_ remote: TransportAddress, onLocal local: Int) -> Bool {
        // A pair of a restarted list that has not been checked yet may be the one from before.
        if let index = list.index(local: local, remote: remote), list[index].isValid || list[index].lastRequest != nil {
            return true
        }
        if earlyChecks.contains(where: { $0.local == local && $0.source == remote }) { return true }
        return components.contains {
            if retained[$0]?.local == local, retained[$0]?.remote == remote { return true }
            guard let pair = former[$0] else { return false }
            return pair.local == local && pair.remote == remote && clock < pair.until
        }
    }

    /// How far the agent is.
    public var state: ICEState {
        guard !components.isEmpty else { return .checking }
        var state = ICEState.completed
        for component in components {
            if let pair = activePair(component) {
                if !pair.isNominated { state = .connected }
            } else {
                return components.contains { hasFailed[$0] } ? .failed : .checking
            }
        }
        return state
    }

    /// Checks were started anew with other credentials (RFC 8445 §9).
    public var hasRestarted: Bool { credentials.number > 0 }

    /// RTP has had a pair since the last start. Until then it goes by the one from before, if there was one.
    public var hasFoundPair: Bool { hasConnected[.rtp] }

    /// How many signalled candidates of the peer can be used, how many pairs there are, and how many of them failed, are
    /// valid, or wait for a check or its answer.
    public var listSummary: (remoteCandidates: Int, pairs: Int, failed: Int, valid: Int, open: Int) {
        (
            remotes.count, list.pairs.count, list.pairs.count { $0.state == .failed }, list.pairs.count { $0.isValid },
            list.pairs.count { $0.isPending }
        )
    }

    /// The next event, oldest first; `nil` when there is none.
    public mutating func nextEvent() -> ICEEvent? { events.popFirst() }

    /// The pair whose consent is kept.
    func activePair(_ component: ICEComponent) -> CheckPair? {
        if let index = list.index(id: selected[component]) { return list[index] }
        return retained[component]
    }

    /// Takes in the time; it never goes back.
    mutating func advanceClock(to now: UInt64) -> UInt64 {
        clock = max(clock, now)
        return clock
    }

    mutating func announce(_ event: ICEEvent) {
        guard !events.append(event) else { return }
        _ = events.popFirst()
        _ = events.append(event)
    }

    mutating func send(_ output: Outgoing) {
        if !outputs.append(output) { counters.outputsDropped += 1 }
    }
}
