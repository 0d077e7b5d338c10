extension PacketPath {
    /// When ``deadlineReached(now:into:)`` has something to do; `nil` for never. May lie in the past.
    public var nextDeadline: UInt64? { nil }

    /// Does what is due for connectivity checks. Calling it early or late does no harm.
    public mutating func deadlineReached(now: UInt64, into output: inout TransmissionList) {}

    /// Everything that was appended to a ``TransmissionList`` so far has been sent, or never will be: the path may reuse
    /// the memory that it has given out.
    ///
    /// To be called after every batch. Between two calls the path gives out at most ``scratchLimit`` buffers; what needs
    /// more is dropped.
    public mutating func batchSent() {
        scratch.batchSent()
    }
}
