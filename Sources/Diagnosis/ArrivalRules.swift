import CallReports
import Forwarding
import NetTypes

/// What comes from the sender, and what comes in its place.
enum ArrivalRules {
    static let afterOffers: [Rule] = [reofferUnanswered]

    /// Something comes, and is not let in.
    static let instead: [Rule] = [
        notEncrypted, srtp, keyChanged, replayed, addressMismatch, wrongPort, unexpectedDTLS, oversized, unknownPackets,
    ]

    /// Nothing comes, or nothing that would be media.
    static let nothing: [Rule] = [
        pause, idle, cameraOff, goodbye, unreachable, mediaStopped, onlyRTCP, onlySTUN, unreachableRelay,
        nothingArrives,
    ]

    private static let reofferUnanswered = Rule(.reofferUnanswered) { direction in
        let isPending = direction.from.party.hasPendingOffer || direction.to?.party.hasPendingOffer == true
        guard isPending, !direction.from.flows, direction.isOverdue else { return nil }
        let foreign = direction.from.foreignSource
        let isElsewhere = foreign.map { direction.clock.hasBeen($0.nanoseconds) } ?? false
        // An offer that was refused waits for ever: what stopped long after it did not stop because of it.
        let stoppedThen =
            direction.from.packets > 0
            && direction.from.lastMedia <= direction.report.lastSignalNanoseconds &+ Thresholds.patience
        guard stoppedThen || isElsewhere else { return nil }
        var evidence = [Evidence.seconds("time since the offer", nanoseconds: direction.waited)]
        if isElsewhere, let foreign { evidence.append(.address("packets come from", foreign.address)) }
        return Statement(
            "a later offer (re-INVITE) was passed to the relay \(Wording.time(direction.waited)) ago and its answer never "
                + "was, so that the relay goes by what was agreed before", evidence)
    }

    // MARK: - Refused packets

    private static let notEncrypted = Rule(.notEncrypted) { direction in
        let seen = direction.from.unexpected
        guard !direction.from.flows, direction.from.isDropping(.authenticationFailed), seen.examined >= 3,
            seen.unencrypted &* 2 > seen.examined
        else { return nil }
        return Statement(
            "\(direction.from.words) sends in the clear, but SRTP was agreed (\(direction.from.signalled.transport))",
            [
                .count("packets that failed authentication", direction.from.drops(.authenticationFailed).count),
                .count("of those looked at", seen.examined), .count("in the clear", seen.unencrypted),
            ])
    }

    private static let srtp = Rule(.srtpAuthentication) { direction in
        let failed = direction.from.drops(.authenticationFailed).count
        guard !direction.from.flows, direction.from.isDropping(.authenticationFailed), direction.from.packets == 0
        else { return nil }
        return Statement(
            "SRTP from \(direction.from.words) fails its authentication: it uses another key or suite than the one agreed, "
                + "or its roll-over counter is not 0",
            [.count("packets that failed authentication", failed)] + LegRules.facts(of: direction.from))
    }

    /// As above, after a time of success.
    private static let keyChanged = Rule(.srtpKeyChanged) { direction in
        let failed = direction.from.drops(.authenticationFailed).count
        guard !direction.from.flows, direction.from.isDropping(.authenticationFailed), direction.from.packets > 0
        else { return nil }
        let last = direction.from.lastMedia
        // Nothing vouches for the SSRC of such a packet, so that it is a hint and no more.
        let source = direction.from.counters.compactMap(\.failedSource).last
        let isNewStream = source.map { source in !direction.from.streams.contains { $0.ssrc == source } } ?? false
        let agreed = direction.sinceSignal(last)
        let why =
            !agreed.isEmpty
            ? "it does not go by the keys of that one, or the relay was given others"
            : isNewStream
                ? "it has begun a new stream, with another key or without a roll-over counter of 0"
                : "it has changed its key without saying so, or its roll-over counter is out of step"
        var evidence: [Evidence] = [
            .count("packets that failed authentication", failed),
            .count("authentic packets before", direction.from.packets),
        ]
        if let source { evidence.append(.text("SSRC of the last one", "\(source)")) }
        if let before = direction.from.streams.last { evidence.append(.text("SSRC before", "\(before.ssrc)")) }
        return Statement(
            "SRTP from \(direction.from.words) fails its authentication since "
                + "\(Wording.time(direction.clock.age(last)))\(agreed): \(why)",
            evidence + LegRules.facts(of: direction.from))
    }

    private static let replayed = Rule(.replayed) { direction in
        guard !direction.from.flows, direction.from.isDropping(.replayed) else { return nil }
        return Statement(
            "SRTP from \(direction.from.words) is refused as a replay: it began its sequence numbers anew with the same "
                + "key, or somebody sends recorded packets",
            [
                .count("packets refused", direction.from.drops(.replayed).count),
                .count("packets accepted", direction.from.packets),
            ])
    }

    private static let addressMismatch = Rule(.addressMismatch) { direction in
        guard !direction.from.flows, direction.from.isDropping(.foreignSource),
            let foreign = direction.from.foreignSource
        else { return nil }
        let from = direction.from
        var evidence: [Evidence] = [
            .address("packets come from", foreign.address), .count("packets refused", from.drops(.foreignSource).count),
            .count("packets accepted", from.packets),
        ]
        if let signalled = from.signalled.endpoint { evidence.append(.address("SDP", signalled)) }
        if let endpoint = from.endpoint { evidence.append(.address("expected", endpoint)) }
        let what = "packets for \(from.words) come from \(foreign.address)"
        if from.checks != nil {
            return Statement("\(what), which no connectivity check has proven to be it", evidence)
        }
        guard let expected = from.endpoint else {
            return Statement("\(what), and nothing else is known of it", evidence)
        }
        let kind =
            expected.address == foreign.address.address
            ? "its port has changed" : expected.port == foreign.address.port ? "its address has changed" : ""
        let why = kind.isEmpty ? "" : ": \(kind) without an offer, as when a NAT forgets"
        return Statement("\(what), but are taken from \(expected) only\(why)", evidence)
    }

    private static let wrongPort = Rule(.wrongPort) { direction in
        let count = UInt64(direction.from.unexpected.mediaOnReportPort)
        guard !direction.from.flows, count >= Thresholds.stragglers,
            direction.from.isDropping(.malformed)
        else { return nil }
        return Statement(
            "\(direction.from.words) sends its RTP to the relay's port for RTCP",
            [.count("packets", count)] + told(direction.from))
    }

    private static let unexpectedDTLS = Rule(.unexpectedDTLS) { direction in
        let count = UInt64(direction.from.unexpected.handshakes)
        guard !direction.from.flows, count > 0,
            direction.from.isDropping(.malformed, atLeast: 1)
                || direction.from.isDropping(.handshakeRefused, atLeast: 1)
        else { return nil }
        return Statement(
            "\(direction.from.words) begins a DTLS handshake, but its SDP or the one for it says nothing of DTLS",
            [.count("DTLS datagrams", count), .text("profile", direction.from.signalled.transport)])
    }

    private static let oversized = Rule(.oversized) { direction in
        guard !direction.from.flows, direction.from.isDropping(.truncated) else { return nil }
        return Statement(
            "packets from \(direction.from.words) are larger than the relay takes",
            [.count("packets dropped", direction.from.drops(.truncated).count)])
    }

    private static let unknownPackets = Rule(.unknownPackets) { direction in
        let count = UInt64(direction.from.unexpected.others)
        guard !direction.from.flows, count >= Thresholds.stragglers, direction.from.isDropping(.malformed)
        else { return nil }
        return Statement(
            "what comes from \(direction.from.words) is no RTP",
            [.count("packets", count), .text("profile", direction.from.signalled.transport)])
    }

    // MARK: - Nothing

    private static let pause = Rule(.pause, .note) { direction in
        let from = direction.from
        guard from.signalled.isUnderstood, from.packets > 0, !from.flows else { return nil }
        let gap = direction.clock.age(from.lastMedia)
        let hasPaused = from.streams.contains { $0.silentMilliseconds >= 500 || $0.quietShare >= 0.02 }
        // Reports and checks go on while somebody is there.
        let isThere =
            direction.clock.isRecent(from.lastPacket, within: Thresholds.reports)
            && from.lastPacket > from.lastMedia &+ Thresholds.patience
        let saysGoodbye = (from.goodbye ?? 0) >= from.lastMedia
        guard !saysGoodbye else { return nil }
        let isQuiet = claimedPackets(of: direction) == 0
        guard gap < Thresholds.stop || gap < Thresholds.longPause && (hasPaused || isThere) || isQuiet else {
            return nil
        }
        return Statement(
            "nothing has come from \(from.words) for \(Wording.time(gap))"
                + (isQuiet
                    ? ", which reports that it sends nothing"
                    : hasPaused ? ", which was silent before, too" : isThere ? ", which still reports" : ""),
            [.count("packets", from.packets), .seconds("last packet", nanoseconds: gap)])
    }

    /// How many packets the sender says it has sent between two of its reports since its last packet came; `nil` without
    /// two. How many it has sent in all says nothing: it may have begun to count elsewhere.
    private static func claimedPackets(of direction: Direction) -> UInt32? {
        guard let stream = direction.from.streams.last else { return nil }
        let reports = direction.from.counters.flatMap { $0.earlierSenderReports + $0.senderReports }
            .filter {
                $0.source == stream.ssrc && $0.nanoseconds > stream.lastPacketNanoseconds &+ Thresholds.recent
            }
            .sorted { $0.nanoseconds < $1.nanoseconds }
        guard reports.count >= 2, let first = reports.first, let last = reports.last,
            direction.clock.isRecent(last.nanoseconds, within: Thresholds.reports)
        else { return nil }
        return last.packets &- first.packets
    }

    private static let idle = Rule(.idle, .note) { direction in
        guard !direction.from.signalled.isUnderstood, !direction.from.flows else { return nil }
        return Statement(
            "no \(direction.media) packets come from \(direction.from.words) at the moment, and none need to",
            [.count("packets", direction.from.packets)])
    }

    /// A camera may be off, which takes nothing from the call.
    private static let cameraOff = Rule(.idle, .note) { direction in
        guard !direction.isAudio, !direction.from.flows, direction.from.hasAudioElsewhere else { return nil }
        return Statement(
            "no \(direction.media) comes from \(direction.from.words), though its audio does",
            [.count("packets", direction.from.packets)] + told(direction.from))
    }

    private static let goodbye = Rule(.goodbye) { direction in
        guard direction.from.packets > 0, !direction.from.flows, let said = direction.from.goodbye,
            said >= direction.from.lastMedia
        else { return nil }
        return Statement(
            "\(direction.from.words) said goodbye (RTCP BYE) \(Wording.time(direction.clock.age(said))) ago and has "
                + "sent nothing since", [.count("packets before", direction.from.packets)],
            // A new stream may follow.
            severity: direction.clock.age(said) < Thresholds.stop ? .note : nil)
    }

    /// It cannot be reached either, which explains both directions.
    private static let unreachable = Rule(.unreachable) { direction in
        guard !direction.from.flows, let found = FarEndRules.messages(about: direction.from, direction.clock) else {
            return nil
        }
        return Statement("nothing comes from \(direction.from.words), and \(found.text)", found.evidence)
    }

    private static let mediaStopped = Rule(.mediaStopped) { direction in
        let from = direction.from
        guard from.packets > 0, !from.flows else { return nil }
        let gap = direction.clock.age(from.lastMedia)
        let goesOn = claimedPackets(of: direction).map { UInt64($0) >= Thresholds.stream } ?? false
        let lasted = from.lastMedia &- min(from.firstPacket, from.lastMedia)
        return Statement(
            "\(direction.media) of \(from.words) stopped \(Wording.time(gap)) ago, after \(Wording.time(lasted))"
                + direction.sinceSignal(from.lastMedia)
                + (goesOn ? ", though it says that it goes on sending: its packets get lost on the way" : ""),
            [
                .count("packets", from.packets), .seconds("last packet", nanoseconds: gap),
                .seconds("media lasted", nanoseconds: lasted),
            ] + told(from))
    }

    private static let onlyRTCP = Rule(.onlyRTCP) { direction in
        let from = direction.from
        guard !from.isShared, from.packets == 0, from.reports > 0 else { return nil }
        let claimed = from.counters.flatMap(\.senderReports).map { UInt64($0.packets) }.max()
        var evidence: [Evidence] = [.count("RTCP packets", from.reports), .count("RTP packets", 0)]
        if let claimed { evidence.append(.count("packets it says it has sent", claimed)) }
        let why =
            switch claimed {
            case nil: "it does not say that it sends any"
            case 0?: "it says itself that it has sent none"
            case let count?: "it says it has sent \(count), which got lost on the way (a packet filter or NAT)"
            }
        return Statement("only RTCP comes from \(from.words), no RTP: \(why)", evidence + told(from))
    }

    private static let onlySTUN = Rule(.onlySTUN) { direction in
        let from = direction.from
        guard from.packets == 0, from.reports == 0 else { return nil }
        if let checks = from.checks, checks.answersReceived > 0 || checks.checksAnswered > 0 {
            return Statement(
                "ICE with \(from.words) works, but it sends no \(direction.media)", LegRules.facts(of: from))
        }
        guard from.unexpected.checks > 0,
            direction.clock.isRecent(from.drops(.malformed).last, within: Thresholds.reports)
        else { return nil }
        return Statement(
            "only STUN comes from \(from.words), and no ICE was agreed with it: its SDP or the one for it lacks the ICE "
                + "lines", [.count("STUN packets", from.unexpected.checks)])
    }

    private static let unreachableRelay = Rule(.unreachableRelay) { direction in
        let from = direction.from
        guard from.packets == 0, from.lastPacket == 0, from.allDrops.isEmpty, from.checks == nil,
            let target = from.target, let own = from.signalled.endpoint, !own.address.isUnspecified,
            isNarrower(target.address, than: own.address)
        else { return nil }
        return Statement(
            "nothing arrives from \(from.words): it was told to send to \(target), an address that means nothing where "
                + "it is (\(own.address)); another interface should face it", told(from))
    }

    private static let nothingArrives = Rule(.nothingArrives) { direction in
        let from = direction.from
        guard !from.flows, from.packets == 0 else { return nil }
        var evidence = told(from) + [.seconds("time since the last offer or answer", nanoseconds: direction.waited)]
        for drop in from.allDrops { evidence.append(.count("dropped (\(drop.reason))", drop.count)) }
        if from.unexpected.keepalives > 0 { evidence.append(.count("keepalives", from.unexpected.keepalives)) }
        guard let target = from.target else { return Statement("nothing arrives from \(from.words)", evidence) }
        let own = from.signalled.endpoint
        let isDouble = own != nil && own == direction.to?.signalled.endpoint
        let isAstray = own != nil && direction.to?.foreignSource?.address == own
        if isAstray, let stray = direction.to?.target { evidence.append(.address("it sends to", stray)) }
        return Statement(
            "nothing arrives from \(from.words), which was told to send to \(target)"
                + (isDouble ? "; the SDP of \(direction.toWords) names the same address as its own" : "")
                + (isAstray ? "; it sends to the port of the other side" : ""), evidence)
    }

    /// Where an end was told to send, and where it says it is.
    private static func told(_ end: End) -> [Evidence] {
        var evidence: [Evidence] = []
        if let target = end.target { evidence.append(.address("told to send to", target)) }
        if let signalled = end.signalled.endpoint { evidence.append(.address("its SDP", signalled)) }
        return evidence
    }

    /// Whether `address` means nothing where `other` is.
    static func isNarrower(_ address: IPAddress, than other: IPAddress) -> Bool {
        switch (address.scope, other.scope) {
        case (.machine, .local), (.machine, .global), (.local, .global): true
        default: false
        }
    }
}
