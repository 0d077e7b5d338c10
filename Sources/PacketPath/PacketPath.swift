public import Forwarding
public import NetTypes

/// What happens to a datagram between its receipt and its transmission, for all ports of one worker.
public struct PacketPath: ~Copyable {
    /// Readable from any thread.
    public let counters: PortCounterTable

    /// A path with room for `capacity` ports.
    public init(capacity: Int) {
        counters = PortCounterTable()
    }

    /// The slot becomes active; everything is dropped until a plan comes.
    public mutating func open(_ port: LocalPortID, now: UInt64) {}

    /// Swaps in a new plan. One for an earlier owner of the slot is ignored.
    public mutating func install(_ plan: ForwardingPlan, now: UInt64) -> PlanEffect { .stale }

    /// Frees the slot.
    public mutating func close(_ port: LocalPortID) {}

    /// Handles one datagram that arrived on `slot`.
    public mutating func receive(
        slot: UInt32, packet: UnsafeMutableRawBufferPointer, isTruncated: Bool, source: TransportAddress, now: UInt64,
        into output: inout TransmissionList
    ) {}

    /// The kernel refused `transmission`; moves it from "out" to errors.
    public mutating func transmissionFailed(_ transmission: Transmission) {}
}
