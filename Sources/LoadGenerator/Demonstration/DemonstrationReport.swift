/// Packets of one direction.
public struct DirectionCount: Equatable, Sendable {
    /// Packets sent.
    public var sent = 0
    /// Packets received.
    public var received = 0
    /// Packets that a later one overtook and that had not arrived.
    public var lost = 0

    /// No packets yet.
    public init() {}
}

/// What went through the relay in one second of the demonstration.
public struct DemonstrationSecond: Equatable, Sendable {
    /// The number of the second, from 1.
    public let number: Int
    /// From A to B.
    public let callerToCallee: DirectionCount
    /// From B to A.
    public let calleeToCaller: DirectionCount

    /// One line.
    public var text: String {
        "second \(number): A to B \(callerToCallee.text); B to A \(calleeToCaller.text)"
    }
}

extension DirectionCount {
    fileprivate var text: String { "sent \(sent), received \(received), lost \(lost)" }
}

/// What one party heard in the whole call.
public struct DirectionVerdict: Equatable, Sendable {
    /// Packets of the whole call; here everything that did not arrive counts as lost.
    public let count: DirectionCount
    /// The tone it should have heard, in hertz.
    public let tone: Double
    /// The share (0…1) of what it heard that is this tone.
    public let share: Double
    /// Packets that did not come from the relay's address or were not RTP.
    public let unexpected: Int

    /// The tone makes up more than nine tenths, nothing was lost and nothing else came.
    public var isGood: Bool { share > 0.9 && count.sent > 0 && count.lost == 0 && unexpected == 0 }

    package init(count: DirectionCount, tone: Double, share: Double, unexpected: Int) {
        self.count = count
        self.tone = tone
        self.share = share
        self.unexpected = unexpected
    }
}

/// The outcome of the demonstration.
public struct DemonstrationReport: Equatable, Sendable {
    /// What B heard of A.
    public let callerToCallee: DirectionVerdict
    /// What A heard of B.
    public let calleeToCaller: DirectionVerdict

    /// Both parties heard each other, completely.
    public var isGood: Bool { callerToCallee.isGood && calleeToCaller.isGood }

    /// Three lines.
    public var text: String {
        "B heard \(callerToCallee.text)\nA heard \(calleeToCaller.text)\n"
            + (isGood ? "The call was good both ways.\n" : "The call was NOT good.\n")
    }

    package init(callerToCallee: DirectionVerdict, calleeToCaller: DirectionVerdict) {
        self.callerToCallee = callerToCallee
        self.calleeToCaller = calleeToCaller
    }
}

extension DirectionVerdict {
    fileprivate var text: String {
        "the tone of \(tone.text(decimals: 0)) Hz: \((share * 100).text(decimals: 1)) % of the sound; "
            + "\(count.received) of \(count.sent) packets, lost \(count.lost)"
            + (unexpected > 0 ? ", \(unexpected) unexpected" : "") + (isGood ? "; good" : "; BAD")
    }
}
