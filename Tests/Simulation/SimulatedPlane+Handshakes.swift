import DTLS
import Forwarding
import PacketPath
import Replay
import SRTP

/// What the handshake threads do, at once and on virtual time.
extension SimulatedPlane {
    /// How often a client that was broken off tries again.
    private static let patience: UInt64 = 50_000_000

    /// Carries out what the path has for the handshakes.
    func carryOutHandshakes() {
        while true {
            while let event = path.nextHandshakeEvent() { carryOut(event) }
            var next: (port: LocalPortID, association: UInt64, bytes: [UInt8])?
            guard path.nextHandshakeDatagram({ next = ($0.port, $0.association, Array($0.bytes)) }), let next else {
                return
            }
            guard let association = find(next.port, next.association) else { continue }
            follow(association) { association in next.bytes.withUnsafeBytes { association.engine.receive($0) } }
        }
    }

    private func find(_ port: LocalPortID, _ name: UInt64) -> SimulatedAssociation? {
        guard let association = associations[port], association.plan.association == name else { return nil }
        return association
    }

    private func carryOut(_ event: HandshakeEvent) {
        switch event {
        case .begin(let port, let plan, let isReady):
            if let earlier = associations[port] { end(earlier) }
            let association = SimulatedAssociation(port, plan, isReady: isReady, context)
            associations[port] = association
            start(association)
        case .ready(let port, let name):
            guard let association = find(port, name) else { return }
            association.isReady = true
            start(association)
        case .end(let port, let name):
            guard let association = find(port, name) else { return }
            end(association)
        }
    }

    private func start(_ association: SimulatedAssociation) {
        if association.wantsStart { follow(association) { $0.engine.start() } }
    }

    func end(_ association: SimulatedAssociation) {
        follow(association) { $0.engine.close() }
        associations[association.port] = nil
    }

    /// Does `step` with an association, and then what follows from it.
    func follow(_ association: SimulatedAssociation, _ step: (SimulatedAssociation) -> Void) {
        var left: Duration?
        LibraryClock.show(now) {
            step(association)
            left = association.engine.timeUntilTimeout
        }
        while let datagram = association.engine.nextDatagram() {
            datagram.withUnsafeBytes {
                path.sendHandshake(
                    $0, from: association.port, association: association.plan.association, into: &output)
                collect()
            }
        }
        while let event = association.engine.nextEvent() { take(event, of: association) }
        if let left, association.engine.timeUntilTimeout != nil {
            association.deadline = now + max(nanoseconds(left), 1_000_000)
        } else if !association.wantsStart {
            association.deadline = nil
        }
    }

    private func take(_ event: DTLSEvent, of association: SimulatedAssociation) {
        switch event {
        case .connected(let connection):
            association.isEstablished = true
            path.installKeys(
                association.port, association: association.plan.association,
                receiving: SRTPPolicy(suite: connection.suite, masterKey: connection.remoteKey),
                sending: SRTPPolicy(suite: connection.suite, masterKey: connection.localKey), now: now)
            note(.established(connection.suite), of: association)
        case .fingerprintMismatch: conclude(association, .fingerprintMismatch, retries: false)
        case .closed: conclude(association, .closedByPeer, retries: false)
        case .refusedHello: break
        case .failed(.timedOut): conclude(association, .timedOut, retries: true)
        case .failed(let failure): conclude(association, .failed(reason: "\(failure)"), retries: true)
        }
    }

    private func conclude(_ association: SimulatedAssociation, _ outcome: SecurityEvent.Outcome, retries: Bool) {
        note(outcome, of: association)
        if association.plan.role == .server {
            association.restart()
        } else if retries {
            association.restart()
            association.deadline = now + Self.patience
        }
    }
}
