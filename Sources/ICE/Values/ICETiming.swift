/// The agent's clockwork, in nanoseconds.
enum ICETiming {
    /// Ta, between two checks of one agent (RFC 8445 §14.2).
    static let checkInterval: UInt64 = 50_000_000
    /// The least retransmission timeout of a check (RFC 8445 §14.3); it doubles with each retransmission.
    static let initialTimeout: UInt64 = 500_000_000
    /// Rc, how often a check is sent (RFC 8489 §6.2.1).
    static let maximumTransmissions = 7
    /// Rm, initial timeouts to wait for an answer after the last transmission (RFC 8489 §6.2.1).
    static let finalTimeouts: UInt64 = 16
    /// How long the controlling agent waits for better pairs before it nominates a valid one.
    static let nominationDelay: UInt64 = 300_000_000
    /// How long ICE goes on although every check has failed: the peer may still check (RFC 8863 §4).
    static let patience: UInt64 = 39_500_000_000
    /// Mean time between consent checks; each is randomised by 0.8…1.2 (RFC 7675 §5.1).
    static let consentInterval: UInt64 = 5_000_000_000
    /// How long consent lasts without an answer (RFC 7675 §5.1).
    static let consentLifetime: UInt64 = 30_000_000_000
    /// Age of its last answer from which the selected pair is checked again when another one becomes valid.
    static let probeAge: UInt64 = 1_000_000_000
    /// How long the selected pair may leave checks unanswered while another one could take over.
    static let silenceLimit: UInt64 = 3_000_000_000
    /// Age of its last answer from which a valid pair that the peer checks is checked again.
    static let recheckAge: UInt64 = 4_000_000_000
    /// A lite agent hears consent checks at least this often from a peer that still uses the pair.
    static let liteSilenceLimit: UInt64 = 7_000_000_000
    /// A pair nominated this much later than another was chosen instead of it, whatever the priorities say.
    static let renominationGap: UInt64 = 3_000_000_000
    /// How long the pair from before a restart is heard after its successor was found: the peer may find it later.
    static let formerPairLifetime: UInt64 = 10_000_000_000
    /// Tr, between keepalives of an agent that sends no checks (RFC 8445 §11).
    static let keepaliveInterval: UInt64 = 15_000_000_000
    /// Between error responses to unauthenticated requests, on average.
    static let errorInterval: UInt64 = 200_000_000
    /// How many such responses may follow at once after silence.
    static let errorBurst: UInt64 = 5
}

extension UInt64 {
    /// The instant this many nanoseconds later; the end of time when there is no such instant.
    func after(_ nanoseconds: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }

    /// Nanoseconds since `earlier`; 0 when that is not earlier.
    func since(_ earlier: UInt64) -> UInt64 { self > earlier ? self - earlier : 0 }

    /// Whether a timer set to this instant has fired. One set to the end of time never does.
    func isDue(at now: UInt64) -> Bool { self <= now && self != .max }
}
