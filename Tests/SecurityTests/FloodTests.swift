import ICE
import NetTypes
import Replay
import Simulation
import Testing

@testable import PacketPath

/// Many datagrams from many forged sources while a call runs.
@Suite struct FloodTests {
    private static let steps = 1000

    /// Sends `perStep` datagrams every 20 ms, and looks what the call and the forged sources get.
    private func flood(
        _ call: Call, at target: TransportAddress, perStep: Int, repliesAtMost: Int, _ make: (Int) -> [UInt8]
    ) {
        let world = call.world
        let legs = world.plane.withPath { $0.legCount }
        var received: [TransportAddress: Int] = [:]
        var replies = 0
        var number = 0
        world.observer = { sent in
            guard ![call.caller, call.callee].contains(where: { $0.mapped.address == sent.destination.address }) else {
                return
            }
            replies += 1
            received[sent.destination, default: 0] -= sent.bytes.count
        }
        call.talk(seconds: Double(Self.steps) / 50) { _ in
            for _ in 0..<perStep {
                number += 1
                let datagram = make(number)
                let source = Stranger.forged(number)
                received[source, default: 0] += datagram.count
                world.inject(datagram, at: target, from: source)
            }
        }
        #expect(received.values.allSatisfy { $0 >= 0 }, "a source got more than it sent")
        #expect(replies <= repliesAtMost)
        let after = world.plane.withPath { ($0.legCount, $0.agents.count) }
        #expect(after.0 == legs && after.1 <= 2)
        #expect(world.plane.associationCount <= 2)
        call.expectUndisturbed()
    }

    @Test func checks() throws {
        let call = try Call(.webRTC, .plain)
        let names = try #require(call.caller.relayCredentials).usernameFragment
        let templates = (0..<10).map { number in
            ForgedCheckTests.request(
                UInt64(number), username: (number == 0 ? names : "wrong", "them"),
                key: number == 1 ? nil : "guessed-password-0123456789", nominates: true)
        }
        // Five at once and five a second, as strangers are told so little.
        flood(call, at: try #require(call.caller.relay), perStep: 100, repliesAtMost: 5 + 5 * 22) { number in
            templates[number % 100 == 0 ? 0 : 1 + number % 9]
        }
    }

    private func hellos(_ call: Call) throws -> (Int) -> [UInt8] {
        let intruder = try Intruder(
            call.world, at: Stranger.anywhere, against: try #require(call.callee.relay))
        let template = intruder.hello()
        return { number in
            var hello = template
            for byte in 0..<4 { hello[30 + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
            return hello
        }
    }

    @Test func hellosOnALegWithChecks() throws {
        let call = try Call(.plain, .webRTC)
        flood(call, at: try #require(call.callee.relay), perStep: 100, repliesAtMost: 0, try hellos(call))
    }

    @Test func hellosOnALegWithKeys() throws {
        let call = try Call(.plain, .dtls)
        flood(call, at: try #require(call.callee.relay), perStep: 100, repliesAtMost: 0, try hellos(call))
    }

    /// And while the peer's own handshake is still to come.
    @Test func hellosBeforeTheHandshake() throws {
        let call = try Call(.plain, .dtls, connects: false)
        let target = try #require(call.callee.relay)
        let make = try hellos(call)
        var bytes = 0
        call.world.observer = { bytes -= $0.bytes.count }
        for number in 0..<4000 {
            let hello = make(number)
            bytes += hello.count
            call.world.inject(hello, at: target, from: Stranger.forged(number))
        }
        #expect(bytes >= 0 && call.world.plane.associationCount <= 2)
        call.world.observer = nil
        try call.connect(within: 0.5)
        call.talk(seconds: 5)
        call.expectUndisturbed()
    }
}
