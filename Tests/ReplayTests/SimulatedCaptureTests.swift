import Bencode
import CallControl
import CallReports
import Capture
import Diagnosis
import Forwarding
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

/// Calls on a simulated network, captured as tcpdump does on the relay's interface, and replayed: keys are not in the
/// capture, and the replay comes to the numbers of the relay all the same.
@Suite struct SimulatedCaptureTests {
    private typealias Flavors = (caller: SimulatedPeer.Flavor, callee: SimulatedPeer.Flavor)

    private static let calls: [Flavors] = [
        (.plain, .plain), (.sdes, .plain), (.dtls, .plain), (.webRTC, .plain), (.plain, .webRTC), (.webRTC, .webRTC),
    ]

    /// The capture of a call of half a minute, and the relay's report on it.
    private func captured(_ flavors: Flavors, seed: UInt64) throws -> (bytes: [UInt8], report: CallReport) {
        let world = try World(seed: seed)
        world.network = World.Network(lost: 20, delay: 10_000_000...25_000_000)
        let epoch: UInt64 = 1_790_000_000_000_000_000
        let capture = Box(CaptureBuilder())
        world.relay.listener = { request, reply in
            capture.value.add(request, reply, at: epoch + world.plane.now)
        }
        world.arrivals = { capture.value.add($2, from: $0, to: $1, at: epoch + world.plane.now) }
        world.observer = {
            capture.value.add($0.bytes, from: $0.source, to: $0.destination, at: epoch + world.plane.now)
        }
        let caller = try SimulatedPeer("alice", flavors.caller, at: "203.0.113.4:4000", in: world)
        let callee = try SimulatedPeer("bob", flavors.callee, at: "198.51.100.6:4000", in: world)
        let peers = [caller, callee]
        for peer in peers { peer.unsettledUntil = world.now + 10 * World.second }
        #expect(world.negotiate(caller, callee) == nil)
        #expect(world.run(for: 10 * World.second) { peers.allSatisfy(\.isConnected) })
        // The relay may have its keys a little later.
        world.run(seconds: 1)
        for (index, peer) in peers.enumerated() {
            peer.addStream(firstSequence: UInt16(65_000 + index))
            peer.addStream(firstSequence: 0, isRTCP: true, interval: 5 * World.second)
            peer.isMuted = false
        }
        world.run(seconds: 30)
        let report = try #require(world.relay.controller.report(on: "call"))
        // The end of the call is the end of the capture.
        _ = world.relay.request("delete", ["delete-delay": .integer(0)])
        return (capture.value.bytes, report)
    }

    private final class Box<Value> {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    @Test(arguments: calls.indices)
    func theNumbersAreThoseOfTheRelay(_ index: Int) throws {
        let flavors = Self.calls[index]
        let (bytes, report) = try captured(flavors, seed: UInt64(index) + 1)
        let replay = try Replay(bytes)
        try #require(replay.calls.count == 1)
        let call = replay.calls[0]
        let replayed = try #require(call.report)
        for (party, other) in zip(report.parties, replayed.parties) {
            let (real, played) = (party.sections[0], other.sections[0])
            #expect(party.tag == other.tag)
            #expect(real.ports.map(\.local).first == played.ports.map(\.local).first)
            #expect(played.received.packets == real.received.packets, "\(flavors)")
            #expect(played.received.lost == real.received.lost)
            #expect(played.received.jitterMicroseconds == real.received.jitterMicroseconds)
            #expect(played.received.sentPackets == real.received.sentPackets)
            #expect(played.ports.first?.counters?.endpoint == real.ports.first?.counters?.endpoint)
        }
        let diagnosis = try #require(call.explanation?.diagnosis)
        #expect(diagnosis.cause == CallDiagnosis(report).cause)
        let hasHandshake = [flavors.caller, flavors.callee].contains { $0 == .dtls || $0 == .webRTC }
        #expect(call.notes.contains { $0.contains("taken for authentic") } == hasHandshake)
    }

    /// Flight recorders and tcpdump with a short snap length keep headers.
    @Test func headersOfAnEncryptedCallAreEnough() throws {
        let (bytes, report) = try captured((.webRTC, .plain), seed: 9)
        var reader = try CaptureReader(bytes)
        var writer = PcapngWriter(application: "a test")
        _ = writer.addInterface(name: "any", description: "")
        while let record = try reader.next() {
            let datagram = CapturedDatagram(record)
            let isSignalling = datagram?.source.port == 2223 || datagram?.destination.port == 2223
            // As the flight recorder: what is no media is kept for longer.
            let isMedia = datagram.map { record.frame[$0.payload.lowerBound] & 0xC0 == 0x80 } ?? false
            let kept = isSignalling ? record.frame.count : 28 + (isMedia ? 12 : 88)
            writer.addPacket(
                Array(record.frame.prefix(kept)), originalCount: record.originalCount, interface: 0,
                nanoseconds: record.nanoseconds)
        }
        let call = try #require(try Replay(writer.bytes).calls.first)
        let replayed = try #require(call.report)
        for (party, other) in zip(report.parties, replayed.parties) {
            #expect(other.sections[0].received.packets == party.sections[0].received.packets)
            #expect(other.sections[0].received.lost == party.sections[0].received.lost)
        }
    }
}
