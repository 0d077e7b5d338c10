internal import Forwarding
internal import ICE
internal import NetTypes

/// An ICE agent with the ports it works for.
struct AgentSeat: ~Copyable {
    /// The socket behind a local candidate of the agent.
    struct Socket {
        var key: Leg.Key
        var component: ICEComponent
    }

    let id: UInt64
    var agent: ICEAgent
    /// The plan carried out last.
    private(set) var plan: ICEPlan
    /// In the order of the agent's local candidates.
    let sockets: [Socket]
    /// How many ports follow a plan with this agent.
    var users = 0
    /// Goes up whenever the agent's state may have changed.
    var epoch: UInt64 = 1
    /// When the agent wants to be called; `.max` for never.
    var deadline = UInt64.max
    /// Place in the heap of deadlines.
    var place = 0
    /// Whether the peer's SDP is known: then only its checks open the ports.
    private(set) var hasRemote = false
    private var hasRTCP: Bool

    init(_ plan: ICEPlan, software: String, using generator: inout some RandomNumberGenerator) {
        let credentials =
            ICECredentials(usernameFragment: plan.local.usernameFragment, password: plan.local.password)
            // Ours are always in order; were they not, nobody could guess these.
            ?? ICECredentials(using: &generator)
        var sockets: [Socket] = []
        var candidates: [ICELocalCandidate] = []
        for candidate in plan.candidates.prefix(ICELimits.localCandidates) {
            guard let component = ICEComponent(rawValue: candidate.component) else { continue }
            let key = Leg.Key(slot: candidate.port.slot, generation: candidate.port.generation)
            sockets.append(Socket(key: key, component: component))
            candidates.append(
                ICELocalCandidate(
                    component: component, address: candidate.address, localPreference: candidate.localPreference,
                    foundation: candidate.foundation))
        }
        self.sockets = sockets
        id = plan.agent
        agent = ICEAgent(
            ICEAgent.Configuration(
                mode: plan.isLite ? .lite : .full, role: plan.isControlling ? .controlling : .controlled,
                localCandidates: candidates, credentials: credentials, software: software),
            using: &generator)
        hasRTCP = sockets.contains { $0.component == .rtcp }
        self.plan = plan
        self.plan.remote = nil
        self.plan.remoteCandidates = []
        self.plan.isRemoteComplete = false
    }

    /// The first socket of the component of socket `index`.
    func firstSocket(besides index: Int) -> Leg.Key? {
        guard sockets.indices.contains(index) else { return nil }
        return sockets.first { $0.component == sockets[index].component }?.key
    }

    /// Carries out what is new in `new`; false when there is nothing.
    mutating func update(_ new: ICEPlan, now: UInt64) -> Bool {
        guard new != plan else { return false }
        let old = plan
        plan = new
        hasRemote = new.remote != nil
        epoch &+= 1
        if hasRTCP, !new.candidates.contains(where: { $0.component == ICEComponent.rtcp.rawValue }) {
            agent.removeRTCPComponent(now: now)
            hasRTCP = false
        }
        if new.local != old.local,
            let local = ICECredentials(usernameFragment: new.local.usernameFragment, password: new.local.password)
        {
            agent.restart(local, role: new.isControlling ? .controlling : .controlled, now: now)
        }
        guard let remote = new.remote,
            let credentials = ICECredentials(usernameFragment: remote.usernameFragment, password: remote.password)
        else { return true }
        agent.setRemote(credentials, isLite: new.isRemoteLite, now: now)
        // Those that the agent has already change nothing, and after a restart of either side it has none.
        agent.addRemoteCandidates(new.remoteCandidates.compactMap { ICERemoteCandidate(attribute: $0) }, now: now)
        if new.isRemoteComplete { agent.endOfRemoteCandidates(now: now) }
        return true
    }
}

extension ICERemoteCandidate {
    /// Longer values are passed over.
    private static let attributeLimit = 1024

    /// Reads what stands behind `a=candidate:` (RFC 8839 §5.1):
    /// foundation, component, transport, priority, address, port, `typ`, type, and what does not matter here.
    init?(attribute: String) {
        guard attribute.utf8.count <= Self.attributeLimit else { return nil }
        let words = attribute.split(separator: " ", maxSplits: 8)
        guard words.count >= 8, words[6].lowercased() == "typ", let component = UInt16(words[1]),
            let priority = UInt32(words[3]), let port = UInt16(words[5])
        else { return nil }
        self.init(
            foundation: String(words[0]), component: component, transport: String(words[2]), priority: priority,
            host: String(words[4]), port: port, type: words[7].lowercased())
    }
}
