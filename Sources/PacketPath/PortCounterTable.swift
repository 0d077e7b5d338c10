public import Forwarding

/// What all ports of one worker have seen.
public final class PortCounterTable: @unchecked Sendable {
    /// What `port` has seen so far; `nil` when it was closed. Any thread may ask at any time.
    public func snapshot(of port: LocalPortID) -> PortCounters? { nil }
}
