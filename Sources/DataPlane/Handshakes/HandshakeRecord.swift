import DTLS
import Forwarding

/// One association on its handshake thread.
final class HandshakeRecord {
    let port: LocalPortID
    let plan: DTLSPlan
    /// With the certificate that the peer was told of.
    private let context: DTLSContext
    var engine: DTLSAssociation
    /// The peer's address is known.
    var isReady: Bool
    /// Handshakes begun so far.
    var attempts = 0
    /// Monotonic nanoseconds at which the present handshake began; `nil` when none is under way.
    var startedAt: UInt64?
    /// When the thread has to look at it again.
    var deadline: UInt64?

    init(_ port: LocalPortID, _ plan: DTLSPlan, isReady: Bool, _ context: DTLSContext) {
        self.port = port
        self.plan = plan
        self.isReady = isReady
        self.context = context
        engine = HandshakeRecord.makeEngine(plan, context)
    }

    /// A handshake can begin with the next ClientHello, or the call of `start`.
    var isIdle: Bool { engine.state == .idle }

    /// A handshake is under way.
    var isUnderWay: Bool { engine.state == .handshaking || engine.state == .awaitingFingerprint }

    /// The relay has to send the first flight as soon as it may.
    var wantsStart: Bool { plan.role != .server && isReady && isIdle }

    /// Forgets the handshake that there was.
    func restart() {
        engine = HandshakeRecord.makeEngine(plan, context)
        startedAt = nil
        deadline = nil
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
}
