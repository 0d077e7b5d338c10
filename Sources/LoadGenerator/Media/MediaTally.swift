/// What became of the packets that were sent while a measurement ran.
public struct MediaTally: Equatable, Sendable {
    /// Packets handed to the kernel.
    public internal(set) var sent: UInt64 = 0
    /// Of these, packets that arrived, each counted once.
    public internal(set) var received: UInt64 = 0
    /// Packets that arrived after one with a higher number.
    public internal(set) var reordered: UInt64 = 0
    /// Packets that arrived more than once.
    public internal(set) var duplicated: UInt64 = 0
    /// Packets that arrived changed.
    public internal(set) var corrupted: UInt64 = 0
    /// Datagrams that nobody sent, that belong to another call, or that came from another address than the relay's.
    public internal(set) var unexpected: UInt64 = 0
    /// Packets the generator could not send; they are not in ``sent``.
    public internal(set) var unsent: UInt64 = 0
    /// Datagrams received while the CPU clock ran, whenever they had been sent: what the relay's CPU time was spent on.
    public internal(set) var forwarded: UInt64 = 0
    /// The largest distance in nanoseconds between the moment a packet was due and the moment it was sent.
    public internal(set) var latestSend: UInt64 = 0
    /// Packets that were sent more than a millisecond after they were due.
    public internal(set) var lateSends: UInt64 = 0

    /// Packets that never arrived.
    public var lost: UInt64 { sent > received ? sent - received : 0 }

    /// ``lost`` as a share of ``sent``.
    public var lossShare: Double { sent > 0 ? Double(lost) / Double(sent) : 0 }

    /// A tally without packets.
    public init() {}
}
