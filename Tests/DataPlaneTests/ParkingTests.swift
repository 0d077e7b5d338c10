import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Testing

/// Sockets that are used by one call after another, with either backend.
struct ParkingTests {
    /// A plane whose parked sockets need no rest.
    private func makePlane(
        _ backend: DataPlaneConfiguration.Backend, on address: IPAddress = freshAddress(),
        ports: ClosedRange<UInt16> = 20_000...20_099, _ change: (inout DataPlaneConfiguration) -> Void = { _ in }
    ) throws -> DataPlane {
        try DataPlaneTests.makePlane(backend, on: address, ports: ports) {
            $0.parking.restNanoseconds = 0
            $0.parking.shortestRestNanoseconds = 0
            change(&$0)
        }
    }

    private func waitForParked(
        _ count: UInt64, of plane: DataPlane, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually("sockets are parked", sourceLocation: sourceLocation) {
            let statistics = plane.statistics()
            return statistics.reduce(0) { $0 + $1.parkedPorts } == count
                && statistics.allSatisfy { $0.openPorts == 0 }
        }
    }

    @Test(arguments: backends)
    func theNextCallGetsTheSamePairUnderNewNames(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let first = try plane.leasePair()
        var names = Set(first.map(\.id))
        plane.release(first.map(\.id))
        for number in 0..<20 {
            try waitForParked(2, of: plane)
            #expect(plane.portsUsed == 0)
            #expect(plane.counters(of: Array(names)).allSatisfy { $0 == nil })
            let pair = try plane.leasePair()
            #expect(pair.map(\.local) == first.map(\.local))
            #expect(names.isDisjoint(with: pair.map(\.id)))
            names.formUnion(pair.map(\.id))
            #expect(plane.portsUsed == 2)
            #expect(plane.counters(of: pair.map(\.id)) == [PortCounters(), PortCounters()])
            try plane.join(pair[0], to: caller.address, pair[1], to: callee.address)
            try caller.send(rtp(number), to: pair[0].local)
            try callee.expect(rtp(number), from: pair[1].local)
            try callee.send(rtp(number), to: pair[1].local)
            try caller.expect(rtp(number), from: pair[0].local)
            plane.release(pair.map(\.id))
        }
        #expect(plane.statistics().allSatisfy { $0.socketErrors == 0 })
    }

    @Test(arguments: backends)
    func singlePortsAndPairsAreKeptApart(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend)
        let (pair, single) = (try plane.leasePair(), try plane.leaseSingle())
        plane.release(pair.map(\.id) + [single.id])
        try waitForParked(3, of: plane)
        #expect(try plane.leaseSingle().local == single.local)
        #expect(try plane.leaseSingle().local != single.local)
        #expect(try plane.leasePair().map(\.local) == pair.map(\.local))
    }

    @Test(arguments: backends)
    func whatIsLeftOfAPairIsClosed(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend)
        let pair = try plane.leasePair()
        plane.release([pair[1].id])
        try eventually("one is closed") { plane.statistics()[0].openPorts == 1 && plane.portsUsed == 1 }
        plane.release([pair[0].id])
        try waitForParked(0, of: plane)
        for lease in pair { try bindAgain(lease.local) }
    }

    @Test(arguments: backends)
    func datagramsOfTheLastCallNeverReachTheNext(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let stale = try MediaPeer()
        plane.release(try plane.leasePair().map(\.id))
        try waitForParked(2, of: plane)
        for number in 0..<50 {
            let pair = try plane.leasePair()
            try plane.join(pair[0], to: caller.address, pair[1], to: callee.address)
            try caller.send(rtp(number), to: pair[0].local)
            // A datagram of an earlier call would come before it.
            try callee.expect(rtp(number), from: pair[1].local)
            let counters = try #require(plane.counters(of: [pair[0].id])[0])
            #expect(counters.rtpIn.packets == 1)
            plane.release(pair.map(\.id))
            // Some come before the sockets are parked, some after.
            if number % 2 == 0 { try waitForParked(2, of: plane) }
            for late in 0..<5 { for lease in pair { try stale.send(rtp(1000 + late), to: lease.local) } }
            try waitForParked(2, of: plane)
            for late in 0..<number % 5 { for lease in pair { try stale.send(rtp(2000 + late), to: lease.local) } }
        }
    }

    /// An empty datagram ends a receive of io_uring, a full socket has the ring run out of buffers.
    @Test(arguments: backends)
    func socketsThatWereDisturbedWorkOn(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend) { $0.receiveBuffers = 4 }
        let pair = try plane.leasePair()
        plane.release(pair.map(\.id))
        try waitForParked(2, of: plane)
        let (peer, callee) = (try MediaPeer(), try MediaPeer())
        for lease in pair {
            try peer.send([], to: lease.local)
            for number in 0..<40 { try peer.send(rtp(number), to: lease.local) }
            try peer.send([], to: lease.local)
        }
        let again = try plane.leasePair()
        #expect(again.map(\.local) == pair.map(\.local))
        try plane.join(again[0], to: peer.address, again[1], to: callee.address)
        try peer.send(rtp(100), to: again[0].local)
        try callee.expect(rtp(100), from: again[1].local)
    }

    @Test(arguments: backends)
    func idleSocketsAreClosed(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend) { $0.parking.idleNanoseconds = 200_000_000 }
        let leases = try (0..<4).flatMap { _ in try plane.leasePair() } + [plane.leaseSingle()]
        plane.release(leases.map(\.id))
        for lease in leases { try bindAgain(lease.local) }
        try waitForParked(0, of: plane)
        #expect(plane.portsUsed == 0)
        // They were given back, and can be had.
        for _ in 0..<50 { _ = try plane.leasePair() }
        #expect(plane.portsUsed == 100)
    }

    @Test(arguments: backends)
    func noMoreThanTheLimitAreKept(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend) { $0.parking.socketsPerWorker = 5 }
        plane.release(try (0..<10).flatMap { _ in try plane.leasePair() }.map(\.id))
        try waitForParked(4, of: plane)
        let none = try makePlane(backend) { $0.parking = .none }
        none.release(try none.leasePair().map(\.id))
        try waitForParked(0, of: none)
    }

    /// The last ports can be leased on any worker, wherever they are parked.
    @Test(arguments: backends)
    func parkedPortsTakeNothingFromOthers(backend: DataPlaneConfiguration.Backend) throws {
        for worker in [UInt16(0), 1] {
            let plane = try makePlane(backend, ports: 20_000...20_007) {
                $0.workers = 2
                $0.parking.restNanoseconds = 3_600_000_000_000
                $0.parking.shortestRestNanoseconds = 3_600_000_000_000
            }
            plane.release(try (0..<2).flatMap { _ in try plane.leasePair() }.map(\.id))
            try waitForParked(4, of: plane)
            // A lease waits for a few milliseconds at most; on a busy machine the workers may take longer.
            let request = PortRequest(worker: worker, pool: PortPoolID(0), isPair: true, tos: 0)
            var pairs = 0
            try eventually("all ports can be had") {
                while pairs < 4, (try? plane.lease(request)) != nil { pairs += 1 }
                return pairs == 4
            }
            #expect(plane.portsUsed == 8)
            #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leasePair() }
        }
    }

    /// Parked pairs do not keep single ports from being leased, nor the other way round.
    @Test(arguments: backends)
    func parkedPairsAreSplitWhenPortsAreShort(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_007)
        plane.release(try (0..<2).flatMap { _ in try plane.leasePair() }.map(\.id))
        try waitForParked(4, of: plane)
        var ports: Set<UInt16> = []
        try eventually("all ports can be had") {
            while ports.count < 8, let lease = try? plane.leaseSingle() { ports.insert(lease.local.port) }
            return ports.count == 8
        }
        #expect(ports == Set(20_000...20_007))
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) { try plane.leaseSingle() }
    }

    @Test(arguments: backends)
    func stoppedPlaneHoldsNoParkedSockets(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend)
        let pair = try plane.leasePair()
        plane.release(pair.map(\.id))
        try waitForParked(2, of: plane)
        plane.stop()
        for lease in pair { try bindAgain(lease.local) }
        #expect(throws: PortLeaseError.system(errno: EAGAIN, operation: "lease")) { try plane.leasePair() }
        #expect(plane.portsUsed == 0)
    }

    @Test(arguments: backends)
    func manyThreadsShareParkedSockets(backend: DataPlaneConfiguration.Backend) async throws {
        let plane = try makePlane(backend, ports: 20_000...24_999) {
            $0.workers = 2
            $0.parking.idleNanoseconds = 101_000_000
            $0.parking.socketsPerWorker = 40
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 0..<200 {
                        let worker = plane.assignWorker()
                        var leases: [PortLease] = []
                        for isPair in [true, number % 2 == 0] {
                            leases += try plane.lease(
                                PortRequest(
                                    worker: worker, pool: PortPoolID(0), isPair: isPair, tos: UInt8(round % 2) * 4))
                        }
                        plane.install(leases.map { plan($0, to: nil, sinks: leases) })
                        #expect(plane.counters(of: leases.map(\.id)).allSatisfy { $0 != nil })
                        plane.release(leases.map(\.id))
                    }
                }
            }
            try await group.waitForAll()
        }
        try waitForParked(0, of: plane)
        #expect(plane.portsUsed == 0)
        #expect(plane.statistics().allSatisfy { $0.socketErrors == 0 })
    }
}
