/// What the threads that transcode have done.
public struct ConversionStatistics: Sendable, Equatable {
    /// Streams that are transcoded now.
    public var streams = 0
    /// Packets that were made.
    public var packets: UInt64 = 0
    /// Packets that were made, and lost because their worker did not keep up.
    public var missed: UInt64 = 0
}
