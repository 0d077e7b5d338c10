import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Testing

/// Ports handed out and taken back, with either backend.
struct LeaseTests {
    @Test(arguments: backends)
    func pairsAreEvenAndOdd(backend: DataPlaneConfiguration.Backend) throws {
        let address = freshAddress()
        let plane = try makePlane(backend, on: address, ports: 20_001...20_010)
        var ports: Set<UInt16> = []
        for _ in 0..<4 {
            let pair = try plane.leasePair()
            #expect(pair.count == 2)
            #expect(pair[0].local.port % 2 == 0)
            #expect(pair[1].local.port == pair[0].local.port + 1)
            #expect(pair.allSatisfy { $0.local.address == address })
            ports.formUnion(pair.map(\.local.port))
        }
        #expect(ports == Set(20_002...20_009))
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leasePair() }
        ports.formUnion([try plane.leaseSingle().local.port, try plane.leaseSingle().local.port])
        #expect(ports == Set(20_001...20_010))
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leaseSingle() }
        #expect(plane.portsUsed == 10)
    }

    @Test(arguments: backends)
    func releasedPortsComeBack(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_007)
        for _ in 0..<100 {
            let leases = try plane.leasePairsAgain(4)
            #expect(plane.portsUsed == 8)
            #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leaseSingle() }
            plane.release(leases.map(\.id))
            // A second release, and plans that come too late, do no harm.
            plane.release(leases.map(\.id))
            plane.install(leases.map { plan($0, to: nil, sinks: []) })
            #expect(plane.counters(of: leases.map(\.id)) == [PortCounters?](repeating: nil, count: 8))
            try plane.waitForClose()
        }
        #expect(plane.statistics()[0].receiveErrors == 0)
        #expect(plane.statistics()[0].socketErrors == 0)
    }

    @Test(arguments: backends)
    func laterOwnersAreNotDisturbedByEarlierNames(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_001)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let first = try plane.leasePair()
        plane.release(first.map(\.id))
        try plane.waitForClose()
        let second = try plane.leasePairsAgain(1)
        #expect(Set(second.map(\.local)) == Set(first.map(\.local)))
        #expect(Set(second.map(\.id)).isDisjoint(with: first.map(\.id)))
        try plane.join(second[0], to: caller.address, second[1], to: callee.address)
        plane.install(first.map { plan($0, to: nil, sinks: []) })
        plane.release(first.map(\.id))
        try caller.send(rtp(1), to: second[0].local)
        try callee.expect(rtp(1), from: second[1].local)
    }

    @Test(arguments: backends)
    func foreignPortsAreSteppedOver(backend: DataPlaneConfiguration.Backend) throws {
        let address = freshAddress()
        let plane = try makePlane(backend, on: address, ports: 20_000...20_009)
        // The upper half of one pair, the lower half of another.
        let foreign = try UDPSocket(bindingTo: TransportAddress(address, 20_003))
        let other = try UDPSocket(bindingTo: TransportAddress(address, 20_004))
        var ports: Set<UInt16> = []
        for _ in 0..<3 { ports.formUnion(try plane.leasePair().map(\.local.port)) }
        #expect(ports == [20_000, 20_001, 20_006, 20_007, 20_008, 20_009])
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leasePair() }
        // Their other halves were bound and closed again, and serve as single ports.
        ports.formUnion([try plane.leaseSingle().local.port, try plane.leaseSingle().local.port])
        #expect(ports.isSuperset(of: [20_002, 20_005]))
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leaseSingle() }
        #expect(plane.portsUsed == 8)
        // When the other programs end, their ports can be had some time later.
        _ = FileDescriptor(takingOwnershipOf: foreign.release())
        _ = FileDescriptor(takingOwnershipOf: other.release())
        try eventually("the foreign ports were tried again") {
            if let lease = try? plane.leaseSingle() { ports.insert(lease.local.port) }
            return ports.count == 10
        }
    }

    @Test(arguments: backends)
    func excludedPortsAreNeverHandedOut(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_005, excluded: [20_001, 20_004])
        let pairError = #expect(throws: PortLeaseError.self) {
            while true { _ = try plane.leasePair() }
        }
        #expect(pairError == .exhausted(PortPoolID(0)))
        #expect(plane.portsUsed == 2)
        #expect(Set([try plane.leaseSingle(), try plane.leaseSingle()].map(\.local.port)) == [20_000, 20_005])
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leaseSingle() }
    }

    @Test(arguments: backends)
    func tableOfWorkerIsLimited(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099) { $0.portsPerWorker = 3 }
        let pair = try plane.leasePair()
        #expect(throws: PortLeaseError.tooManyPorts(limit: 3)) { try plane.leasePair() }
        let single = try plane.leaseSingle()
        #expect(throws: PortLeaseError.tooManyPorts(limit: 3)) { try plane.leaseSingle() }
        #expect(plane.portsUsed == 3)
        plane.release(pair.map(\.id) + [single.id])
        try plane.waitForClose()
        _ = try plane.leasePair()
    }

    @Test(arguments: backends)
    func otherFailuresGiveEverythingBack(backend: DataPlaneConfiguration.Backend) throws {
        // An address that is not of this machine.
        let plane = try makePlane(backend, on: IPAddress(ipv4: 0xC000_0201), ports: 20_000...20_001)
        for _ in 0..<3 {
            #expect(throws: PortLeaseError.system(errno: EADDRNOTAVAIL, operation: "bind")) { try plane.leasePair() }
        }
        #expect(plane.portsUsed == 0)
        #expect(throws: PortLeaseError.system(errno: EINVAL, operation: "lease")) {
            try plane.lease(PortRequest(worker: 1, pool: PortPoolID(0), isPair: true, tos: 0))
        }
        #expect(throws: PortLeaseError.system(errno: EINVAL, operation: "lease")) {
            try plane.lease(PortRequest(worker: 0, pool: PortPoolID(1), isPair: true, tos: 0))
        }
    }

    @Test(arguments: backends)
    func workersTakeTurns(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099) { $0.workers = 3 }
        #expect(Set((0..<3).map { _ in plane.assignWorker() }) == [0, 1, 2])
        for worker in [UInt16(0), 2] {
            _ = try plane.lease(PortRequest(worker: worker, pool: PortPoolID(0), isPair: true, tos: 0))
        }
        #expect((0..<3).map { _ in plane.assignWorker() } == [1, 1, 1])
        #expect(plane.statistics().count == 3)
    }

    @Test(arguments: backends)
    func stoppedPlaneHoldsNothing(backend: DataPlaneConfiguration.Backend) throws {
        let address = freshAddress()
        let plane = try makePlane(backend, on: address, ports: 20_000...20_999)
        for _ in 0..<500 { _ = try plane.leasePair() }
        plane.stop()
        #expect(plane.portsUsed == 0)
        for port in UInt16(20_000)...20_999 { try bindAgain(TransportAddress(address, port)) }
        #expect(throws: PortLeaseError.system(errno: EAGAIN, operation: "lease")) { try plane.leasePair() }
        plane.install([ForwardingPlan(port: LocalPortID(worker: 0, slot: 0, generation: 1), carries: .rtp)])
        plane.stop()
        #expect(plane.portsUsed == 0)
    }

    @Test(arguments: backends)
    func manyThreadsLeaseAndRelease(backend: DataPlaneConfiguration.Backend) async throws {
        // One pair for each lease: the workers may lag behind with the closing.
        let plane = try makePlane(backend, ports: 20_000...20_799) { $0.workers = 2 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        let worker = plane.assignWorker()
                        let leases = try plane.lease(
                            PortRequest(worker: worker, pool: PortPoolID(0), isPair: true, tos: 0x68))
                        plane.install(leases.map { plan($0, to: nil, sinks: leases, tos: 0x28) })
                        #expect(plane.counters(of: leases.map(\.id)).allSatisfy { $0 != nil })
                        plane.release(leases.map(\.id))
                    }
                }
            }
            try await group.waitForAll()
        }
        try plane.waitForClose()
        #expect(plane.statistics().allSatisfy { $0.socketErrors == 0 })
    }
}
