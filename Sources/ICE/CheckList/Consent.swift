internal import STUN

/// The peer's consent to receive on a valid pair (RFC 7675).
struct Consent: Sendable, BitwiseCopyable {
    /// When the peer last answered a check of this pair.
    var grantedAt: UInt64
    /// When the next check, or the next keepalive of a lite agent, goes out while the pair is selected.
    var nextAt: UInt64
    /// The newest consent check. Older ones, 4 s and more on their way, count as lost.
    var transactionID: STUNTransactionID?
    /// When the first check since ``grantedAt`` went out that should have been answered.
    var unansweredSince: UInt64?

    init(now: UInt64, nextAt: UInt64) {
        grantedAt = now
        self.nextAt = nextAt
    }

    /// When it ends unless the peer answers.
    var expiresAt: UInt64 { grantedAt.after(ICETiming.consentLifetime) }

    /// When the peer counts as silent; `nil` while nothing is unanswered.
    var silentAt: UInt64? { unansweredSince?.after(ICETiming.silenceLimit) }

    /// The peer has answered.
    mutating func renew(now: UInt64) {
        grantedAt = now
        unansweredSince = nil
        transactionID = nil
    }
}
