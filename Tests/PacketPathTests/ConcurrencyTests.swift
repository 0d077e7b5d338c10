import Forwarding
import NetTypes
import PacketPath
import Synchronization
import Testing

/// Other threads read the numbers while the worker writes them.
@Suite(.serialized) struct ConcurrencyTests {
    /// Every address has the same number in all its parts, and every stream its payload type in its SSRC, so that a
    /// snapshot made of two states shows.
    private static func source(_ number: Int) -> TransportAddress {
        let part = UInt64(number + 1)
        return TransportAddress(IPAddress(ipv6High: part, low: part), UInt16(part))
    }

    private final class Progress: Sendable {
        let isDone = Atomic(false)
        let snapshots = Atomic(0)
        let round = Atomic(0)
    }

    @Test func snapshotsAreWhole() async throws {
        let relay = Relay()
        let port = relay.open(0)
        relay.install(
            plan(
                port, remote: Self.source(0), to: [Sink(port: port, traffic: .both)], learning: .immediate,
                foreign: .follow))
        let table = relay.table
        let progress = Progress()
        let reader = Task.detached { () -> [String] in
            var faults: [String] = []
            var last: UInt64 = 0
            while !progress.isDone.load(ordering: .acquiring) {
                guard let counters = table.snapshot(of: port) else { return ["the port is gone"] }
                progress.snapshots.add(1, ordering: .relaxed)
                faults += Self.faults(of: counters)
                if counters.rtpIn.packets < last { faults.append("packets went back") }
                last = counters.rtpIn.packets
                await Task.yield()
            }
            return faults
        }
        // Tests run beside each other on few threads; the reader must have got one.
        while progress.snapshots.load(ordering: .relaxed) == 0 { await Task.yield() }
        var number = 0
        // Goes on until the reader has seen enough, so that the two do overlap.
        while number < 20_000 || (progress.snapshots.load(ordering: .relaxed) < 500 && number < 2_000_000) {
            let ssrc = UInt32(number % 100)
            relay.arrive(
                rtp(UInt16(truncatingIfNeeded: number), ssrc: ssrc << 8 | ssrc, payloadType: UInt8(ssrc), payload: 0),
                on: port, from: Self.source(number % 60_000))
            number += 1
        }
        progress.isDone.store(true, ordering: .releasing)
        #expect(await reader.value == [])
        #expect(progress.snapshots.load(ordering: .relaxed) > 0)
        #expect(try relay.counters(port).rtpIn.packets == UInt64(number))
    }

    private static func faults(of counters: PortCounters) -> [String] {
        var faults: [String] = []
        if let endpoint = counters.endpoint,
            endpoint.address.high != endpoint.address.low || endpoint.address.low != UInt64(endpoint.port)
        {
            faults.append("torn address \(endpoint)")
        }
        for stream in counters.ingress + counters.egress {
            // The payload type follows with the first packet.
            if stream.ssrc >> 8 != stream.ssrc & 0xFF
                || (stream.payloadType != 0 && UInt32(stream.payloadType) != stream.ssrc & 0xFF)
            {
                faults.append("torn stream \(stream)")
            }
        }
        if Set(counters.ingress.map(\.ssrc)).count != counters.ingress.count { faults.append("a stream twice") }
        return faults
    }

    /// A slot that changes hands: a reader sees the old owner's port or nothing, never the new one's under the old name.
    @Test func snapshotsOfAReusedSlot() async {
        let relay = Relay()
        let progress = Progress()
        let table = relay.table
        let reader = Task.detached { () -> [UInt16] in
            var faults: [UInt16] = []
            while !progress.isDone.load(ordering: .acquiring) {
                // The generation that the writer is about to make the present one.
                let generation = UInt16(truncatingIfNeeded: progress.round.load(ordering: .relaxed))
                let port = LocalPortID(worker: 3, slot: 0, generation: generation)
                guard let counters = table.snapshot(of: port), counters.lastPacketNanoseconds > 0 else { continue }
                progress.snapshots.add(1, ordering: .relaxed)
                // The plan came before the first packet, so an owner with packets has its endpoint.
                if counters.endpoint?.port != generation { faults.append(generation) }
            }
            return faults
        }
        // Goes on until the reader has hit the moment often enough.
        for generation in 1...60_000 as ClosedRange<UInt16> {
            guard generation < 5_000 || progress.snapshots.load(ordering: .relaxed) < 1_000 else { break }
            progress.round.store(Int(generation), ordering: .relaxed)
            let port = relay.open(0, generation: generation)
            relay.install(plan(port, remote: TransportAddress(Peer.signalled.address, generation), learning: .off))
            for _ in 0..<4 { relay.arrive(rtp(payload: 0), on: port, from: Peer.stranger) }
            if generation % 3 == 0 { relay.close(port) }
        }
        progress.isDone.store(true, ordering: .releasing)
        #expect(await reader.value == [])
    }
}
