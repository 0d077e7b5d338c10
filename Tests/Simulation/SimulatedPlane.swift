package import DTLS
package import Forwarding
import PacketPath
package import Replay
import SRTP
import TestSupport

/// A media plane without sockets, threads and a clock that also carries out its handshakes. Belongs to one thread.
package final class SimulatedPlane: VirtualPlane, @unchecked Sendable {
    /// What became of handshakes.
    package private(set) var outcomes: [SecurityEvent.Outcome] = []
    package let context: DTLSContext
    /// What the controller has not fetched yet.
    private var securityNews: [SecurityEvent] = []
    var associations: [LocalPortID: SimulatedAssociation] = [:]

    package init(_ table: InterfaceTable, context: DTLSContext, seed: UInt64, capacity: Int = 64) {
        self.context = context
        super.init(table, generator: SeededGenerator(seed: seed), capacity: capacity)
    }

    /// Associations that plans ask for.
    package var associationCount: Int { associations.count }

    package override var handshakeDeadline: UInt64? { associations.values.compactMap(\.deadline).min() }

    package override func reachHandshakeDeadline() {
        for association in associations.values where (association.deadline ?? .max) <= now {
            association.deadline = nil
            if association.wantsStart {
                follow(association) { $0.engine.start() }
            } else {
                follow(association) { $0.engine.handleTimeout() }
            }
        }
    }

    package override func portCloses(_ port: LocalPortID) {
        // The peer of an association is told before its port goes.
        if let association = associations[port], association.isEstablished { end(association) }
    }

    package override func serveHandshakes() { carryOutHandshakes() }

    func note(_ outcome: SecurityEvent.Outcome, of association: SimulatedAssociation) {
        outcomes.append(outcome)
        securityNews.append(
            SecurityEvent(port: association.port, association: association.plan.association, outcome: outcome))
    }

    package override func securityEvents() -> [SecurityEvent] {
        defer { securityNews = [] }
        return securityNews
    }
}
