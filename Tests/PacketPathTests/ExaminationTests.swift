import Forwarding
import NetTypes
import PacketPath
import Testing

/// What a port remembers for whoever asks what is wrong with its call.
@Suite struct ExaminationTests {
    private let relay = Relay()

    private func port(_ carries: Carriage) -> LocalPortID {
        let port = relay.open(0)
        var receiving = plan(port, remote: Peer.signalled, to: [])
        receiving.carries = carries
        relay.install(receiving)
        return port
    }

    @Test func whatHasNoBusinessThere() throws {
        let port = port(.rtp)
        let stun: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 1, count: 12)
        let datagrams: [[UInt8]] = [
            stun, stun, [22, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 20), [0], [13, 10, 13, 10],
            [UInt8](repeating: 0x50, count: 40), [0x10] + [UInt8](repeating: 0, count: 40),
            // Four zeros keep a translator's binding alive, and are no STUN.
            [0, 0, 0, 0],
        ]
        for bytes in datagrams { relay.arrive(bytes, on: port, from: Peer.signalled) }
        let seen = try relay.counters(port).unexpected
        #expect(seen.checks == 2 && seen.handshakes == 1 && seen.keepalives == 3 && seen.others == 2)
        #expect(seen.mediaOnReportPort == 0)
        #expect(try relay.drops(port, .malformed) == 8)
    }

    @Test func mediaOnThePortForReports() throws {
        let port = port(.rtcp)
        for number in 0..<3 { relay.arrive(rtp(UInt16(number)), on: port, from: Peer.signalled) }
        #expect(try relay.counters(port).unexpected.mediaOnReportPort == 3)
    }

    @Test func timesOfDrops() throws {
        let port = port(.rtp)
        #expect(try relay.counters(port).dropNanoseconds.allSatisfy { $0 == 0 })
        relay.now = 100_000_000_000
        relay.arrive([0], on: port, from: Peer.signalled)
        relay.now = 160_000_000_000
        // There is no way out.
        relay.arrive(rtp(1), on: port, from: Peer.signalled)
        let times = try relay.counters(port).dropNanoseconds
        func age(_ reason: DropReason) -> UInt64 { relay.now - times[Int(reason.rawValue)] }
        #expect(age(.noSink) < 100_000_000)
        #expect((60_000_000_000..<60_100_000_000).contains(age(.malformed)))
        #expect(times.filter { $0 != 0 }.count == 2)
    }

    @Test func silence() throws {
        let port = port(.rtp)
        func packet(_ number: Int, _ payload: [UInt8]) -> [UInt8] {
            [0x80, 0, UInt8(number >> 8), UInt8(number & 0xFF), 0, 0, 0, UInt8(number & 0xFF), 0, 0, 0, 1] + payload
        }
        for number in 0..<320 {
            // Zero with either sign, and then speech.
            let payload = (0..<160).map { number < 160 ? ($0 % 2 == 0 ? 0xD5 : 0x55) : UInt8($0) }
            relay.arrive(packet(number, payload), on: port, from: Peer.signalled)
        }
        let silence = try relay.counters(port).silence
        #expect(silence.looked == 10 && silence.silent == 5 && silence.lately == 0)
        for number in 320..<640 {
            relay.arrive(packet(number, [UInt8](repeating: 0xD5, count: 160)), on: port, from: Peer.signalled)
        }
        let counters = try relay.counters(port)
        #expect(counters.silence.lately == 10 && counters.silence.silent == 15 && counters.steadyPayload == 160)
        #expect(counters.unnegotiatedLately == 0)
    }

    /// Drops for one reason make a run until there is a pause, or another reason.
    @Test func runsOfDrops() throws {
        let port = port(.rtp)
        relay.now = 100_000_000_000
        #expect(try relay.counters(port).dropRun == nil)
        func drop(_ count: Int, _ bytes: [UInt8]) {
            for _ in 0..<count {
                relay.now += 20_000_000
                relay.arrive(bytes, on: port, from: Peer.signalled)
            }
        }
        drop(30, [0])
        var run = try #require(try relay.counters(port).dropRun)
        #expect(run.reason == .malformed && run.packets == 30)
        #expect((100_000_000_000 - 70_000_000...100_100_000_000).contains(run.sinceNanoseconds))
        relay.now += 10_000_000_000
        drop(3, [0])
        run = try #require(try relay.counters(port).dropRun)
        #expect(run.packets == 3 && run.sinceNanoseconds > 110_000_000_000)
        drop(2, rtp(1))
        run = try #require(try relay.counters(port).dropRun)
        #expect(run.reason == .noSink && run.packets == 2)
    }

    @Test func messagesAboutThePresentEndpoint() throws {
        let port = port(.rtp)
        relay.now += 5 * Relay.millisecond
        for destination in [Peer.signalled, Peer.stranger, nil] as [TransportAddress?] {
            relay.path.receptionFailed(
                slot: port.slot, generation: port.generation, error: 111, destination: destination, now: relay.now)
        }
        let errors = try relay.counters(port).socketErrors
        #expect(errors.received == 3 && errors.unreachable == 1)
        #expect(errors.unreachableNanoseconds == relay.now)
    }
}
