import CallModel
import CallReports
import Diagnosis
import Forwarding
import Logging

extension CallController {
    /// Ends calls whose time is over, and takes the measurements that limits are compared with. To be called once a
    /// second.
    public func tick(_ machine: MachineLoad) {
        let now = clock.monotonicNanoseconds()
        distributeSecurityEvents()
        waitingFragments.dropOverdue(now: now)
        endedCalls.forget(now: now)
        let timeouts = self.timeouts
        let looksAtCertificates = certificates.hasReplaced
        var oldestCertificate: UInt64?
        registry.visitAll { record in
            if looksAtCertificates, let number = record.call.oldestCertificate {
                oldestCertificate = min(oldestCertificate ?? number, number)
            }
            return due(in: &record, timeouts, now: now)
        } _: { record, due in
            guard let current = record else { return }
            switch due {
            case .end(let ending):
                finish(current, ending, now: now)
                record = nil
            case .parties: record = removeDueParties(of: current, now: now)
            }
        }
        if looksAtCertificates, let oldest = certificates.forget(oldestNamed: oldestCertificate, now: now) {
            plane.retireCertificates(before: oldest)
        }
        let rates = statistics.measureRates(totals: plane.totals(), nowNanoseconds: now)
        gate.update(load: machine.load, cpuPercent: machine.cpuPercent, bytesPerSecond: rates.bytes)
    }

    /// What the time does to a call.
    private enum Due {
        case end(CallEnding)
        /// Parties leave it.
        case parties
    }

    private func due(in record: inout CallRecord, _ timeouts: CallTimeouts, now: UInt64) -> Due? {
        if let ending = ending(of: &record, timeouts, now: now) { return .end(ending) }
        return record.deletedParties.contains { $0.nanoseconds <= now } ? .parties : nil
    }

    /// Why a call ends now, if it does (ng-protocol §3.4).
    private func ending(of record: inout CallRecord, _ timeouts: CallTimeouts, now: UInt64) -> CallEnding? {
        if let due = record.deletionNanoseconds, due <= now { return .regular }
        func isOver(_ since: UInt64, _ seconds: Int) -> Bool {
            seconds > 0 && now > since && (now - since) / 1_000_000_000 >= UInt64(seconds)
        }
        if isOver(record.createdNanoseconds, timeouts.final) { return .finalTimeout }
        if !record.call.isAnswered { return isOver(record.signalNanoseconds, timeouts.offer) ? .offerTimeout : nil }
        // Most calls need no look at their ports for a minute.
        if let patience = record.patience, patience.timeouts == timeouts, now < patience.endNanoseconds { return nil }
        let (active, quiet) = record.call.watchedPorts
        let last = max(plane.lastActivity(of: active.isEmpty ? quiet : active), record.signalNanoseconds)
        let (seconds, ending) =
            active.isEmpty ? (timeouts.silent, CallEnding.silentTimeout) : (timeouts.media, .timeout)
        if isOver(last, seconds) { return ending }
        let (nanoseconds, overflows) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (end, isEndless) = last.addingReportingOverflow(nanoseconds)
        record.patience = CallRecord.Patience(
            endNanoseconds: seconds <= 0 || overflows || isEndless ? .max : end, timeouts: timeouts)
        return nil
    }

    private func removeDueParties(of record: CallRecord, now: UInt64) -> CallRecord? {
        var remaining: CallRecord? = record
        for deletion in record.deletedParties where deletion.nanoseconds <= now {
            guard let current = remaining else { break }
            remaining = remove(.party(deletion.party), from: current)
        }
        remaining?.deletedParties.removeAll { $0.nanoseconds <= now }
        return remaining
    }

    /// Takes a call out of the world: counts it, says so in the log, gives its ports back.
    ///
    /// - Parameter readings: what its ports have seen, where that was read just now.
    func finish(_ record: CallRecord, _ ending: CallEnding, now: UInt64, _ readings: PortReadings? = nil) {
        let ports = record.ports
        let readings = readings ?? self.readings(of: ports)
        let age = now &- min(record.createdNanoseconds, now)
        statistics.noteCallEnd(ending, nanoseconds: age, CallSummary(record.call, readings))
        debugging.set(record.call.id, false)
        endFollowing(record)
        plane.release(ports)
        var report = report(on: record, now: now, readings)
        report.ending = ending.rawValue
        distributions.note(report)
        endedCalls.add(report)
        guard logger.logLevel <= .info else { return }
        var metadata = report.logMetadata
        let diagnosis = CallDiagnosis(report)
        if diagnosis.severity == .fault {
            metadata["verdict"] = "\(diagnosis.cause.rawValue)"
            metadata["why"] = "\(diagnosis.sentence)"
        }
        logger.info("call ended", metadata: metadata)
    }
}

/// What is measured of the machine, for `--max-load` and `--max-cpu`.
public struct MachineLoad: Sendable, Equatable {
    /// One-minute load average.
    public var load: Double
    /// CPU use of all cores together in percent, 0…100.
    public var cpuPercent: Double

    /// A measurement.
    public init(load: Double, cpuPercent: Double) {
        self.load = load
        self.cpuPercent = cpuPercent
    }
}

extension Call {
    /// The ports that should receive media, and all others that are open.
    var watchedPorts: (active: [LocalPortID], quiet: [LocalPortID]) {
        var (active, quiet): ([LocalPortID], [LocalPortID]) = ([], [])
        for media in parties.lazy.flatMap(\.inForce.media) {
            let ports = media.portSets.flatMap(\.portIDs)
            if media.endpoint != nil, media.sends, !media.isRejected { active += ports } else { quiet += ports }
        }
        return (active, quiet)
    }
}
