import DTLS
import Forwarding

/// The relay's side of one DTLS association, with what a handshake thread keeps of it.
final class SimulatedAssociation {
    let port: LocalPortID
    let plan: DTLSPlan
    private let context: DTLSContext
    var engine: DTLSAssociation
    /// The peer's address is known.
    var isReady: Bool
    /// When libssl has something to repeat.
    var deadline: UInt64?
    /// Handshakes begun after the first.
    var restarts = 0
    var isEstablished = false

    init(_ port: LocalPortID, _ plan: DTLSPlan, isReady: Bool, _ context: DTLSContext) {
        self.port = port
        self.plan = plan
        self.isReady = isReady
        self.context = context
        engine = Self.makeEngine(plan, context)
    }

    private static func makeEngine(_ plan: DTLSPlan, _ context: DTLSContext) -> DTLSAssociation {
        let role: DTLSRole =
            switch plan.role {
            case .client: .client
            case .server: .server
            case .undecided: .undecided
            }
        return DTLSAssociation(context, role: role, expected: [plan.fingerprint])
    }

    /// The relay has to send the first flight as soon as it may.
    var wantsStart: Bool { plan.role != .server && isReady && engine.state == .idle }

    /// Forgets a handshake that came to nothing, as often as a handshake thread does.
    func restart() {
        guard restarts < 7 else { return }
        restarts += 1
        engine = Self.makeEngine(plan, context)
        deadline = nil
    }
}
