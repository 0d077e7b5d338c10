import NetTypes
import Synchronization
import Testing

@testable import LoadGenerator

/// Protected legs through a relay that passes packets on as they are: each end has the keys of the other one.
struct ProtectedMediaTests {
    private func play(
        _ suite: SRTPSuite, calleeIsPlain: Bool = false, sealedSeconds: Double, burst: Int = 1,
        _ forward: @escaping @Sendable (inout [UInt8]) -> Void = { _ in }
    ) throws -> MediaTally {
        let sockets = (TestSocket(), TestSocket())
        let caller = try CallEnd(bind: IPAddress(ipv4: 0x7F00_0001))
        let callee = try CallEnd(bind: IPAddress(ipv4: 0x7F00_0001))
        let keys = (SRTPKeying.random(suite), SRTPKeying.random(suite))
        try caller.protect(outbound: keys.0, inbound: keys.1)
        if !calleeIsPlain { try callee.protect(outbound: keys.1, inbound: keys.0) }
        caller.target = sockets.0.address
        callee.target = sockets.1.address
        let ports = (caller.local.port, callee.local.port)
        let loops = [
            BackgroundLoop {
                guard var (octets, _) = sockets.0.receive() else { return }
                forward(&octets)
                sockets.1.send(octets, to: ports.1)
            },
            BackgroundLoop {
                guard let (octets, _) = sockets.1.receive() else { return }
                sockets.0.send(octets, to: ports.0)
            },
        ]
        var generator = MediaGenerator(
            [PlacedCall(identity: "test", caller: caller, callee: callee)],
            workload: MediaWorkload(packetsPerSecond: 500, packetsPerBurst: burst), sealedSeconds: sealedSeconds)
        generator.openWindow()
        generator.play(300_000_000)
        generator.closeWindow()
        generator.drain(300_000_000)
        for loop in loops { loop.stop() }
        return generator.tally
    }

    @Test(arguments: SRTPSuite.allCases, [0, 0.1, 2])
    func everythingArrives(suite: SRTPSuite, sealedSeconds: Double) throws {
        let tally = try play(suite, sealedSeconds: sealedSeconds)
        #expect(tally.sent > 0)
        #expect(tally.received == tally.sent)
        #expect(tally.reordered + tally.duplicated + tally.corrupted + tally.unexpected + tally.unsent == 0)
    }

    @Test func burstsArrive() throws {
        let tally = try play(.aesCM128Tag80, sealedSeconds: 0.1, burst: 10)
        #expect(tally.received == tally.sent)
        #expect(tally.corrupted + tally.unexpected == 0)
    }

    @Test func changesAreFoundInTheSample() throws {
        let tally = try play(.aesCM128Tag80, sealedSeconds: 2) { $0[50] ^= 1 }
        #expect(tally.corrupted > 0)
        #expect(tally.received < tally.sent)
    }

    /// A relay that does not decrypt towards a plain end.
    @Test func encryptedPacketsAtAPlainEndAreUnexpected() throws {
        let tally = try play(.aesCM128Tag80, calleeIsPlain: true, sealedSeconds: 2)
        #expect(tally.unexpected > 0)
        #expect(tally.received == 0)
    }
}
