import CallReports
import Forwarding
import NetTypes

/// What the rules look at: media of one section from one party to another.
struct Direction {
    let report: CallReport
    /// Every address that a port of the call has, or that a party was told for it.
    let ownAddresses: Set<TransportAddress>
    let clock: Clock
    let from: End
    /// `nil` while no other side is there.
    let to: End?

    /// Time since the last offer or answer.
    var waited: UInt64 { clock.age(report.lastSignalNanoseconds) }

    /// Time enough for media to have begun.
    var isOverdue: Bool { waited >= Thresholds.patience }

    /// Both ends have been heard of. A call that was answered may yet ring at a further branch.
    var isAnswered: Bool {
        report.isAnswered && from.signalled.isKnown && (to?.signalled.isKnown ?? true)
    }

    var mediaType: String { from.section.mediaType }
    /// What is said of the present is said of the past.
    var isOver: Bool { report.ending != nil || report.isBeingDeleted }

    /// Both ends have had time to go by what was agreed last.
    var isSettled: Bool { waited >= Thresholds.settling }

    /// The sentence's word for what is carried.
    var media: String {
        switch mediaType {
        case "audio", "video": mediaType
        case "image": "fax"
        default: "media"
        }
    }

    /// Whether losing or garbling it is heard.
    var isAudio: Bool { mediaType == "audio" }

    /// The end at the other end.
    var toWords: String { to?.words ?? "the other side" }

    /// Packets for the receiver are held up at the moment for want of an address or of keys.
    var isHeldUp: Bool { from.isDropping(.noDestination) || isHeldUpForKeys }

    /// Packets that were let in are dropped because the way out has no keys.
    var isHeldUpForKeys: Bool {
        from.isDropping(.notKeyed) && (from.protection == nil || from.protection?.isKeyed == true)
    }

    /// `since the last re-INVITE`, when the last packet is not younger than that.
    func sinceSignal(_ last: UInt64) -> String {
        let signal = report.lastSignalNanoseconds
        let isLater = signal > report.createdNanoseconds &+ Thresholds.patience
        guard isLater, last != 0, last <= signal &+ Thresholds.patience, last &+ Thresholds.patience >= signal else {
            return ""
        }
        return ", since the last offer or answer"
    }
}

/// What a rule says.
struct Statement {
    /// A sentence without capital and full stop.
    var text: String
    var evidence: [Evidence]
    /// Other than the rule's.
    var severity: Severity?
    /// Something passes all the same, though the cause would allow of nothing.
    var isPartial: Bool

    init(_ text: String, _ evidence: [Evidence] = [], severity: Severity? = nil, isPartial: Bool = false) {
        self.text = text
        self.evidence = evidence
        self.severity = severity
        self.isPartial = isPartial
    }
}

/// One thing that may be the matter with a direction.
struct Rule: Sendable {
    let cause: Cause
    let severity: Severity
    /// `nil`: that is not it.
    let find: @Sendable (Direction) -> Statement?

    init(_ cause: Cause, _ severity: Severity = .fault, _ find: @escaping @Sendable (Direction) -> Statement?) {
        self.cause = cause
        self.severity = severity
        self.find = find
    }

    /// A rule about what stands between an end and its media: asked of the sender while nothing comes from it, and of
    /// the receiver while packets for it are held up.
    struct OfLeg: Sendable {
        let cause: Cause
        let severity: Severity
        let find: @Sendable (End, Direction) -> Statement?

        init(
            _ cause: Cause, _ severity: Severity = .fault,
            _ find: @escaping @Sendable (End, Direction) -> Statement?
        ) {
            self.cause = cause
            self.severity = severity
            self.find = find
        }

        /// About the sender.
        var ofSender: Rule {
            Rule(cause, severity) { direction in
                direction.from.flows ? nil : find(direction.from, direction)
            }
        }

        /// About the receiver.
        var ofReceiver: Rule {
            Rule(cause, severity) { direction in
                guard direction.isHeldUp, let receiver = direction.to else { return nil }
                return find(receiver, direction)
            }
        }
    }
}
