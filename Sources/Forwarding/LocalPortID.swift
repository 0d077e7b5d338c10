/// Names one local UDP port: the worker that owns its socket and the slot it has there.
///
/// The generation tells a slot's present owner from earlier ones, so a late message about a port that was released
/// cannot touch the port that took its place.
public struct LocalPortID: Hashable, Sendable, BitwiseCopyable {
    /// Index of the worker thread.
    public let worker: UInt16
    /// Count of owners that the slot has had, modulo 2^16.
    public let generation: UInt16
    /// Index into the worker's table of ports.
    public let slot: UInt32

    /// A name from its parts.
    public init(worker: UInt16, slot: UInt32, generation: UInt16) {
        self.worker = worker
        self.slot = slot
        self.generation = generation
    }
}
