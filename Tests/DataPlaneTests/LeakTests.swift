import DTLS
import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Testing

/// What is taken is given back. Each test has a process of its own, so that the numbers are exact.
struct LeakTests {
    @Test(arguments: backends)
    func callsLeaveNothingBehind(backend: DataPlaneConfiguration.Backend) async {
        await #expect(processExitsWith: .success) { [name = backend.rawValue as String] in
            let plane = try makePlane(
                DataPlaneConfiguration.Backend(rawValue: name) ?? .automatic, ports: 20_000...20_399)
            let (caller, callee) = (try MediaPeer(), try MediaPeer())
            func round() throws {
                let leases = try (0..<200).map { _ in try plane.leaseSingle() }
                try plane.join(leases[0], to: caller.address, leases[1], to: callee.address)
                try caller.send(rtp(1), to: leases[0].local)
                try callee.expect(rtp(1), from: leases[1].local)
                plane.release(leases.map(\.id))
                try plane.waitForClose()
            }
            try round()
            let before = openDescriptors()
            for _ in 0..<20 { try round() }
            try #require(openDescriptors() <= before + ownOfRunTime)
            try eventually("all sockets are closed") { plane.statistics()[0].openPorts == 0 }
        }
    }

    @Test(arguments: backends)
    func stopClosesEverything(backend: DataPlaneConfiguration.Backend) async {
        await #expect(processExitsWith: .success) { [name = backend.rawValue as String] in
            let backend = DataPlaneConfiguration.Backend(rawValue: name) ?? .automatic
            _ = try makePlane(backend, ports: 20_000...20_001)
            let before = openDescriptors()
            for _ in 0..<5 {
                let plane = try makePlane(backend, ports: 20_000...20_399) { $0.workers = 3 }
                for _ in 0..<100 { _ = try plane.leasePair() }
                plane.stop()
            }
            // The end of the last reference stops as well.
            for _ in 0..<5 { _ = try makePlane(backend, ports: 20_000...20_399).leasePair() }
            // The kernel lets go of a ring's last parts some time after its end.
            try eventually("all descriptors are closed") { openDescriptors() <= before + ownOfRunTime }
        }
    }

    @Test(arguments: backends)
    func handshakesLeaveNothingBehind(backend: DataPlaneConfiguration.Backend) async {
        await #expect(processExitsWith: .success) { [name = backend.rawValue as String] in
            let backend = DataPlaneConfiguration.Backend(rawValue: name) ?? .automatic
            func round() throws {
                let plane = try makeSecurePlane(backend) { $0.threads = 2 }
                let browser = try SecurePeer(role: .client)
                // One call that is established, and one in the middle of its handshake, when all ends.
                for steps in [10_000, 2] {
                    let port = try plane.leaseSingle()
                    let dtls = DTLSPlan(association: 1, role: .server, fingerprint: browser.fingerprint)
                    try plane.installAndWait([securePlan(port, to: browser.media.address, sinks: [], dtls)])
                    browser.restart(role: .client)
                    browser.start()
                    for _ in 0..<steps where browser.connection == nil { try browser.step(with: port.local) }
                }
                try eventually("both exist") { plane.handshakeStatistics().associations == 2 }
                plane.stop()
                try #require(plane.handshakeStatistics().associations == 0)
            }
            try round()
            let before = (openDescriptors(), threadCount())
            for _ in 0..<5 { try round() }
            try eventually("all descriptors are closed and threads ended") {
                (openDescriptors(), threadCount()) == before
            }
        }
    }

    @Test(arguments: backends)
    func lackOfDescriptorsIsReportedAndSurvived(backend: DataPlaneConfiguration.Backend) async {
        await #expect(processExitsWith: .success) { [name = backend.rawValue as String] in
            var limit = rlimit(rlim_cur: 100, rlim_max: 200)
            try #require(setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0)
            let plane = try makePlane(
                DataPlaneConfiguration.Backend(rawValue: name) ?? .automatic, ports: 20_000...20_999)
            try #require(plane.startupWarnings.contains(.fewDescriptors(limit: 200, ports: 1000)))
            var leases: [PortLease] = []
            let error = #expect(throws: PortLeaseError.self) {
                while true { leases += try plane.leasePair() }
            }
            try #require(error == .system(errno: EMFILE, operation: "socket"))
            try #require((100..<200).contains(leases.count))
            try #require(plane.portsUsed == leases.count)
            plane.release(leases.prefix(10).map(\.id))
            try eventually("the ports came back") { plane.portsUsed == leases.count - 10 }
            for _ in 0..<5 { _ = try plane.leasePair() }
        }
    }
}

/// The run time opens a timer and its like when it first needs one. A leak of a descriptor a round would be more.
private let ownOfRunTime = 4

/// Number of open descriptors of this process.
private func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

/// Number of threads of this process.
private func threadCount() -> Int {
    guard let directory = opendir("/proc/self/task") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}
