import Synchronization

/// What the handshake threads have done since the start, and have to do now.
public struct HandshakeStatistics: Sendable, Equatable {
    /// Associations that plans asked for.
    public var begun: UInt64 = 0
    /// Handshakes that led to keys.
    public var established: UInt64 = 0
    /// Handshakes with a peer whose certificate was not the one signalled.
    public var mismatched: UInt64 = 0
    /// Handshakes that broke off or timed out, and associations that broke afterwards.
    public var failed: UInt64 = 0
    /// Datagrams handed to a handshake.
    public var datagramsReceived: UInt64 = 0
    /// Datagrams made by handshakes.
    public var datagramsSent: UInt64 = 0
    /// Datagrams dropped because the handshake threads were behind.
    public var queueDrops: UInt64 = 0
    /// Datagrams dropped because their association had got too many, or they were too long for it.
    public var limitDrops: UInt64 = 0
    /// Datagrams dropped because too many handshakes were under way.
    public var concurrencyDrops: UInt64 = 0
    /// Events that nobody fetched in time.
    public var eventsLost: UInt64 = 0
    /// Associations that exist now, idle and established ones included.
    public var associations: Int = 0
    /// Handshakes under way now.
    public var underWay: Int = 0

    /// No handshakes.
    public init() {}
}

/// The numbers of one handshake thread. Each is written by one thread, but for the drops, which the workers count.
final class HandshakeCounters: Sendable {
    let begun = Atomic<UInt64>(0)
    let established = Atomic<UInt64>(0)
    let mismatched = Atomic<UInt64>(0)
    let failed = Atomic<UInt64>(0)
    let datagramsReceived = Atomic<UInt64>(0)
    let datagramsSent = Atomic<UInt64>(0)
    let queueDrops = Atomic<UInt64>(0)
    let limitDrops = Atomic<UInt64>(0)
    let concurrencyDrops = Atomic<UInt64>(0)
    let associations = Atomic<Int>(0)
    let underWay = Atomic<Int>(0)

    /// Adds the numbers to `sum`.
    func add(to sum: inout HandshakeStatistics) {
        sum.begun &+= begun.load(ordering: .relaxed)
        sum.established &+= established.load(ordering: .relaxed)
        sum.mismatched &+= mismatched.load(ordering: .relaxed)
        sum.failed &+= failed.load(ordering: .relaxed)
        sum.datagramsReceived &+= datagramsReceived.load(ordering: .relaxed)
        sum.datagramsSent &+= datagramsSent.load(ordering: .relaxed)
        sum.queueDrops &+= queueDrops.load(ordering: .relaxed)
        sum.limitDrops &+= limitDrops.load(ordering: .relaxed)
        sum.concurrencyDrops &+= concurrencyDrops.load(ordering: .relaxed)
        sum.associations &+= associations.load(ordering: .relaxed)
        sum.underWay &+= underWay.load(ordering: .relaxed)
    }
}

extension Atomic where Value == UInt64 {
    /// Counts one more.
    borrowing func count() {
        wrappingAdd(1, ordering: .relaxed)
    }
}
