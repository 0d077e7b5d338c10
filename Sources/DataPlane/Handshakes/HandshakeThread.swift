import DTLS
import Forwarding
import LinuxIO
import SRTP
import Synchronization

/// The loop of one handshake thread, and the associations that live on it. Never leaves its thread.
final class HandshakeThread {
    /// Most datagrams of one worker taken in a row.
    private static let burst: UInt32 = 16
    /// How often a client whose turn has not come asks again, and how close deadlines are looked at together.
    private static let patience: UInt64 = 50_000_000
    private static let grain: UInt64 = 5_000_000

    private let desk: HandshakeDesk
    private var counters: HandshakeCounters { desk.inbox.counters }
    private var records: [LocalPortID: HandshakeRecord] = [:]
    private var underWay = 0
    /// No record has to be looked at before.
    private var nextDeadline: UInt64?
    private var isStopping = false

    init(_ desk: HandshakeDesk) {
        self.desk = desk
    }

    /// Runs until told to stop.
    func run() {
        while true {
            // Datagrams that are there before the notices are looked at belong to associations that have begun.
            let waiting = desk.inbox.rings.map { min($0.count, HandshakeThread.burst) }
            for notice in desk.inbox.takeNotices() { carryOut(notice) }
            if isStopping { break }
            for (ring, count) in zip(desk.inbox.rings, waiting) {
                for _ in 0..<count {
                    ring.pop { port, association, bytes in receive(bytes, for: port, association: association) }
                }
            }
            let now = MonotonicClock.now()
            if let deadline = nextDeadline, deadline <= now { lookAtDeadlines(now: now) }
            // Nobody will wake a thread that has been told to stop.
            guard !isStopping else { break }
            desk.inbox.wait(nanoseconds: nextDeadline.map { $0 > now ? $0 - now : 0 })
        }
        for record in records.values { drop(record) }
        records = [:]
        counters.associations.store(0, ordering: .relaxed)
    }

    // MARK: - Notices

    private func carryOut(_ notice: HandshakeNotice) {
        switch notice {
        case .begin(let port, let plan, let isReady):
            if let earlier = records[port] { finish(earlier) }
            begin(port, plan, isReady: isReady)
        case .ready(let port, let association):
            guard let record = record(port, association) else { return }
            record.isReady = true
            start(record)
        case .end(let port, let association):
            guard let record = record(port, association) else { return }
            finish(record)
        case .leave(let port):
            if let record = records[port] { finish(record) }
            _ = mailbox(of: port)?.post(.close([port]))
        case .stop:
            isStopping = true
        }
        counters.associations.store(records.count, ordering: .relaxed)
    }

    private func begin(_ port: LocalPortID, _ plan: DTLSPlan, isReady: Bool) {
        counters.begun.count()
        guard let context = desk.contexts[plan.certificate] else {
            counters.failed.count()
            let outcome = SecurityEvent.Outcome.failed(reason: "the certificate in the SDP is no longer kept")
            return desk.log.append(SecurityEvent(port: port, association: plan.association, outcome: outcome))
        }
        let record = HandshakeRecord(port, plan, isReady: isReady, context)
        records[port] = record
        start(record)
    }

    private func record(_ port: LocalPortID, _ association: UInt64) -> HandshakeRecord? {
        guard let record = records[port], record.plan.association == association else { return nil }
        return record
    }

    /// Ends an association with a word to the peer, as far as the port still takes it.
    private func finish(_ record: HandshakeRecord) {
        drop(record)
        records[record.port] = nil
    }

    private func drop(_ record: HandshakeRecord) {
        follow(record) { $0.engine.close() }
    }

    // MARK: - Handshakes

    /// Begins as client, if the relay is one and it is time.
    private func start(_ record: HandshakeRecord) {
        guard record.wantsStart else { return }
        guard underWay < desk.limit else {
            wake(record, at: MonotonicClock.now() &+ HandshakeThread.patience)
            return
        }
        follow(record) { $0.engine.start() }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, for port: LocalPortID, association: UInt64) {
        guard let record = record(port, association) else { return }
        if record.isIdle, underWay >= desk.limit {
            counters.concurrencyDrops.count()
            return
        }
        counters.datagramsReceived.count()
        follow(record) { $0.engine.receive(bytes) }
    }

    private func lookAtDeadlines(now: UInt64) {
        nextDeadline = nil
        for record in records.values {
            guard let deadline = record.deadline else { continue }
            if deadline <= now { meetDeadline(of: record, now: now) }
            if let later = record.deadline { wake(record, at: later) }
        }
        // Neighbouring deadlines are met in one pass over the records.
        nextDeadline = nextDeadline.map { max($0, now &+ HandshakeThread.grain) }
    }

    private func meetDeadline(of record: HandshakeRecord, now: UInt64) {
        record.deadline = nil
        if record.isIdle { return start(record) }
        guard let startedAt = record.startedAt, now &- startedAt >= lifetime else {
            return follow(record) { $0.engine.handleTimeout() }
        }
        follow(record) { $0.engine.close() }
        conclude(record, .timedOut)
    }

    private var lifetime: UInt64 { UInt64(desk.configuration.lifetimeSeconds) * 1_000_000_000 }

    private func wake(_ record: HandshakeRecord, at deadline: UInt64) {
        record.deadline = deadline
        nextDeadline = min(nextDeadline ?? deadline, deadline)
    }

    // MARK: - Outcomes

    /// Does `step` with an association, and then what follows from it.
    private func follow(_ record: HandshakeRecord, _ step: (HandshakeRecord) -> Void) {
        let wasUnderWay = record.isUnderWay
        step(record)
        let now = MonotonicClock.now()
        if record.isUnderWay != wasUnderWay {
            underWay += wasUnderWay ? -1 : 1
            counters.underWay.store(underWay, ordering: .relaxed)
        }
        if record.isUnderWay, record.startedAt == nil {
            record.startedAt = now
            record.attempts += 1
        }
        send(record)
        while let event = record.engine.nextEvent() { take(event, of: record) }
        if record.isUnderWay, let startedAt = record.startedAt {
            let end = startedAt &+ lifetime
            let retransmission = record.engine.timeUntilTimeout.map { now &+ nanoseconds($0) } ?? end
            wake(record, at: min(end, retransmission))
        } else if !record.wantsStart {
            record.deadline = nil
        }
    }

    private func send(_ record: HandshakeRecord) {
        var datagrams: [[UInt8]] = []
        while let datagram = record.engine.nextDatagram() { datagrams.append(datagram) }
        guard !datagrams.isEmpty else { return }
        counters.datagramsSent.wrappingAdd(UInt64(datagrams.count), ordering: .relaxed)
        _ = mailbox(of: record.port)?
            .post(.transmitHandshake(record.port, association: record.plan.association, datagrams))
    }

    private func take(_ event: DTLSEvent, of record: HandshakeRecord) {
        switch event {
        case .connected(let connection):
            record.startedAt = nil
            record.attempts = 0
            counters.established.count()
            _ = mailbox(of: record.port)?
                .post(
                    .installKeys(
                        record.port, association: record.plan.association,
                        receiving: SRTPPolicy(suite: connection.suite, masterKey: connection.remoteKey),
                        sending: SRTPPolicy(suite: connection.suite, masterKey: connection.localKey)))
            report(.established(connection.suite), of: record)
        case .fingerprintMismatch: conclude(record, .fingerprintMismatch)
        case .closed: conclude(record, .closedByPeer)
        case .refusedHello: record.startedAt = nil
        case .failed(.timedOut): conclude(record, .timedOut)
        case .failed(let failure): conclude(record, .failed(reason: failure.text))
        }
    }

    /// An association is over. As server the relay waits for another ClientHello: whoever ended this one need not have
    /// been the peer. As client it tries again where it was not answered or a datagram broke it off, since that one is
    /// not authenticated and may be anybody's.
    private func conclude(_ record: HandshakeRecord, _ outcome: SecurityEvent.Outcome) {
        switch outcome {
        case .fingerprintMismatch: counters.mismatched.count()
        case .failed, .timedOut: counters.failed.count()
        case .closedByPeer, .established: break
        }
        report(outcome, of: record)
        guard record.attempts < desk.configuration.attempts else { return }
        if record.plan.role == .server {
            record.restart()
        } else if outcome.allowsClientToRetry {
            record.restart()
            wake(record, at: MonotonicClock.now() &+ HandshakeThread.patience)
        }
    }

    private func report(_ outcome: SecurityEvent.Outcome, of record: HandshakeRecord) {
        desk.log.append(
            SecurityEvent(port: record.port, association: record.plan.association, outcome: outcome))
    }

    private func mailbox(of port: LocalPortID) -> Mailbox? {
        desk.mailboxes.indices.contains(Int(port.worker)) ? desk.mailboxes[Int(port.worker)] : nil
    }
}

private func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, seconds < 3600 else { return 0 }
    return UInt64(seconds) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
}

extension SecurityEvent.Outcome {
    fileprivate var allowsClientToRetry: Bool {
        switch self {
        case .timedOut, .failed: true
        case .established, .fingerprintMismatch, .closedByPeer: false
        }
    }
}

extension DTLSFailure {
    /// A phrase for the log.
    fileprivate var text: String {
        switch self {
        case .handshake(let reason): "handshake: \(reason.description)"
        case .timedOut: "no answer"
        case .noProtectionProfile: "no protection profile agreed on"
        case .tooManyRefusals: "too many unusable ClientHellos"
        case .broken(let reason): "alert: \(reason.description)"
        }
    }
}
