import CallModel
import CallReports
import Forwarding

/// A call with what the registry must remember of it beside the model.
struct CallRecord {
    var call: Call
    /// Monotonic nanoseconds at creation.
    let createdNanoseconds: UInt64
    /// Monotonic nanoseconds of the last signalling.
    var signalNanoseconds: UInt64
    /// When the call goes away, once its deletion was asked for.
    var deletionNanoseconds: UInt64?
    /// When that was asked for.
    var deletionAskedNanoseconds: UInt64?
    /// Parties that a delayed deletion takes; the whole call when `nil`.
    var deletedParties: [PartyDeletion] = []
    /// The plans installed, to install only what changes.
    private(set) var installed: [ForwardingPlan] = []
    /// The SDP signalled last.
    var signalled = SignalledHistory()
    /// Whether the call is recorded; `nil` when it never was.
    var isRecording: Bool?
    /// The registry counts the call.
    var isCounted = false
    /// What became of the handshakes on the call's ports, the last few of each.
    private(set) var handshakeOutcomes: [LocalPortID: [HandshakeReport.Outcome]] = [:]
    /// Before this time the call cannot be idle for too long; `nil` when that is to be found out.
    var patience: Patience?
    /// What was last found out about the call for lists.
    var judged: JudgedCall?
    /// Options without effect that were logged for this call.
    private var loggedOptions: Set<String> = []

    /// More words without effect than a call is remembered by; those beyond are not logged.
    private static let loggedOptionLimit = 256

    /// One party to be removed later.
    struct PartyDeletion {
        var party: PartyID
        var nanoseconds: UInt64
    }

    /// Until when a call may do nothing. What comes meanwhile makes that later and never earlier.
    struct Patience {
        var endNanoseconds: UInt64
        /// Those that it was reckoned by.
        var timeouts: CallTimeouts
    }

    init(call: Call, nowNanoseconds: UInt64) {
        self.call = call
        createdNanoseconds = nowNanoseconds
        signalNanoseconds = nowNanoseconds
    }

    /// Every port of the call.
    var ports: [LocalPortID] { call.ports }

    /// Whether an option without effect is still to be logged. It counts as logged then.
    mutating func startsLogging(_ option: String) -> Bool {
        loggedOptions.count < CallRecord.loggedOptionLimit && loggedOptions.insert(option).inserted
    }

    /// More outcomes of one handshake than are remembered.
    private static let outcomeLimit = 8

    /// Remembers what handshakes on ports of the call came to. Returns whether any was.
    mutating func take(_ events: [LocalPortID: [SecurityEvent]], now: UInt64) -> Bool {
        var isConcerned = false
        for port in ports {
            guard let own = events[port] else { continue }
            isConcerned = true
            judged = nil
            let all = (handshakeOutcomes[port] ?? []) + own.map { .init($0.outcome, nanoseconds: now) }
            handshakeOutcomes[port] = all.suffix(Self.outcomeLimit)
        }
        return isConcerned
    }

    /// Installs the plans that differ from what is installed, and forgets what handshakes came to that others replace or
    /// whose ports are gone.
    mutating func installPlans(_ defaults: Call.PlanDefaults, on plane: any MediaPlane) {
        let plans = call.forwardingPlans(defaults)
        let changed = changes(to: plans)
        // Ports may be gone, and sections may be held.
        patience = nil
        judged = nil
        if !handshakeOutcomes.isEmpty {
            let (former, next) = (InstalledPlans(installed), InstalledPlans(plans))
            handshakeOutcomes = handshakeOutcomes.filter { port, _ in
                guard let plan = next[port] else { return false }
                return plan.association == former[port]?.association
            }
        }
        installed = plans
        if !changed.isEmpty { plane.install(changed) }
    }

    /// Those of `plans` that are not installed. Nearly always plans stand where they stood before.
    private func changes(to plans: [ForwardingPlan]) -> [ForwardingPlan] {
        if installed.isEmpty { return plans }
        var places: [LocalPortID: Int]?
        var changed: [ForwardingPlan] = []
        for place in plans.indices {
            var former: Int? = place
            if place >= installed.count || installed[place].port != plans[place].port {
                if places == nil {
                    places = Dictionary(
                        installed.indices.map { (installed[$0].port, $0) }, uniquingKeysWith: { first, _ in first })
                }
                former = places?[plans[place].port]
            }
            if let former, installed[former] == plans[place] { continue }
            changed.append(plans[place])
        }
        return changed
    }
}

extension ForwardingPlan {
    /// The DTLS association that is asked for; `nil` for none.
    fileprivate var association: UInt64? {
        guard case .dtls(let plan) = security else { return nil }
        return plan.association
    }
}
