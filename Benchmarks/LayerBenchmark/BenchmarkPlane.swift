import Forwarding
import NetTypes
import Synchronization

/// A media plane that costs next to nothing, so that what is measured is signalling alone.
final class BenchmarkPlane: MediaPlane {
    private let next = Atomic<UInt32>(0)

    func assignWorker() -> UInt16 { 0 }

    func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        let count: UInt32 = request.isPair ? 2 : 1
        let slot = next.wrappingAdd(2, ordering: .relaxed).oldValue & 0x3FFF
        return (0..<count).map { index in
            PortLease(
                id: LocalPortID(worker: 0, slot: slot + index, generation: 0),
                local: TransportAddress(IPAddress(ipv4: 0x7F00_0001), UInt16(truncatingIfNeeded: 20_000 + slot + index))
            )
        }
    }

    func install(_ plans: [ForwardingPlan]) {}
    func release(_ ports: [LocalPortID]) {}
    func counters(of ports: [LocalPortID]) -> [PortCounters?] { ports.map { _ in PortCounters() } }
    func lastActivity(of ports: [LocalPortID]) -> UInt64 { 0 }
    func totals() -> PortCounters.Traffic { PortCounters.Traffic() }

    func portUse(of pool: PortPoolID) -> PortUse {
        PortUse(address: .unspecified(.ipv4), minimum: 20_000, maximum: 40_000, used: 0)
    }
}
