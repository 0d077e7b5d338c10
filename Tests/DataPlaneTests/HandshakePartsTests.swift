import DTLS
import Forwarding
import LinuxIO
import SRTPKeying
import Testing

@testable import DataPlane
@testable import PacketPath

private let port = LocalPortID(worker: 0, slot: 3, generation: 1)

struct HandshakeRingTests {
    @Test func datagramsComeOutAsTheyWentIn() throws {
        let ring = try HandshakeRing()
        var sent = 0
        var received = 0
        for round in 0..<100 {
            for _ in 0..<(round % 7 + 1) {
                let bytes = [UInt8](repeating: UInt8(sent % 256), count: sent % HandshakeRing.largestDatagram)
                let isTaken = bytes.withUnsafeBytes { ring.push($0, for: port, association: UInt64(sent)) }
                #expect(isTaken)
                sent += 1
            }
            while ring.count > 0 {
                ring.pop { name, association, bytes in
                    #expect(name == port)
                    #expect(association == UInt64(received))
                    #expect(bytes.count == received % HandshakeRing.largestDatagram)
                    #expect(bytes.allSatisfy { $0 == UInt8(received % 256) })
                }
                received += 1
            }
        }
        #expect(sent == received)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let ring = try HandshakeRing()
        let tooLong = [UInt8](repeating: 0, count: HandshakeRing.largestDatagram + 1)
        #expect(!tooLong.withUnsafeBytes { ring.push($0, for: port, association: 0) })
        for number in 0..<UInt64(HandshakeRing.slots) {
            #expect([1].withUnsafeBytes { ring.push($0, for: port, association: number) })
        }
        #expect(![1].withUnsafeBytes { ring.push($0, for: port, association: 0) })
        ring.pop { _, association, _ in #expect(association == 0) }
        #expect([1].withUnsafeBytes { ring.push($0, for: port, association: 0) })
        #expect(ring.count == HandshakeRing.slots)
    }

    @Test func nothingIsTakenFromAnEmptyRing() throws {
        try HandshakeRing().pop { _, _, _ in Issue.record("there is nothing") }
    }
}

struct HandshakeGateTests {
    private static let second: UInt64 = 1_000_000_000

    private func makePool(_ change: (inout HandshakeConfiguration) -> Void) throws -> HandshakePool {
        var configuration = HandshakeConfiguration(context: try relayContext)
        change(&configuration)
        return try HandshakePool(configuration, mailboxes: [try Mailbox()])
    }

    private func begin(_ gate: HandshakeGate, _ association: UInt64) throws {
        let fingerprint = try relayContext.fingerprint(.sha256)
        gate.pass(
            .begin(port, DTLSPlan(association: association, role: .server, fingerprint: fingerprint), isReady: false))
    }

    private func pass(_ count: Int, _ association: UInt64, to gate: HandshakeGate, now: UInt64) {
        [UInt8](repeating: 0, count: count).withUnsafeBytes {
            gate.pass($0, to: port, association: association, now: now)
        }
    }

    @Test func rateIsLimited() throws {
        let pool = try makePool { $0.datagramsPerSecond = 10 }
        let gate = HandshakeGate(worker: 0, of: pool)
        try begin(gate, 1)
        for _ in 0..<15 { pass(100, 1, to: gate, now: 7) }
        #expect(pool.statistics().limitDrops == 5)
        // A tenth of a second later there is room for one more.
        for _ in 0..<3 { pass(100, 1, to: gate, now: 7 + Self.second / 10) }
        #expect(pool.statistics().limitDrops == 7)
        for _ in 0..<10 { pass(100, 1, to: gate, now: 7 + 3 * Self.second) }
        #expect(pool.statistics().limitDrops == 7)
    }

    @Test func bytesAreLimitedUntilItIsEstablished() throws {
        let pool = try makePool { $0.bytesUntilEstablished = 4096 }
        let gate = HandshakeGate(worker: 0, of: pool)
        try begin(gate, 1)
        for _ in 0..<5 { pass(1024, 1, to: gate, now: 0) }
        #expect(pool.statistics().limitDrops == 1)
        gate.established(port, association: 1)
        pass(1024, 1, to: gate, now: 0)
        #expect(pool.statistics().limitDrops == 1)
    }

    @Test func floodDoesNotEndAnAssociationForGood() throws {
        let pool = try makePool { $0.bytesUntilEstablished = 4096 }
        let gate = HandshakeGate(worker: 0, of: pool)
        try begin(gate, 1)
        for _ in 0..<10 { pass(1024, 1, to: gate, now: 0) }
        #expect(pool.statistics().limitDrops == 6)
        // A quarter of the bytes comes back in a quarter of a minute.
        for _ in 0..<2 { pass(1024, 1, to: gate, now: 15 * Self.second) }
        #expect(pool.statistics().limitDrops == 7)
        for _ in 0..<5 { pass(1024, 1, to: gate, now: 600 * Self.second) }
        #expect(pool.statistics().limitDrops == 8)
    }

    @Test func strangersToTheGateAreRefused() throws {
        let pool = try makePool { _ in }
        let gate = HandshakeGate(worker: 0, of: pool)
        pass(100, 1, to: gate, now: 0)
        try begin(gate, 1)
        pass(100, 2, to: gate, now: 0)
        pass(HandshakeRing.largestDatagram + 1, 1, to: gate, now: 0)
        gate.pass(.end(port, association: 2))
        pass(100, 1, to: gate, now: 0)
        gate.pass(.end(port, association: 1))
        pass(100, 1, to: gate, now: 0)
        #expect(pool.statistics().limitDrops == 4)
        #expect(!gate.takesLeave(of: port))
    }

    @Test func establishedPortsAreClosedLater() throws {
        let pool = try makePool { _ in }
        let gate = HandshakeGate(worker: 0, of: pool)
        try begin(gate, 1)
        #expect(!gate.takesLeave(of: port))
        try begin(gate, 2)
        gate.established(port, association: 1)
        #expect(!gate.takesLeave(of: port))
        try begin(gate, 3)
        gate.established(port, association: 3)
        #expect(gate.takesLeave(of: port))
        #expect(!gate.takesLeave(of: port))
    }
}

struct SecurityEventLogTests {
    private func event(_ number: Int) -> SecurityEvent {
        SecurityEvent(port: port, association: UInt64(number), outcome: .timedOut)
    }

    @Test(arguments: [0, 1, SecurityEventLog.limit, SecurityEventLog.limit + 1, 3 * SecurityEventLog.limit + 7])
    func newestEventsAreKept(count: Int) {
        let log = SecurityEventLog()
        for number in 0..<count { log.append(event(number)) }
        let kept = min(count, SecurityEventLog.limit)
        #expect(log.take() == ((count - kept)..<count).map(event))
        #expect(log.lost == UInt64(count - kept))
        #expect(log.take() == [])
        log.append(event(1))
        #expect(log.take() == [event(1)])
    }
}

struct HandshakeContextsTests {
    @Test func oldestGoesWhenThereAreMany() throws {
        let contexts = HandshakeContexts(try relayContext)
        for number in 1..<UInt64(HandshakeContexts.limit) { contexts.add(try relayContext, as: number) }
        #expect(contexts.numbers == Array(0..<UInt64(HandshakeContexts.limit)))
        contexts.add(try relayContext, as: 100)
        #expect(contexts[0] == nil && contexts[1] != nil && contexts[100] != nil)
        contexts.remove(before: 5)
        #expect(contexts.numbers.first == 5)
        contexts.remove(before: 100)
        #expect(contexts.numbers == [100])
    }
}
