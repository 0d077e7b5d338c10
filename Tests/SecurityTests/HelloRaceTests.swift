import DTLS
import Forwarding
import NetTypes
import Replay
import Simulation
import Testing

@testable import PacketPath

/// Somebody else wants to be the other end of the handshake, before the peer, at the same time, and afterwards.
@Suite struct HelloRaceTests {
    /// Where the callee's handshake is, on a leg where the relay is the server.
    private func target(_ call: Call) throws -> TransportAddress { try #require(call.callee.relay) }

    @Test(arguments: Stranger.all)
    func before(_ place: TransportAddress) throws {
        let call = try Call(.plain, .dtls, connects: false)
        let intruder = try Intruder(call.world, at: place, against: try target(call))
        intruder.start()
        call.world.run(for: 100_000_000)
        try call.connect()
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }

    /// He has begun, and then says no more.
    @Test(arguments: Stranger.all)
    func beforeAndThenSilent(_ place: TransportAddress) throws {
        let call = try Call(.plain, .dtls, connects: false)
        let intruder = try Intruder(call.world, at: place, against: try target(call))
        intruder.start()
        call.world.run(for: 12_000_000)
        intruder.isSilent = true
        try call.connect(within: 3)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }

    /// The peer is behind a translator, so that the intruder looks no worse. He is heard out, and then the peer is.
    @Test func beforeAPeerThatIsElsewhere() throws {
        let call = try Call(.plain, .dtls, connects: false)
        let intruder = try Intruder(call.world, at: Stranger.anywhere, against: try target(call))
        call.callee.rebind(to: Stranger.place("198.18.0.7:33000"), gap: 0)
        intruder.start()
        call.world.run(for: 100_000_000)
        try call.connect(within: 40)
        call.talk(seconds: 5)
        #expect(call.world.ledger.violations.isEmpty && call.world.ledger.injected == 0)
        #expect(call.world.plane.outcomes.contains(.fingerprintMismatch))
    }

    @Test(arguments: Stranger.all, [4, 9, 14, 19] as [UInt64])
    func during(_ place: TransportAddress, milliseconds: UInt64) throws {
        let call = try Call(.plain, .dtls, connects: false)
        let intruder = try Intruder(call.world, at: place, against: try target(call))
        call.callee.holdsHandshake = false
        call.callee.beginHandshake()
        call.world.run(for: milliseconds * 1_000_000)
        intruder.start()
        try call.connect(within: 0.5)
        #expect(call.world.plane.outcomes.count == 1)
        #expect(intruder.got <= intruder.sent)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }

    @Test(arguments: Stranger.all)
    func afterwards(_ place: TransportAddress) throws {
        let call = try Call(.plain, .dtls)
        let intruder = try Intruder(call.world, at: place, against: try target(call))
        intruder.start()
        call.talk(seconds: 5)
        #expect(intruder.got <= intruder.sent)
        #expect(call.world.plane.outcomes.count == 1)
        call.expectUndisturbed()
    }

    /// With checks nobody else gets as much as an answer.
    @Test(arguments: Stranger.all, [false, true])
    func withChecks(_ place: TransportAddress, isBefore: Bool) throws {
        let call = try Call(.plain, .webRTC, connects: !isBefore)
        let intruder = try Intruder(call.world, at: place, against: try target(call))
        intruder.start()
        call.world.run(for: 100_000_000)
        if isBefore { try call.connect() }
        call.talk(seconds: 5)
        #expect(intruder.got == 0)
        call.expectUndisturbed()
    }

    /// A hello with the peer's own address as its forged source: its sender never sees the cookie.
    @Test func withTheAddressOfThePeer() throws {
        let call = try Call(.plain, .dtls, connects: false)
        let intruder = try Intruder(call.world, at: Stranger.anywhere, against: try target(call))
        call.world.inject(intruder.hello(), at: try target(call), from: call.callee.mapped)
        call.world.run(for: 20_000_000)
        try call.connect(within: 5)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }

    /// As client the relay hears only whom it has called.
    @Test(arguments: Stranger.all)
    func answersFromElsewhere(_ place: TransportAddress) throws {
        let call = try Call(.plain, .dtls, role: .server, connects: false)
        let relay = try target(call)
        // A fatal alert, a HelloVerifyRequest, and a ServerHello that is none.
        let alert: [UInt8] = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]
        let verify: [UInt8] =
            [22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 11, 254, 255, 8]
            + [UInt8](repeating: 1, count: 8)
        let hello: [UInt8] =
            [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 2, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 12]
            + [UInt8](repeating: 2, count: 12)
        var answered = 0
        call.world.observer = { if $0.destination == place { answered += 1 } }
        for step in 0..<20 {
            for datagram in [alert, verify, hello] { call.world.inject(datagram, at: relay, from: place) }
            call.world.run(for: 2_000_000)
            if step == 3 { call.callee.holdsHandshake = false }
        }
        try call.connect(within: 1)
        #expect(call.world.plane.outcomes.count == 1 && answered == 0)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }

    /// What is sent to an address that nobody has vouched for is bounded by what came from there: with a hello in one
    /// piece by as much, with one in several by three times as much, repetitions included.
    @Test(arguments: [Stranger.anywhere, Stranger.place("198.51.100.6:4100")], [1200, 80])
    func noAmplification(_ place: TransportAddress, pieces: Int) throws {
        let call = try Call(.plain, .dtls, connects: false)
        let relay = try target(call)
        let intruder = try Intruder(call.world, at: place, against: relay)
        let hello = fragments(of: intruder.hello(), pieces)
        #expect((hello.count > 1) == (pieces < 1200))
        var bytes = 0
        call.world.strangers = [:]
        call.world.observer = { if $0.destination == place { bytes += $0.bytes.count } }
        for piece in hello { call.world.inject(piece, at: relay, from: place) }
        call.world.run(seconds: 60)
        #expect(bytes > 0)
        #expect(bytes <= (hello.count == 1 ? 1 : 3) * hello.reduce(0) { $0 + $1.count })
    }

    /// A peer whose hello does not fit into one datagram connects all the same.
    @Test func helloInPieces() throws {
        let call = try Call(.plain, .dtls, connects: false)
        call.world.cut = { _, datagram in fragments(of: datagram, 80) }
        try call.connect(within: 3)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }
}
