internal import CallControl
internal import CallReports
internal import Capture
internal import Forwarding
internal import NetTypes

/// Replays one call: its signalling through the real control side, and the packets that came to its ports through the
/// real packet path, on virtual time.
struct CallPlayer {
    /// Longer calls are cut off: a capture with a wrong clock must not keep the replay busy for ever.
    private static let longestCall: UInt64 = 86_400_000_000_000
    /// More of it tells nothing more.
    private static let longestSilence: UInt64 = 3_600_000_000_000
    private static let second: UInt64 = 1_000_000_000
    /// A call that ended in silence is judged so soon after the last that is seen of it.
    private static let afterglow = 2 * second
    /// Things that are due at one and the same time at most.
    private static let patience = 100_000

    private let dialogue: RecordedDialogue
    private let traffic: RecordedTraffic
    private let index: TrafficIndex
    private let succession: PortSuccession
    private let table: InterfaceTable
    private let start: UInt64
    /// The longest call that begins then ends here.
    private let limit: UInt64
    private var result: CallReplay

    /// - Parameter succession: which calls its ports were given to afterwards.
    init(
        _ dialogue: RecordedDialogue, _ traffic: RecordedTraffic, _ index: TrafficIndex, _ succession: PortSuccession
    ) {
        self.dialogue = dialogue
        self.succession = succession
        self.traffic = traffic
        self.index = index
        table = ReplayRelay.interfaces(of: dialogue)
        start = dialogue.exchanges.first?.nanoseconds ?? 0
        let (end, overflow) = start.addingReportingOverflow(Self.longestCall)
        limit = overflow ? .max : end
        result = CallReplay(callID: dialogue.callID, startNanoseconds: start, requests: dialogue.exchanges.count)
    }

    /// Plays the call from its first request to the end.
    mutating func play() -> CallReplay {
        var rehearsal = rehearse()
        let successor =
            rehearsal.end == .max ? succession.successor(of: dialogue, holding: rehearsal.held) : nil
        if let successor {
            rehearsal.end = successor.nanoseconds - 1
            result.notes.append(
                "the capture has no end of the call; a port of it belongs to call \(successor.callID) from "
                    + "\(seconds(successor.nanoseconds)) s after the beginning on")
        }
        let media = CallMedia(
            traffic, index, within: start...max(start, rehearsal.end), ports: rehearsal.recorded,
            credentials: rehearsal.credentials)
        let plane = ReplayPlane(
            table, ports: PortScript(leased: rehearsal.leased, recorded: media.addresses(of: rehearsal.recorded)),
            evidence: media.evidence, credentials: media.credentials, start: start)
        perform(media, on: plane, until: successor == nil ? .max : rehearsal.end)
        result.notes += plane.notes
        result.localAddresses = Set(media.evidence.keys)
        result.endNanoseconds = rehearsal.end
        return result
    }

    // MARK: - Rehearsal

    private struct Rehearsal {
        var leased: [[TransportAddress]] = []
        /// For a port of the rehearsal, what the capture's reply has in its place.
        var recorded: [TransportAddress: TransportAddress] = [:]
        /// Ports of the capture that the call still has after its last request.
        var held: Set<TransportAddress> = []
        /// The relay's credentials by the port that they were signalled with.
        var credentials: [TransportAddress: ICEPlan.Credentials] = [:]
        /// When a request ended the call; `.max` when none did.
        var end = UInt64.max
    }

    /// The signalling alone, to see which ports are which.
    private mutating func rehearse() -> Rehearsal {
        let plane = RehearsalPlane(table)
        let relay = ReplayRelay(plane, table, epoch: start &- plane.now)
        var rehearsal = Rehearsal()
        var repliesKnown = 0
        for exchange in dialogue.exchanges {
            let rewritten = relay.carryOut(exchange).rewritten
            if ends(exchange, relay) {
                rehearsal.end = exchange.nanoseconds
                break
            }
            guard let recorded = exchange.rewritten, let rewritten else { continue }
            repliesKnown += 1
            for (here, there) in zip(RewrittenSection.all(of: rewritten), RewrittenSection.all(of: recorded)) {
                guard let here, let there else { continue }
                rehearsal.recorded[here.rtp] = there.rtp
                if here.rtcp != here.rtp { rehearsal.recorded[here.rtcp] = there.rtcp }
                rehearsal.credentials[there.rtp] = there.credentials
            }
        }
        if repliesKnown == 0 {
            result.notes.append(
                "the capture has no replies of the relay: its ports are not known, and no packet is replayed")
        }
        if dialogue.exchanges.first?.command == "answer" {
            result.notes.append("the capture begins after the offer")
        }
        rehearsal.leased = plane.leased
        // What a branch that was deleted with a delay had is given back some time.
        plane.now += Self.longestCall
        relay.controller.tick(MachineLoad(load: 0, cpuPercent: 0))
        rehearsal.held = Set(plane.openPorts.compactMap { rehearsal.recorded[$0.local] })
        relay.controller.endAllCalls()
        return rehearsal
    }

    // MARK: - Performance

    /// - Parameter last: when the call was over at the latest, though no request says so.
    private mutating func perform(_ media: CallMedia, on plane: ReplayPlane, until last: UInt64) {
        let relay = ReplayRelay(plane, table, epoch: start &- plane.now)
        var stage = Stage(
            plane: plane, relay: relay, nextTick: plane.now + Self.second, refusals: media.refusals[...])
        var packets = media.inbound[...]
        for exchange in dialogue.exchanges {
            guard exchange.nanoseconds <= limit else { break }
            play(&packets, before: exchange.nanoseconds, on: &stage)
            stage.advance(to: exchange.nanoseconds)
            if exchange.command == "delete" { takeReport(stage, at: exchange.nanoseconds) }
            if let refusal = relay.carryOut(exchange).refusal, exchange.refusal == nil {
                result.notes.append(
                    "the \(exchange.command) \(seconds(exchange.nanoseconds)) s after the beginning is refused here: \(refusal)"
                )
            }
            plane.carry(plane.takeSent())
            if ends(exchange, relay) { return }
        }
        play(&packets, before: .max, until: limit, on: &stage)
        if packets.first != nil { result.notes.append("the call is longer than a day: the rest was left out") }
        let end = end(behind: media, until: last)
        stage.advance(to: end)
        takeReport(stage, at: end)
        relay.controller.endAllCalls()
    }

    /// Where a call ends that nobody has ended: with the file, for what does not come until then is missing, too.
    /// Where another call has a port of it afterwards, it ended with what is seen of it.
    private mutating func end(behind media: CallMedia, until bound: UInt64) -> UInt64 {
        let end = min(max(start, traffic.end), limit)
        let times = media.inbound.map(\.datagram.nanoseconds) + dialogue.exchanges.map(\.nanoseconds)
        let last = times.filter { $0 <= limit }.max() ?? start
        // Times of a capture are what its writer liked.
        guard bound == .max else {
            return bound > last && bound - last > Self.afterglow ? last + Self.afterglow : bound
        }
        guard end - min(last, end) > Self.longestSilence else { return end }
        result.notes.append("nothing comes for more than an hour: the rest of the capture was left out")
        return last + Self.longestSilence
    }

    /// Whether the call is over with `exchange`, which was carried out: what comes behind belongs to no call.
    private func ends(_ exchange: RecordedExchange, _ relay: ReplayRelay) -> Bool {
        exchange.command == "delete" && relay.controller.report(on: dialogue.callID)?.isBeingDeleted ?? true
    }

    /// Hands in the packets before a time of the capture.
    private mutating func play(
        _ packets: inout ArraySlice<CallMedia.Inbound>, before end: UInt64, until limit: UInt64 = .max,
        on stage: inout Stage
    ) {
        while let packet = packets.first, packet.datagram.nanoseconds < end, packet.datagram.nanoseconds <= limit {
            packets.removeFirst()
            stage.advance(to: packet.datagram.nanoseconds)
            // What comes to a port that the call has given back may be another one's.
            guard stage.plane.port(at: packet.datagram.destination) != nil else { continue }
            stage.plane.replay(packet.datagram, clear: packet.clear)
            result.packets += 1
        }
    }

    private mutating func takeReport(_ stage: Stage, at nanoseconds: UInt64) {
        guard let report = stage.relay.controller.report(on: dialogue.callID) else { return }
        result.report = report
        result.explanation = stage.relay.controller.explanation(of: dialogue.callID)
        result.durationNanoseconds = nanoseconds &- start
    }

    private func seconds(_ nanoseconds: UInt64) -> String {
        let tenths = (nanoseconds &- min(start, nanoseconds)) / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// The relay with its time.
    private struct Stage {
        let plane: ReplayPlane
        let relay: ReplayRelay
        var nextTick: UInt64
        var refusals: ArraySlice<RecordedRefusal>

        /// Lets time pass, up to a time of the capture.
        mutating func advance(to captured: UInt64) {
            while let next = refusals.first, next.nanoseconds <= captured {
                refusals.removeFirst()
                pass(to: next.nanoseconds)
                plane.fail(next.error, at: next.refusal.source, to: next.refusal.destination)
            }
            pass(to: captured)
        }

        private mutating func pass(to captured: UInt64) {
            let time = max(plane.now, plane.time(of: captured))
            var turns = 0
            while turns < CallPlayer.patience {
                let next = min(plane.nextDeadline ?? .max, nextTick)
                guard next <= time else { break }
                turns = next > plane.now ? 0 : turns + 1
                plane.now = max(plane.now, next)
                if (plane.nextDeadline ?? .max) <= plane.now { plane.carry(plane.reachDeadline()) }
                if nextTick <= plane.now {
                    nextTick = plane.now + CallPlayer.second
                    relay.controller.tick(MachineLoad(load: 0, cpuPercent: 0))
                    plane.carry(plane.takeSent())
                }
            }
            plane.now = time
        }
    }
}
