import CallReports
import Forwarding
import NetTypes
import SRTPKeying

/// What stands between an end and its media: checks, handshake, keys.
enum LegRules {
    /// What is proven by something that has happened.
    static let rules: [Rule.OfLeg] = [
        restartFailed, dtlsFingerprint, dtlsClosed, iceCredentials, iceConsentLost, iceFailed, dtlsFailed,
    ]

    /// What is concluded from something that has not happened for some time.
    static let pending: [Rule.OfLeg] = [
        iceCandidates, iceOneWay, iceUnanswered, iceIncomplete, iceNotNominated, dtlsUnanswered, dtlsIncomplete,
        dtlsWaiting, keysMissing,
    ]

    // MARK: - Handshakes

    private static let dtlsFingerprint = Rule.OfLeg(.dtlsFingerprint) { end, _ in
        guard end.handshake?.state == .fingerprintMismatch else { return nil }
        return Statement(
            "the DTLS certificate of \(end.words) is not the one in its SDP (fingerprint mismatch)",
            facts(of: end))
    }

    private static let dtlsClosed = Rule.OfLeg(.dtlsClosed) { end, direction in
        guard end.handshake?.state == .closedByPeer else { return nil }
        let when = end.handshake?.outcomes.last.map { direction.clock.age($0.nanoseconds) }
        // To close it is the way to hang up.
        if direction.isOver, let when, when <= Thresholds.patience { return nil }
        return Statement(
            "\(end.words) has closed the DTLS association" + (when.map { " \(Wording.time($0)) ago" } ?? ""),
            facts(of: end), severity: direction.isAudio ? nil : .note)
    }

    private static let dtlsFailed = Rule.OfLeg(.dtlsFailed) { end, _ in
        guard let handshake = end.handshake else { return nil }
        switch handshake.state {
        case .failed(let reason):
            return Statement("the DTLS handshake with \(end.words) failed: \(reason)", facts(of: end))
        case .timedOut where handshake.datagramsReceived > 0:
            return Statement(
                "the DTLS handshake with \(end.words) was begun and never finished", facts(of: end))
        case .timedOut:
            return Statement(
                "\(end.words) never answered the DTLS handshake" + whereTo(end), facts(of: end))
        default: return nil
        }
    }

    private static let dtlsUnanswered = Rule.OfLeg(.dtlsUnanswered) { end, direction in
        guard let handshake = end.handshake, handshake.state == .handshaking, handshake.datagramsReceived == 0,
            direction.isOverdue
        else { return nil }
        let refused = end.drops(.handshakeRefused)
        if refused.count > 0 {
            return Statement(
                "DTLS that arrives for \(end.words) is refused: it comes from elsewhere, or at the wrong time",
                facts(of: end))
        }
        guard end.signalled.relayBeginsDTLS == false else {
            return Statement("\(end.words) does not answer the DTLS handshake" + whereTo(end), facts(of: end))
        }
        return Statement(
            "\(end.words) has to begin the DTLS handshake (setup) and does not: no ClientHello has come", facts(of: end)
        )
    }

    private static let dtlsIncomplete = Rule.OfLeg(.dtlsIncomplete) { end, direction in
        guard let handshake = end.handshake, handshake.state == .handshaking, handshake.datagramsReceived > 0,
            direction.isOverdue
        else { return nil }
        return Statement(
            "the DTLS handshake with \(end.words) does not come to its end, though datagrams come: both may have the "
                + "same role, or its answers or ours get lost on the way (large ones first)", facts(of: end))
    }

    private static let dtlsWaiting = Rule.OfLeg(.dtlsWaiting) { end, direction in
        guard end.handshake?.state == .waiting, direction.isOverdue else { return nil }
        return Statement(
            "the DTLS handshake with \(end.words) waits: nothing has come from it, and its SDP names no address that "
                + "can be sent to", facts(of: end))
    }

    // MARK: - Keys

    private static let keysMissing = Rule.OfLeg(.keysMissing) { end, direction in
        guard let protection = end.protection, !protection.isKeyed, direction.isOverdue else { return nil }
        let what =
            end.signalled.offersDTLS || end.signalled.offersSDES
            ? "the keys in the SDP of \(end.words) were not agreed"
            : "the SDP of \(end.words) has neither a fingerprint nor usable crypto lines"
        return Statement(
            "there are no SRTP keys: \(end.signalled.transport) is agreed, but \(what)",
            facts(of: end) + dropped(end, .notKeyed))
    }

    // MARK: - Checks

    private static let iceCredentials = Rule.OfLeg(.iceCredentials) { end, _ in
        guard let checks = end.checks, checks.wrongCredentials >= 3 else { return nil }
        // Who was told other credentials of ours answers our checks all the same, so that there is a pair.
        let isPairless = pairless(end) != nil && (checks.answersReceived == 0 || end.event(.consentLost) != nil)
        guard checks.checksAnswered == 0 || isPairless else { return nil }
        if checks.lastErrorCode == 401 {
            return Statement(
                "\(end.words) refuses the relay's connectivity checks (error 401): the ICE credentials in its SDP are not "
                    + "those it goes by", facts(of: end))
        }
        return Statement(
            "connectivity checks of \(end.words) carry other credentials than those agreed: it follows another SDP, as "
                + "after an ICE restart that one side has not seen", facts(of: end))
    }

    /// After a restart the pair from before stays in use, so that nothing else tells that the new checks come to nothing.
    static let restartFailed = Rule.OfLeg(.iceFailed) { end, direction in
        guard let checks = end.checks, checks.isWithoutNewPair, direction.isOverdue, !end.flows,
            !end.losesConsentAfterwards, !isThere(end, direction), end.endpoint != nil || end.hadPair
        else { return nil }
        let why = checks.remoteCandidates == 0 ? ": none of its candidates can be used" : ""
        let rest =
            end.endpoint.map { "packets for it still go to \($0), as before the restart" }
            ?? "the consent of the pair from before has run out"
        return Statement(
            "ICE with \(end.words) was restarted with the last offers and answers, and no new pair of candidates has been "
                + "found\(why); \(rest)", facts(of: end))
    }

    /// Something still comes over the pair from before the restart.
    private static func isThere(_ end: End, _ direction: Direction) -> Bool {
        let last = end.lastPacket
        // Reports alone come at longer intervals than media.
        let isReporting =
            last > end.lastMedia &+ Thresholds.recent
            || last > direction.report.lastSignalNanoseconds &+ Thresholds.settling
        return direction.clock.isRecent(last, within: isReporting ? Thresholds.reports : Thresholds.patience)
    }

    private static let iceConsentLost = Rule.OfLeg(.iceConsentLost) { end, direction in
        guard let checks = pairless(end), !checks.isWithoutNewPair, let lost = end.event(.consentLost),
            // What was lost before may have been agreed anew.
            lost >= direction.report.lastSignalNanoseconds
        else { return nil }
        return Statement(
            "\(end.words) stopped answering connectivity checks, so that its consent ran out "
                + "\(Wording.time(direction.clock.age(lost))) ago", facts(of: end))
    }

    private static let iceFailed = Rule.OfLeg(.iceFailed) { end, _ in
        guard let checks = pairless(end), checks.state == .failed, checks.answersReceived > 0 else { return nil }
        return Statement("no pair of ICE candidates of \(end.words) and the relay works", facts(of: end))
    }

    private static let iceCandidates = Rule.OfLeg(.iceCandidates) { end, direction in
        guard let checks = pairless(end), direction.isOverdue, checks.remoteCandidates == 0,
            end.signalled.candidates > 0, checks.checksAnswered == 0
        else { return nil }
        return Statement(
            "none of the \(end.signalled.candidates) ICE candidates of \(end.words) can be used (host names, TCP), and "
                + "it sends no checks itself", facts(of: end))
    }

    private static let iceOneWay = Rule.OfLeg(.iceOneWay) { end, direction in
        guard let checks = pairless(end), direction.isOverdue, checks.checksAnswered > 0, checks.answersReceived == 0
        else { return nil }
        return Statement(
            "connectivity checks of \(end.words) arrive, but the relay's own to it are not answered: packets to it get "
                + "lost", facts(of: end))
    }

    private static let iceUnanswered = Rule.OfLeg(.iceUnanswered) { end, direction in
        guard let checks = pairless(end), direction.isOverdue, checks.checksAnswered == 0, checks.answersReceived == 0
        else { return nil }
        let what =
            checks.isLite
            ? "no connectivity check of \(end.words) has come"
            : "none of \(checks.checksSent) connectivity checks to \(end.words) was answered, and none has come from it"
        return Statement("\(what): there is no way between it and the relay", facts(of: end))
    }

    private static let iceIncomplete = Rule.OfLeg(.iceFailed) { end, direction in
        guard pairless(end) != nil, direction.isOverdue else { return nil }
        return Statement(
            "ICE with \(end.words) has found no pair of candidates that works", facts(of: end))
    }

    private static let iceNotNominated = Rule.OfLeg(.iceNotNominated) { end, direction in
        guard let checks = end.checks, checks.state == .connected, end.port?.counters?.isConfirmed == false,
            direction.isOverdue
        else { return nil }
        // Until then it is the nomination that a handshake waits for, and nothing worse.
        guard direction.waited >= Thresholds.nomination else {
            return Statement(
                "ICE with \(end.words) has found a pair, and none is nominated yet", facts(of: end), severity: .tooEarly
            )
        }
        return Statement("ICE with \(end.words) has found a pair, but none was nominated", facts(of: end))
    }

    /// The checks of an end for whose RTP there is no pair.
    private static func pairless(_ end: End) -> CheckStatistics? {
        end.endpoint == nil && !end.losesConsentAfterwards ? end.checks : nil
    }

    // MARK: - Evidence

    private static func whereTo(_ end: End) -> String { end.endpoint.map { " at \($0)" } ?? "" }

    private static func dropped(_ end: End, _ reason: DropReason) -> [Evidence] {
        let count = end.drops(reason).count
        return count == 0 ? [] : [.count("packets dropped (\(reason))", count)]
    }

    /// What is known of checks, handshake and keys of an end.
    static func facts(of end: End) -> [Evidence] {
        var evidence: [Evidence] = []
        if let checks = end.checks {
            evidence += [
                .text("ICE", "\(checks.state), \(checks.isLite ? "lite" : "full")"),
                .count("candidates", end.signalled.candidates),
                .count("usable candidates", checks.remoteCandidates), .count("pairs", checks.pairs),
                .count("failed pairs", checks.failedPairs), .count("open pairs", checks.openPairs),
                .count("checks sent", checks.checksSent), .count("answers received", checks.answersReceived),
                .count("checks answered", checks.checksAnswered),
                .count("checks with wrong credentials", checks.wrongCredentials),
            ]
            if checks.hasRestarted {
                evidence.append(.text("pair found since the restart", checks.hasFoundPair ? "yes" : "no"))
            }
            if checks.lastErrorCode != 0 { evidence.append(.count("last error response", checks.lastErrorCode)) }
        }
        if let handshake = end.handshake {
            evidence.append(.text("DTLS", "\(handshake.state.words)"))
            evidence.append(.count("DTLS datagrams received", handshake.datagramsReceived))
            if let begins = end.signalled.relayBeginsDTLS {
                evidence.append(.text("DTLS role of the relay", begins ? "client" : "server"))
            }
            let refused = end.drops(.handshakeRefused).count
            if refused > 0 { evidence.append(.count("DTLS datagrams refused", refused)) }
        } else if let protection = end.protection {
            evidence.append(.text("keys", protection.suite.map { "\($0.name), SDES" } ?? "none"))
        }
        if let endpoint = end.endpoint { evidence.append(.address("sent to", endpoint)) }
        return evidence
    }
}

extension CheckStatistics {
    /// Restarted, and no pair was found since then.
    fileprivate var isWithoutNewPair: Bool { hasRestarted && !hasFoundPair }
}

extension HandshakeReport.State {
    /// For people.
    var words: String {
        switch self {
        case .waiting: "waiting"
        case .handshaking: "handshaking"
        case .done: "done"
        case .fingerprintMismatch: "fingerprint mismatch"
        case .timedOut: "timed out"
        case .failed(let reason): "failed: \(reason)"
        case .closedByPeer: "closed by the peer"
        }
    }
}
