import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Synchronization
import Testing

/// The backends of this machine; tests run once for each.
let backends: [DataPlaneConfiguration.Backend] =
    if case .available = IORing.probe() { [.epoll, .ioUring] } else { [.epoll] }

private let nextAddress = Atomic<UInt32>(0)

/// An address of 127/8 that no other test of this process uses, so that tests can run side by side.
func freshAddress() -> IPAddress {
    let number = nextAddress.wrappingAdd(1, ordering: .relaxed).newValue
    return IPAddress(ipv4: 0x7F00_0000 | UInt32(getpid() & 0xFF) << 16 | number & 0xFFFF)
}

/// A data plane of one worker with one pool.
func makePlane(
    _ backend: DataPlaneConfiguration.Backend, on address: IPAddress = freshAddress(), ports: ClosedRange<UInt16>,
    excluded: Set<UInt16> = [], _ change: (inout DataPlaneConfiguration) -> Void = { _ in }
) throws -> DataPlane {
    var configuration = DataPlaneConfiguration(pools: [
        PortPoolConfiguration(
            address: address, minimum: ports.lowerBound, maximum: ports.upperBound, excluded: excluded)
    ])
    configuration.backend = backend
    configuration.workers = 1
    change(&configuration)
    return try DataPlane(configuration)
}

extension DataPlane {
    func leasePair(tos: UInt8 = 0) throws -> [PortLease] {
        try lease(PortRequest(worker: 0, pool: PortPoolID(0), isPair: true, tos: tos))
    }

    func leaseSingle(tos: UInt8 = 0) throws -> PortLease {
        try lease(PortRequest(worker: 0, pool: PortPoolID(0), isPair: false, tos: tos))[0]
    }

    var portsUsed: Int { portUse(of: PortPoolID(0)).used }

    /// Waits until the workers have closed what was released.
    func waitForClose(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try eventually("ports came back", sourceLocation: sourceLocation) { portsUsed == 0 }
    }

    /// Leases `count` pairs of ports that were in use before. A process that another test starts has copies of all
    /// descriptors for a moment, and ports of closed sockets stay taken as long.
    func leasePairsAgain(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [PortLease] {
        var leases: [PortLease] = []
        try eventually("all ports can be had again", sourceLocation: sourceLocation) {
            while leases.count < count * 2, let pair = try? leasePair() { leases += pair }
            return leases.count == count * 2
        }
        return leases
    }

    /// Joins two ports: what arrives on one leaves through the other.
    func join(
        _ left: PortLease, to leftPeer: TransportAddress, _ right: PortLease, to rightPeer: TransportAddress,
        carries: Carriage = .rtp
    ) throws {
        try installAndWait([
            plan(left, to: leftPeer, sinks: [right], carries: carries),
            plan(right, to: rightPeer, sinks: [left], carries: carries),
        ])
    }

    /// Installs plans and returns when the worker has put them in place.
    func installAndWait(_ plans: [ForwardingPlan], sourceLocation: SourceLocation = #_sourceLocation) throws {
        install(plans)
        try eventually("the plans are in place", sourceLocation: sourceLocation) {
            zip(plans, counters(of: plans.map(\.port))).allSatisfy { $0.remote == $1?.endpoint }
        }
    }
}

/// Binds an address that was in use before; see ``DataPlane/DataPlane/leasePairsAgain(_:)``.
func bindAgain(_ address: TransportAddress, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try eventually("the port is free", sourceLocation: sourceLocation) {
        do throws(SystemError) {
            _ = try UDPSocket(bindingTo: address)
            return true
        } catch {
            guard error.code == EADDRINUSE else { throw error }
            return false
        }
    }
}

func plan(
    _ port: PortLease, to remote: TransportAddress?, sinks: [PortLease], carries: Carriage = .rtp, tos: UInt8 = 0
) -> ForwardingPlan {
    var plan = ForwardingPlan(port: port.id, carries: carries)
    plan.remote = remote
    plan.learning = .off
    plan.sinks = sinks.map { Sink(port: $0.id, traffic: .both) }
    plan.tos = tos
    return plan
}

/// Tries `condition` until it holds. The deadline is far beyond what is ever needed.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) throws {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while try !condition() {
        try #require(MonotonicClock.now() < deadline, what, sourceLocation: sourceLocation)
        MonotonicClock.sleep(microseconds: 200)
    }
}
