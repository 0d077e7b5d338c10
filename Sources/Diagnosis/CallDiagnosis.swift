public import CallReports
import NetTypes

/// What is to be said of a call: a verdict for each direction of each media section, and one for the whole.
///
/// A pure function of the report. The rules and their order stand in ``RuleTable``.
public struct CallDiagnosis: Sendable, Equatable {
    /// The `call-id`.
    public var callID: String
    /// The call has ended; it is judged as it was then.
    public var hasEnded: Bool
    /// The worst of all directions, the first of equals by the order of the rules.
    public var cause: Cause
    /// How bad that is.
    public var severity: Severity
    /// One sentence for people: where sound is missing, and why.
    public var sentence: String
    /// In the order of parties and sections.
    public var directions: [DirectionVerdict]

    /// Judges a call.
    public init(_ report: CallReport) {
        let judged = Directions.of(report).map { Judgement($0) }
        callID = report.callID
        hasEnded = report.ending != nil
        directions = judged.map(\.verdict)
        // What lies off the call's way says nothing of the call.
        let telling = judged.filter { !$0.isBeside(judged) }
        guard let worst = (telling.isEmpty ? judged : telling).max(by: { $0.isMilder(than: $1) }) else {
            (cause, severity) = (.nothingSignalled, .note)
            sentence = "Nothing was signalled that could carry media."
            return
        }
        cause = worst.verdict.cause
        severity = worst.verdict.severity
        sentence = Self.headline(worst, among: judged)
    }

    private static func headline(_ worst: Judgement, among all: [Judgement]) -> String {
        let verdict = worst.verdict
        switch verdict.severity {
        case .healthy: return "Media passes in all directions."
        case .note, .tooEarly: return verdict.sentence
        case .fault: break
        }
        guard worst.isTotal, let to = verdict.to else { return verdict.sentence }
        let back = all.first {
            $0.verdict.from == to && $0.verdict.to == verdict.from && $0.verdict.section == verdict.section
        }
        let medium = verdict.mediaType == "audio" || verdict.mediaType == "video" ? verdict.mediaType : "media"
        let there = "No \(medium) from \(verdict.from.words) to \(to.words): \(worst.text)"
        guard let back, back.verdict.severity == .fault, back.isTotal else { return there + "." }
        // One cause may explain both directions, but not two different ones.
        return back.verdict.cause == verdict.cause
            ? "No \(medium) in either direction: \(worst.text)."
            : "\(there); nor from \(to.words) to \(verdict.from.words): \(back.text)."
    }
}

/// The first rule that has something to say, and what it says.
private struct Judgement {
    let verdict: DirectionVerdict
    /// The sentence as a part of a longer one.
    let text: String
    /// Nothing passes.
    let isTotal: Bool
    /// Place of the rule.
    private let place: Int
    /// Packets of the section are no RTP.
    private let isOpaque: Bool

    init(_ direction: Direction) {
        var (cause, severity, found) = (Cause.healthy, Severity.healthy, ContentRules.healthy(direction))
        var place = RuleTable.rules.count
        for (index, rule) in RuleTable.rules.enumerated() {
            guard let statement = rule.find(direction) else { continue }
            (cause, severity, found) = (rule.cause, statement.severity ?? rule.severity, statement)
            place = index
            break
        }
        self.place = place
        text = found.text
        isTotal = cause.isTotal && !found.isPartial
        isOpaque = !direction.from.signalled.isUnderstood
        verdict = DirectionVerdict(
            from: direction.from.name, to: direction.to?.name, section: direction.from.section.index,
            mediaType: direction.mediaType, cause: cause, severity: severity, sentence: Wording.sentence(found.text),
            evidence: found.evidence)
    }

    /// It says nothing of the call, which goes another way.
    func isBeside(_ all: [Judgement]) -> Bool {
        switch verdict.cause {
        case .forkedAway: true
        // A call that was to be heard, and is not, is told of; one that is heard and not seen is no news.
        case .rejected:
            verdict.mediaType != "audio"
                || all.contains {
                    // A fax takes the place of the audio.
                    ["audio", "image"].contains($0.verdict.mediaType) && $0.verdict.cause != .rejected && !$0.isAside
                }
        // A data channel or a fax beside the rest.
        case .idle: isOpaque && all.contains { !$0.isOpaque && $0.verdict.cause != .rejected && !$0.isAside }
        default: false
        }
    }

    /// Off the call's way.
    private var isAside: Bool { verdict.cause == .forkedAway }

    func isMilder(than other: Judgement) -> Bool {
        let (rank, otherRank) = (verdict.severity.rank, other.verdict.severity.rank)
        return rank == otherRank ? place > other.place : rank < otherRank
    }
}

/// The directions of a call.
private enum Directions {
    /// From each party to its peer, section by section.
    static func of(_ report: CallReport) -> [Direction] {
        let clock = Clock(report)
        let names = names(report)
        let own = Set(
            report.parties.flatMap(\.sections).flatMap(\.ports).flatMap { [$0.local, $0.advertised].compactMap { $0 } })
        return report.parties.flatMap { party in
            let peer = party.peer.flatMap(report.party)
            return party.sections.indices.map { index in
                let other = peer.flatMap { $0.sections.indices.contains(index) ? $0 : nil }
                return Direction(
                    report: report, ownAddresses: own, clock: clock,
                    from: End(party, section: index, peer: peer, name: name(party, names), clock: clock),
                    to: other.map { End($0, section: index, peer: party, name: name($0, names), clock: clock) })
            }
        }
    }

    private static func name(_ party: PartyReport, _ names: [UInt32: String]) -> PartyName {
        PartyName(number: party.number, tag: party.tag, words: names[party.number] ?? "")
    }

    /// The first party made the call. Several others are told apart by their tags.
    private static func names(_ report: CallReport) -> [UInt32: String] {
        let others = report.parties.dropFirst()
        var names: [UInt32: String] = [:]
        if let first = report.parties.first { names[first.number] = "the caller" }
        for party in others {
            let tag = party.tag.map { " \(String($0.unicodeScalars.prefix(32)))" } ?? " \(party.number)"
            names[party.number] = others.count == 1 ? "the callee" : "callee\(tag)"
        }
        return names
    }
}
