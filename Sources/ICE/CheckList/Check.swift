internal import STUN

/// One Binding transaction of ours (RFC 8445 §7.2.2, RFC 8489 §6.2.1). Retransmissions repeat it byte for byte.
struct Check: Sendable, BitwiseCopyable {
    let id: STUNTransactionID
    /// The role that the request claims.
    let role: ICERole
    /// Whether the request nominates.
    let usesCandidate: Bool
    /// How often it was sent.
    var transmissions: Int
    /// Until the next retransmission; doubles.
    var timeout: UInt64
    /// The first value of ``timeout``.
    let initialTimeout: UInt64
    /// When it is sent again or given up.
    var nextAt: UInt64

    init(id: STUNTransactionID, role: ICERole, usesCandidate: Bool, timeout: UInt64, now: UInt64) {
        self.id = id
        self.role = role
        self.usesCandidate = usesCandidate
        transmissions = 1
        self.timeout = timeout
        initialTimeout = timeout
        nextAt = now.after(timeout)
    }

    /// Whether everything has been tried. To be asked when ``nextAt`` has come.
    var isExhausted: Bool { transmissions >= ICETiming.maximumTransmissions }

    /// Counts a retransmission at `now`.
    mutating func noteRetransmission(now: UInt64) {
        transmissions += 1
        let (doubled, overflow) = timeout.multipliedReportingOverflow(by: 2)
        timeout = overflow ? .max : doubled
        nextAt = now.after(isExhausted ? initialTimeout &* ICETiming.finalTimeouts : timeout)
    }
}
