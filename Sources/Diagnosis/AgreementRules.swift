import CallReports
import Forwarding
import NetTypes

/// Whether media is due at all.
enum AgreementRules {
    static let rules: [Rule] = [
        blocked, forkedAway, rejected, answerMissing, unanswered, deletedEarly, notDue, suppressed,
    ]

    private static let blocked = Rule(.blocked, .note) { direction in
        guard direction.report.dropsTraffic else { return nil }
        return Statement("all media is dropped because the proxy asked for it (drop-traffic)")
    }

    /// What is kept back of one party.
    private static let suppressed = Rule(.blocked, .note) { direction in
        let (from, kept) = (direction.from, direction.from.party.suppression)
        if kept.contains(.media) {
            return Statement(
                "the media of \(from.words) is dropped because the proxy asked for it (block media)",
                WayOutRules.drops(direction))
        }
        // Codecs that have no silence go on as they are, and where nothing comes there is nothing to replace.
        guard kept.contains(.sound), direction.isAudio, from.flows, let stream = from.mainStream,
            let codec = from.codec(stream.payloadType) ?? direction.to?.codec(stream.payloadType),
            ContentRules.octetCodecs.contains(codec)
        else { return nil }
        return Statement(
            "the sound of \(from.words) is replaced by silence because the proxy asked for it (silence media)",
            [.count("packets", from.packets), .text("codec", codec)], isPartial: true)
    }

    private static let forkedAway = Rule(.forkedAway, .note) { direction in
        guard direction.to == nil else { return nil }
        let others = direction.report.parties.contains {
            $0.number != direction.from.party.number && $0.peer != nil
        }
        guard others else { return nil }
        return Statement("the call goes on with another branch than \(direction.from.words)")
    }

    private static let rejected = Rule(.rejected, .note) { direction in
        let ends = [direction.from, direction.to].compactMap { $0 }
        guard
            let end = ends.first(where: { $0.signalled.isKnown && $0.signalled.isRejected })
                ?? ends.first(where: { $0.signalled.isRejected })
        else { return nil }
        return Statement("the \(direction.media) section is rejected (port 0) by \(end.words)")
    }

    private static let answerMissing = Rule(.answerMissing) { direction in
        guard !direction.isAnswered else { return nil }
        let ends = [direction.from, direction.to].compactMap { $0 }
        // In a call that goes on with others already, the one who made it talks to them.
        let talker = ends.first { end in
            (!direction.report.isAnswered || !end.signalled.isKnown) && end.packets >= Thresholds.stream
                && end.lastMedia >= end.firstPacket &+ Thresholds.unansweredMedia
        }
        if let talker {
            return Statement(
                "\(talker.words) sends \(direction.media), but no answer was passed to the relay, so that the other "
                    + "side was never told where to send",
                [
                    .count("packets from \(talker.words)", talker.packets),
                    .seconds("time since the offer", nanoseconds: direction.waited),
                ])
        }
        guard direction.waited >= Thresholds.ringing else { return nil }
        return Statement(
            "neither an answer nor a delete was passed to the relay within \(Wording.time(direction.waited)) of the "
                + "offer",
            [.seconds("time since the offer", nanoseconds: direction.waited)])
    }

    private static let unanswered = Rule(.unanswered, .note) { direction in
        guard !direction.isAnswered else { return nil }
        return Statement(
            "no answer was passed to the relay yet: it rings, or the proxy does not pass the answer",
            [.seconds("time since the offer", nanoseconds: direction.waited)])
    }

    private static let deletedEarly = Rule(.deletedEarly) { direction in
        let (asked, taken) = (direction.report.deletionNanoseconds, direction.report.takenNanoseconds)
        guard asked != 0, taken >= asked &+ Thresholds.afterDeletion, let receiver = direction.to else { return nil }
        // One end alone may not have heard of the end; both of them are still talking.
        let limit = asked &+ Thresholds.afterDeletion
        guard direction.from.lastMedia > limit, receiver.lastMedia > limit else { return nil }
        return Statement(
            "the end of the call was asked for while both ends go on sending for "
                + "\(Wording.time(min(direction.from.lastMedia, receiver.lastMedia) &- asked)): the proxy deleted it "
                + "too early",
            [.seconds("time since the delete", nanoseconds: taken &- asked)])
    }

    private static let notDue = Rule(.notDue, .note) { direction in
        guard let receiver = direction.to else { return nil }
        let (sends, receives) = (direction.from.signalled.sends, receiver.signalled.receives)
        guard !sends || !receives else { return holding(direction) }
        let why =
            sends
            ? "\(receiver.words) does not want any (\(receiver.signalled.direction))"
            : "\(direction.from.words) does not send any (\(direction.from.signalled.direction))"
        var evidence: [Evidence] = []
        if direction.from.flows { evidence.append(.count("packets all the same", direction.from.packets)) }
        return Statement("by agreement no \(direction.media) is due: \(why)", evidence)
    }

    /// Who holds a call may send music, or nothing.
    private static func holding(_ direction: Direction) -> Statement? {
        let from = direction.from
        guard !from.signalled.receives, from.packets > 0, !from.flows, !from.isDropping(.foreignSource) else {
            return nil
        }
        return Statement(
            "\(from.words) holds the call (sendonly) and sends nothing meanwhile",
            [
                .count("packets before", from.packets),
                .seconds("last packet", nanoseconds: direction.clock.age(from.lastMedia)),
            ])
    }

    /// Everything below rests on what has not happened.
    static let tooEarly = Rule(.tooEarly, .tooEarly) { direction in
        guard !direction.from.flows, !direction.isOverdue else { return nil }
        return Statement(
            "it is too early to tell: the last offer or answer was \(Wording.time(direction.waited)) ago",
            [.count("packets", direction.from.packets)])
    }

    static let ending = Rule(.ending, .note) { direction in
        guard direction.report.isBeingDeleted, direction.report.ending == nil else { return nil }
        let asked = direction.report.deletionNanoseconds
        let age = direction.report.takenNanoseconds &- min(asked, direction.report.takenNanoseconds)
        return Statement(
            "the call is about to end: its delete came \(Wording.time(age)) ago, and until then \(direction.media) "
                + "passed",
            [.count("packets", direction.from.packets)])
    }
}

extension SignalledMedia {
    /// The direction attribute that comes to the same (RFC 8866 §6.7).
    var direction: String {
        switch (sends, receives) {
        case (true, true): "sendrecv"
        case (true, false): "sendonly"
        case (false, true): "recvonly"
        case (false, false): "inactive"
        }
    }
}
