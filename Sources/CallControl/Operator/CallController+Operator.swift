public import Bencode
import CallModel
import CallReports
import Forwarding
import Logging
import NGProtocol
import Negotiation
import Synchronization
public import Telemetry

/// What operators see and change while the relay runs. Safe from any thread.
extension CallController {
    /// Calls at present.
    public var callCount: Int { registry.count }

    /// When calls end by themselves. A change holds for the calls that exist, too.
    public var timeouts: CallTimeouts {
        get { currentTimeouts.withLock { $0 } }
        set { currentTimeouts.withLock { $0 = newValue } }
    }

    /// When new calls are refused.
    public var limits: LoadLimits {
        get { gate.limits }
        set { gate.limits = newValue }
    }

    /// New calls are refused whatever the limits say, so that the relay becomes empty.
    public var isDraining: Bool {
        get { gate.isDraining }
        set { gate.isDraining = newValue }
    }

    /// TOS byte of the media of calls that do not ask for another one.
    public var mediaTOS: UInt8 { configuration.rules.tos }

    /// Every call in short, the oldest first.
    public func overviews() -> [CallOverview] {
        var overviews: [CallOverview] = []
        overviews.reserveCapacity(registry.count)
        let (now, wall) = (clock.monotonicNanoseconds(), clock.wallMicroseconds())
        registry.lookAtAll { overviews.append(overview(of: &$0, now: now, nowMicroseconds: wall)) }
        return overviews.sorted { ($0.createdMicroseconds, $0.callID) < ($1.createdMicroseconds, $1.callID) }
    }

    /// One call in short, and as `query` shows it; `nil` for a call-id that is not known.
    public func description(of callID: String) -> (overview: CallOverview, details: BencodeDictionary)? {
        registry.withCall(callID) { record in
            guard var record else { return nil }
            // One call is looked at anew.
            record.judged = nil
            let (now, wall) = (clock.monotonicNanoseconds(), clock.wallMicroseconds())
            return (
                overview(of: &record, now: now, nowMicroseconds: wall), reply(on: record.call, shown: nil).dictionary()
            )
        }
    }

    private func overview(of record: inout CallRecord, now: UInt64, nowMicroseconds: Int64) -> CallOverview {
        let ports = record.ports
        let arrivals = plane.arrivals(at: ports)
        let judged: JudgedCall
        if let known = record.judged,
            known.holds(signalNanoseconds: record.signalNanoseconds, arrivals, now: now)
        {
            judged = known
        } else {
            judged = JudgedCall(report(on: record, now: now, readings(of: ports)), arrivals)
            record.judged = judged
        }
        return CallOverview(
            record, ports: ports.count, arrivals, judged, readSeconds: nowMicroseconds / 1_000_000,
            isDebugged: debugging.contains(record.call.id))
    }

    /// Ends a call at once; `false` for a call-id that is not known.
    public func terminate(_ callID: String) -> Bool {
        let now = clock.monotonicNanoseconds()
        return registry.withCall(callID) { record in
            guard let ending = record else { return false }
            finish(ending, .forced, now: now)
            record = nil
            return true
        }
    }

    /// Logs every request and plan of a call, whatever the log level is, or no longer; `false` for a call-id that is
    /// not known, or when too many calls are logged so.
    public func setDebugging(of callID: String, _ isOn: Bool) -> Bool {
        registry.withCall(callID) { record in record != nil && debugging.set(callID, isOn) }
    }

    /// Lets `answer` carry out the lines of the ng protocol's command `cli` (ng-protocol §4.20).
    public func answerCommandLines(_ answer: @escaping @Sendable (String) -> String) {
        commandLines.withLock { $0 = answer }
    }

    /// `cli`: a command line, and the text that answers it.
    func answerCommandLine(_ request: NGRequest) -> NGReply {
        guard let line = request.dictionary.first("body")?.text else { return .error(.noBody) }
        guard let answer = commandLines.withLock({ $0 }) else { return .error(.unknownCommand) }
        let reply = NGReply.ok(["response": .text(answer(line))])
        return reply.fits(in: CallController.largestReply) ? reply : .error(.replyTooLarge)
    }

    /// Everything that is counted here. The sections of the media plane are for its owner to add.
    public func snapshot() -> StatisticsSnapshot {
        let limits = limits
        return StatisticsSnapshot(
            statistics: statisticsSections(),
            own: [
                "limits": .dictionary([
                    "sessions": .integer(Int64(limits.sessions ?? -1)), "draining": isDraining ? 1 : 0,
                ])
            ], histograms: distributions.histograms)
    }
}
