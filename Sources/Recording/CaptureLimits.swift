/// When a capture ends though its call goes on.
public struct CaptureLimits: Sendable, Equatable {
    /// After so many packets of the wire; those that the flight recorder kept do not count.
    public var packets: UInt64?
    /// After so much time.
    public var nanoseconds: UInt64?

    /// Limits; none unless given.
    public init(packets: UInt64? = nil, nanoseconds: UInt64? = nil) {
        self.packets = packets
        self.nanoseconds = nanoseconds
    }
}

/// What a capture holds, at its end.
public struct CaptureSummary: Sendable, Equatable {
    /// Packets as on the wire.
    public var wire: UInt64
    /// Packets of encrypted legs without their encryption.
    public var clear: UInt64
    /// Documents, events and announcements.
    public var notes: UInt64
    /// Packets that are missing because the reader, or the relay itself, was too slow for them.
    public var missed: UInt64
    /// Why the capture has ended.
    public var reason: String
}
