import CallReports
import Forwarding
import NetTypes

/// What becomes of packets that were let in.
enum WayOutRules {
    /// Before anything is concluded from what the receiver's leg lacks.
    static let early: [Rule] = [tooEarly]

    static let rules: [Rule] = [
        restartFailed, blocked, pointsAtRelay, looped, keyExpired, transcoderBusy, noReceiver, noDestination,
        keysMissing,
        sendRefused, notForwarded,
    ]

    private static let tooEarly = Rule(.tooEarly, .tooEarly) { direction in
        guard direction.isHeldUp || direction.from.isDropping(.noSink), !direction.isOverdue else { return nil }
        return Statement(
            "packets wait for the way to \(direction.toWords), and it is too early to tell: the last offer or answer was "
                + "\(Wording.time(direction.waited)) ago", drops(direction))
    }

    /// Packets go to where the receiver was before a restart, and nothing holds them up.
    private static let restartFailed = Rule(.iceFailed) { direction in
        direction.to.flatMap { LegRules.restartFailed.find($0, direction) }
    }

    private static let blocked = Rule(.blocked, .note) { direction in
        // Where only digits are kept back the rest goes on.
        guard direction.from.isDropping(.blocked),
            direction.from.drops(.blocked).last &+ Thresholds.dropTime >= direction.from.lastMedia
        else { return nil }
        return Statement("packets from \(direction.from.words) are dropped as the proxy asked for", drops(direction))
    }

    private static let looped = Rule(.looped) { direction in
        let ends = [direction.from, direction.to].compactMap { $0 }
        guard let end = ends.first(where: { $0.isDropping(.looped, atLeast: 1) }) else { return nil }
        return Statement(
            "packets go round in a circle between ports of this relay: an SDP with the relay's own address was passed to "
                + "it as that of \(end.words)", drops(direction) + sentTo(direction))
    }

    private static let keyExpired = Rule(.keyExpired) { direction in
        guard direction.from.isDropping(.keyExpired, atLeast: 1) else { return nil }
        return Statement("an SRTP key has protected as many packets as it may", drops(direction))
    }

    private static let transcoderBusy = Rule(.transcoderBusy) { direction in
        guard direction.from.isDropping(.transcoderBusy, atLeast: 1) else { return nil }
        return Statement(
            "packets of \(direction.from.words) are to be transcoded, and are more than a port may bring, or the threads that "
                + "do this cannot keep up or have all the streams that they may have", drops(direction))
    }

    private static let noReceiver = Rule(.noReceiver) { direction in
        guard direction.to == nil || direction.from.isDropping(.noSink) else { return nil }
        return Statement(
            "packets of \(direction.from.words) have nowhere to go: no other side was signalled for them",
            drops(direction))
    }

    private static let pointsAtRelay = Rule(.pointsAtRelay) { direction in
        guard let receiver = direction.to, let endpoint = receiver.endpoint ?? receiver.signalled.endpoint,
            direction.ownAddresses.contains(endpoint)
        else { return nil }
        return Statement(
            "the SDP of \(receiver.words) names \(endpoint), a port of the relay itself in this call: the relay was "
                + "given an SDP that it had written", sentTo(direction))
    }

    private static let noDestination = Rule(.noDestination) { direction in
        guard direction.from.isDropping(.noDestination), let receiver = direction.to else { return nil }
        guard let signalled = receiver.signalled.endpoint else {
            return Statement("the SDP of \(receiver.words) is not known to the relay", drops(direction))
        }
        let family = receiver.port?.local.address.family
        if let family, family != signalled.address.family {
            return Statement(
                "\(receiver.words) is at \(signalled), which cannot be reached from the relay's side for it "
                    + "(\(family == .ipv4 ? "IPv4" : "IPv6"))", drops(direction) + sentTo(direction))
        }
        return Statement(
            "nothing can be sent to \(receiver.words): its SDP names \(signalled)", drops(direction) + sentTo(direction)
        )
    }

    private static let keysMissing = Rule(.keysMissing) { direction in
        guard direction.isHeldUpForKeys, let receiver = direction.to else { return nil }
        return Statement(
            "packets for \(receiver.words) cannot be encrypted: there are no SRTP keys",
            drops(direction) + LegRules.facts(of: receiver))
    }

    private static let sendRefused = Rule(.sendRefused) { direction in
        guard let receiver = direction.to, receiver.isDropping(.sendFailed) else { return nil }
        // Since the beginning, or lately.
        let lately = receiver.run(.sendFailed).map(receiver.rate) ?? 0
        let rate = direction.from.mainStream?.usualPacketsPerSecond ?? 0
        guard receiver.drops(.sendFailed).count >= receiver.sent / 10 || lately > 0 && lately * 10 >= rate else {
            return nil
        }
        let error = receiver.counters.map(\.socketErrors).filter { $0.sent > 0 }
            .max { $0.lastSentNanoseconds < $1.lastSentNanoseconds }
        return Statement(
            "the system refuses to send to \(receiver.words)" + (error.map { ": \(Wording.error($0.lastSent))" } ?? ""),
            [
                .count("packets refused", receiver.drops(.sendFailed).count), .count("packets sent", receiver.sent),
            ] + sentTo(direction))
    }

    private static let notForwarded = Rule(.notForwarded) { direction in
        guard direction.from.flows, let receiver = direction.to, !receiver.isShared,
            direction.from.packets >= Thresholds.stream, receiver.sent == 0
        else { return nil }
        return Statement(
            "\(Wording.packets(direction.from.packets)) came from \(direction.from.words), and none has left for "
                + "\(receiver.words)", drops(direction) + sentTo(direction))
    }

    // MARK: - Evidence

    static func drops(_ direction: Direction) -> [Evidence] {
        [.count("packets from \(direction.from.words)", direction.from.packets)]
            + direction.from.allDrops.map { .count("dropped (\($0.reason))", $0.count) }
    }

    static func sentTo(_ direction: Direction) -> [Evidence] {
        guard let endpoint = direction.to?.endpoint else { return [] }
        return [.address("sent to", endpoint)]
    }
}
