internal import NetTypes
internal import STUN

/// A candidate pair (RFC 8445 §6.1.2). Its local candidate is always a socket of ours: a mapped address that differs
/// from the socket's would be another local candidate in the RFC, but media would leave through the same socket.
struct CheckPair: Sendable {
    /// RFC 8445 §6.1.2.6
    enum State: UInt8, Sendable {
        case frozen
        case waiting
        case inProgress
        case succeeded
        case failed
    }

    /// Tells pairs of one agent apart.
    let id: UInt32
    let component: ICEComponent
    /// Index of the local candidate.
    let local: Int
    let localPriority: UInt32
    let remote: TransportAddress
    var remotePriority: UInt32
    /// Pairs of equal foundation probably share their fate.
    var foundation: UInt32
    private(set) var priority: UInt64 = 0
    var state = State.frozen
    /// In the queue of triggered checks.
    var isTriggered = false
    /// In the valid list: a check of ours was answered, or, for a lite agent, the peer has checked.
    var isValid = false
    /// Nominated, and valid.
    var isNominated = false
    /// The peer's USE-CANDIDATE came, maybe before the pair became valid.
    var isNominatedByPeer = false
    /// Our checks are to carry USE-CANDIDATE.
    var isToBeNominated = false
    /// The transaction that is outstanding.
    var check: Check?
    /// The one before, whose answer still counts (RFC 8445 §7.3.1.4).
    var supersededCheck: STUNTransactionID?
    /// Once ``isValid`` has been true.
    var consent: Consent?
    /// The peer's last authentic request.
    var lastRequest: UInt64?
    /// The last USE-CANDIDATE, of either side.
    var lastNomination: UInt64 = 0

    init(
        id: UInt32, component: ICEComponent, local: Int, localPriority: UInt32, remote: TransportAddress,
        remotePriority: UInt32, foundation: UInt32, role: ICERole
    ) {
        self.id = id
        self.component = component
        self.local = local
        self.localPriority = localPriority
        self.remote = remote
        self.remotePriority = remotePriority
        self.foundation = foundation
        prioritise(as: role)
    }

    /// Brings ``priority`` up to date.
    mutating func prioritise(as role: ICERole) {
        priority =
            switch role {
            case .controlling: ICEPriority.pair(controlling: localPriority, controlled: remotePriority)
            case .controlled: ICEPriority.pair(controlling: remotePriority, controlled: localPriority)
            }
    }

    /// A check is still to come or to be answered.
    var isPending: Bool {
        switch state {
        case .frozen, .waiting, .inProgress: true
        case .succeeded, .failed: check != nil || isTriggered
        }
    }

    /// Whether `id` is a transaction of this pair that is not answered yet.
    func awaits(_ id: STUNTransactionID) -> Bool {
        check?.id == id || supersededCheck == id || consent?.transactionID == id
    }

    /// Everything that made it usable is over.
    mutating func fail() {
        state = .failed
        isValid = false
        isNominated = false
        isNominatedByPeer = false
        isToBeNominated = false
        check = nil
        supersededCheck = nil
        consent = nil
    }
}
