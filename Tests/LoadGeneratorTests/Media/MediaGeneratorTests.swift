import LoadGenerator
import NetTypes
import Synchronization
import Testing

/// The generator's counts against a relay that does known harm.
struct MediaGeneratorTests {
    private static let loopback = IPAddress(ipv4: 0x7F00_0001)

    /// What the relay did, with a number for each kind of harm.
    private struct Harm {
        var packets = 0
        var dropped = 0
        var repeated = 0
        var corrupted = 0
        var misdirected = 0
        var foreign = 0
        var held: [UInt8]?
        var swapped = 0
    }

    private func play(
        packetsPerBurst: Int = 1, _ forward: @escaping @Sendable (inout Harm, [UInt8], (([UInt8]) -> Void)) -> Void
    ) throws -> (tally: MediaTally, delays: DelayHistogram, harm: Harm) {
        let towardsCaller = TestSocket()
        let towardsCallee = TestSocket()
        let caller = try CallEnd(bind: Self.loopback)
        let callee = try CallEnd(bind: Self.loopback)
        caller.target = towardsCaller.address
        callee.target = towardsCallee.address
        let (callerPort, calleePort) = (caller.local.port, callee.local.port)
        let harm = Mutex(Harm())
        let relay = SharedHarm(harm)
        let loops = [
            BackgroundLoop {
                guard let (octets, _) = towardsCaller.receive() else { return }
                relay.harm.withLock { forward(&$0, octets) { towardsCallee.send($0, to: calleePort) } }
            },
            BackgroundLoop {
                guard let (octets, _) = towardsCallee.receive() else { return }
                towardsCaller.send(octets, to: callerPort)
            },
        ]
        let call = PlacedCall(identity: "test", caller: caller, callee: callee)
        var generator = MediaGenerator(
            [call], workload: MediaWorkload(packetsPerSecond: 500, packetsPerBurst: packetsPerBurst))
        generator.openWindow()
        generator.play(300_000_000)
        generator.closeWindow()
        generator.drain(300_000_000)
        for loop in loops { loop.stop() }
        let done = relay.harm.withLock { $0 }
        return (generator.tally, generator.delays, done)
    }

    private final class SharedHarm: Sendable {
        let harm: Mutex<Harm>
        init(_ harm: consuming Mutex<Harm>) { self.harm = harm }
    }

    @Test(arguments: [1, 10])
    func everythingArrivesThroughAGoodRelay(packetsPerBurst: Int) throws {
        let (tally, delays, _) = try play(packetsPerBurst: packetsPerBurst) { _, octets, send in send(octets) }
        #expect(tally.sent > 0)
        #expect(tally.received == tally.sent)
        #expect(tally.lost == 0)
        #expect(tally.reordered + tally.duplicated + tally.corrupted + tally.unexpected + tally.unsent == 0)
        #expect(delays.count == tally.received)
    }

    @Test func lossIsCounted() throws {
        let (tally, _, harm) = try play { harm, octets, send in
            harm.packets += 1
            if harm.packets.isMultiple(of: 3) { harm.dropped += 1 } else { send(octets) }
        }
        #expect(harm.dropped > 0)
        #expect(tally.lost == harm.dropped)
    }

    @Test func repetitionIsCounted() throws {
        let (tally, delays, harm) = try play { harm, octets, send in
            harm.packets += 1
            if let held = harm.held, harm.packets.isMultiple(of: 4) {
                harm.repeated += 1
                send(held)
            }
            harm.held = octets
            send(octets)
        }
        #expect(harm.repeated > 0)
        #expect(tally.duplicated == harm.repeated)
        #expect(tally.lost == 0)
        #expect(delays.count == tally.sent)
    }

    @Test func corruptionIsCounted() throws {
        let (tally, _, harm) = try play { harm, octets, send in
            harm.packets += 1
            guard harm.packets.isMultiple(of: 5) else { return send(octets) }
            harm.corrupted += 1
            var changed = octets
            changed[100] ^= 1
            send(changed)
        }
        #expect(harm.corrupted > 0)
        #expect(tally.corrupted == harm.corrupted)
    }

    @Test func reorderingIsCounted() throws {
        let (tally, _, harm) = try play { harm, octets, send in
            if let held = harm.held {
                send(octets)
                send(held)
                harm.held = nil
                harm.swapped += 1
            } else {
                harm.held = octets
            }
        }
        #expect(harm.swapped > 0)
        #expect(tally.reordered == harm.swapped)
        #expect(tally.lost == (harm.held == nil ? 0 : 1))
    }

    @Test func foreignDatagramsAreCounted() throws {
        let (tally, _, harm) = try play { harm, octets, send in
            harm.foreign += 2
            send([UInt8](repeating: 0x80, count: octets.count))
            send([1, 2, 3])
            send(octets)
        }
        #expect(harm.foreign > 0)
        #expect(tally.unexpected == harm.foreign)
        #expect(tally.lost == 0)
    }

    @Test func datagramsFromElsewhereAreNotTakenForTheRelays() throws {
        let elsewhere = TestSocket()
        let caller = try CallEnd(bind: Self.loopback)
        let callee = try CallEnd(bind: Self.loopback)
        // Each end sends to a socket whose owner answers from another one.
        let relay = TestSocket()
        caller.target = relay.address
        callee.target = relay.address
        let ports = (caller.local.port, callee.local.port)
        let loop = BackgroundLoop {
            guard let (octets, source) = relay.receive() else { return }
            elsewhere.send(octets, to: source == ports.0 ? ports.1 : ports.0)
        }
        var generator = MediaGenerator(
            [PlacedCall(identity: "test", caller: caller, callee: callee)], workload: MediaWorkload())
        generator.openWindow()
        generator.play(100_000_000)
        generator.closeWindow()
        generator.drain(100_000_000)
        loop.stop()
        #expect(generator.tally.received == 0)
        #expect(generator.tally.unexpected == generator.tally.sent)
    }
}
