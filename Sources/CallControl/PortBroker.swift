import Forwarding
import Negotiation
import Synchronization

/// Leases ports for one negotiation and remembers what must happen to them when it ends, well or badly.
struct PortBroker: NegotiationEnvironment {
    let interfaces: InterfaceTable
    let rules: NegotiationRules
    let loopMark: String
    let certificate: LocalCertificate?
    let foundationSecret: UInt64
    let plane: any MediaPlane
    let roundRobin: RoundRobinCounter
    /// Ports leased by this negotiation.
    private(set) var leased: [LocalPortID] = []
    /// Ports the call has no use for once the negotiation has succeeded.
    private(set) var retired: [LocalPortID] = []

    init(
        interfaces: InterfaceTable, rules: NegotiationRules, identity: ProcessIdentity,
        certificate: LocalCertificate?, plane: any MediaPlane, roundRobin: RoundRobinCounter
    ) {
        self.interfaces = interfaces
        self.rules = rules
        loopMark = identity.loopMark
        self.certificate = certificate
        foundationSecret = identity.foundationSecret
        self.plane = plane
        self.roundRobin = roundRobin
    }

    mutating func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        let leases = try plane.lease(request)
        leased += leases.map(\.id)
        return leases
    }

    mutating func retire(_ ports: [LocalPortID]) {
        retired += ports
    }

    mutating func nextRoundRobin(of count: Int) -> Int {
        roundRobin.next(of: count)
    }

    mutating func random() -> UInt64 {
        UInt64.random(in: .min ... .max)
    }

    /// The negotiation failed: nothing it leased is kept.
    func rollBack() {
        if !leased.isEmpty { plane.release(leased) }
    }

    /// The negotiation succeeded: what it replaced is closed.
    func commit() {
        if !retired.isEmpty { plane.release(retired) }
    }
}

/// Hands out starting points for round robins over interfaces.
final class RoundRobinCounter: Sendable {
    private let count = Atomic<Int>(0)

    /// 0, 1, … `members` − 1, 0, …
    func next(of members: Int) -> Int {
        guard members > 1 else { return 0 }
        let (old, _) = count.wrappingAdd(1, ordering: .relaxed)
        return Int(bitPattern: UInt(bitPattern: old) % UInt(members))
    }
}

/// What the daemon shows of itself in every SDP.
struct ProcessIdentity: Sendable {
    /// Value of the loop protection attribute: twelve hexadecimal digits.
    let loopMark: String
    /// Seed of candidate foundations.
    let foundationSecret = UInt64.random(in: .min ... .max)

    init() {
        let mark = String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
        loopMark = String(repeating: "0", count: 12 - mark.count) + mark
    }
}
