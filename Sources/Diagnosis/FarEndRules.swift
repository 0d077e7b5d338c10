import CallReports
import Forwarding
import NetTypes

/// What the network and the receiver say of packets that have left.
enum FarEndRules {
    static let rules: [Rule] = [unreachable, privateDestination, hearsNothing, lossBehindRelay]

    private static let unreachable = Rule(.unreachable) { direction in
        // Reports say more than ICMP, which anybody can forge; and who sends media from there is there.
        guard let receiver = direction.to, !(receiver.flows && receiver.port?.counters?.isConfirmed == true),
            report(of: direction).map({ $0.fractionLost > 64 }) ?? true
        else { return nil }
        return messages(about: receiver, direction.clock)
    }

    /// What ICMP says of packets that were sent to an end; `nil` for nothing, or nothing lately.
    static func messages(about end: End, _ clock: Clock) -> Statement? {
        guard let port = end.port?.counters, port.socketErrors.unreachable >= 2 else { return nil }
        let errors = port.socketErrors
        // Who hangs up closes its socket: what is sent to it afterwards is answered so, too.
        let wasBefore =
            clock.isTooLate(errors.unreachableNanoseconds) && errors.unreachable >= Thresholds.stragglers
            && end.event(.socketError) != nil
        guard clock.hasBeen(errors.unreachableNanoseconds, within: Thresholds.unreachable) || wasBefore else {
            return nil
        }
        let destination = port.endpoint.map { " at \($0)" } ?? ""
        return Statement(
            "\(end.words)\(destination) cannot be reached: \(Wording.error(errors.lastReceived)) (ICMP)",
            [
                .count("ICMP messages", errors.unreachable), .count("packets sent", end.sent),
                .seconds("last one", nanoseconds: clock.age(errors.unreachableNanoseconds)),
            ])
    }

    private static let privateDestination = Rule(.privateDestination) { direction in
        // Once something was heard from elsewhere, packets go there, unless that was not wanted.
        guard let receiver = direction.to, receiver.checks == nil, let endpoint = receiver.endpoint,
            endpoint == receiver.signalled.endpoint, receiver.port?.counters?.isConfirmed == false,
            !receiver.wasHeard || receiver.signalled.learning == .off, let own = receiver.target,
            ArrivalRules.isNarrower(endpoint.address, than: own.address),
            direction.isOverdue, report(of: direction) == nil
        else { return nil }
        return Statement(
            "packets for \(receiver.words) go to \(endpoint), the private address in its SDP, as "
                + (receiver.wasHeard
                    ? "its public one is not to be learned (asymmetric, endpoint learning off)"
                    : "nothing has come from it that would show its public one"),
            [.count("packets sent", receiver.sent), .address("sent to", endpoint), .address("relay", own)])
    }

    private static let hearsNothing = Rule(.receiverHearsNothing) { direction in
        guard let receiver = direction.to, let report = report(of: direction) else { return nil }
        // What one report says may be the loss of the way to the relay, or what the relay did not send.
        let isLost =
            report.fractionLost >= 250 && (direction.from.mainStream?.recentLossPercent ?? 0) < 50
            && !kept(direction).lately
        guard isLost || lag(report, direction) else { return nil }
        return Statement(
            "\(receiver.words) reports that it gets nothing, though packets leave for it: they are lost between the relay "
                + "and it",
            [
                .percent("loss in its last report", Double(report.fractionLost) / 2.56),
                .seconds("last report", nanoseconds: direction.clock.age(report.nanoseconds)),
                .count("packets sent", receiver.sent),
            ] + WayOutRules.sentTo(direction))
    }

    private static let lossBehindRelay = behind(Thresholds.heavyLoss, .fault)
    /// The same, as far as it is heard without doing much harm, or was before.
    static let someLossBehindRelay = behind(Thresholds.audibleLoss, .note)

    private static func behind(_ least: Double, _ severity: Severity) -> Rule {
        Rule(.lossBehindRelay, severity) { direction in
            guard let receiver = direction.to, let report = report(of: direction),
                let stream = direction.from.mainStream
            else { return nil }
            let reported = Double(report.fractionLost) / 2.56
            let steadily = min(reported, Double(report.fractionLostBefore) / 2.56)
            // The loss of one report may be that of the way to the relay, just now; that of two, or what the receiver
            // misses altogether, can be set against what came.
            let held = kept(direction)
            let missed = Double(report.cumulativeLost) - Double(stream.lost) - Double(held.packets)
            let share = missed * 100 / max(1, Double(stream.packets) + Double(stream.lost))
            let isNow = steadily - stream.recentLossPercent >= least
            let isAlways =
                share >= least && reported - stream.recentLossPercent >= least && stream.recentLossPercent < 50
            let evidence: [Evidence] = [
                .percent("loss in its last report", reported),
                .percent("in the one before", Double(report.fractionLostBefore) / 2.56),
                .percent("loss before the relay, lately", stream.recentLossPercent),
                .count("packets lost by its account", report.cumulativeLost),
                .count("packets lost before the relay", stream.lost),
                .count("packets that the relay kept back", held.packets), .count("packets sent", receiver.sent),
            ]
            if isNow || isAlways, !held.lately {
                return Statement(
                    "\(receiver.words) reports \(Wording.decimals(reported, reported < 10 ? 1 : 0)) % of loss, most of it "
                        + "behind the relay", evidence)
            }
            guard severity == .note, share >= least else { return nil }
            return Statement(
                "\(Wording.decimals(share, share < 10 ? 1 : 0)) % of the packets for \(receiver.words) were lost behind the "
                    + "relay before, by its reports; lately it reports \(Wording.decimals(reported, 1)) %", evidence)
        }
    }

    static let reportsNothing = Rule(.receiverReportsNothing, .note) { direction in
        guard let receiver = direction.to, !receiver.isShared, direction.isAudio, direction.from.flows,
            receiver.sent >= 750, receiver.reports >= 3,
            direction.clock.isRecent(receiver.lastPacket, within: Thresholds.reports),
            receiver.counters.allSatisfy(\.receptionReports.isEmpty), receiver.protection?.isKeyed != false
        else { return nil }
        return Statement(
            "\(receiver.words) sends RTCP, but no report on what it gets: it may hear nothing",
            [.count("RTCP packets", receiver.reports), .count("packets sent", receiver.sent)])
    }

    /// Packets that came and did not leave, which the receiver counts as lost, and whether there were any in the time
    /// that its last reports are about.
    private static func kept(_ direction: Direction) -> (packets: UInt64, lately: Bool) {
        var drops = [DropReason.blocked, .notKeyed, .noDestination, .noSink, .keyExpired].map(direction.from.drops)
        if let receiver = direction.to { drops.append(receiver.drops(.sendFailed)) }
        return (
            drops.reduce(0) { $0 &+ $1.count },
            drops.contains {
                $0.count >= Thresholds.stragglers && direction.clock.isRecent($0.last, within: Thresholds.reports)
            }
        )
    }

    /// The receiver's last report on the sender's present stream; `nil` for none, or an old one.
    private static func report(of direction: Direction) -> ReceptionReport? {
        guard let receiver = direction.to, let source = direction.from.mainStream?.ssrc else { return nil }
        return receiver.counters.flatMap(\.receptionReports).last {
            $0.source == source && $0.reports > 0
                && direction.clock.hasBeen($0.nanoseconds, within: Thresholds.reports)
        }
    }

    /// The sequence number that the receiver has got to is that of long ago, though it reports no loss: it counts none
    /// while nothing comes.
    private static func lag(_ report: ReceptionReport, _ direction: Direction) -> Bool {
        guard report.reports >= 2, let stream = direction.from.mainStream,
            direction.clock.isRecent(report.nanoseconds, within: Thresholds.patience)
        else { return false }
        let missing = UInt16(
            truncatingIfNeeded: stream.extendedHighestSequenceNumber &- report.extendedHighestSequenceNumber)
        // Ten seconds, and what has come since the report; all of it of the present run of sequence numbers, or the
        // report may speak of the run before.
        let limit = max(750, 15 * stream.packetsPerSecond)
        return Double(missing) >= limit && missing < 30_000 && stream.expected >= UInt64(missing)
    }
}
