import DataPlane
import Forwarding
import LinuxIO
import Synchronization
import Testing

/// Copies of packets reach those who look on, and only them.
struct ObservationTests {
    /// Keeps all it sees.
    private final class Recorder: PacketObserver {
        private let contents = Mutex<(items: [ObservedItem], missed: UInt64, turns: Int, isTired: Bool)>(
            ([], 0, 0, false))

        func observe(_ item: ObservedItem) { contents.withLock { $0.items.append(item) } }
        func missed(_ packets: UInt64) { contents.withLock { $0.missed += packets } }
        func caughtUp() -> Bool {
            contents.withLock { contents in
                contents.turns += 1
                return !contents.isTired
            }
        }

        /// Wants to see no more.
        func tire() { contents.withLock { $0.isTired = true } }

        var packets: [ObservedPacket] {
            contents.withLock { contents in
                contents.items.compactMap { item in if case .packet(let packet) = item { packet } else { nil } }
            }
        }
        var events: [PathEvent] {
            contents.withLock { contents in
                contents.items.compactMap { item in if case .event(let event) = item { event } else { nil } }
            }
        }
        var missed: UInt64 { contents.withLock { $0.missed } }
    }

    private struct Call {
        let plane: DataPlane
        let left: MediaPeer
        let right: MediaPeer
        let ports: [PortLease]

        init(_ backend: DataPlaneConfiguration.Backend) throws {
            plane = try makePlane(backend, ports: 20_000...20_099) { $0.flightRecorderBytes = 1 << 16 }
            left = try MediaPeer()
            right = try MediaPeer()
            ports = [try plane.leaseSingle(), try plane.leaseSingle()]
            try plane.join(ports[0], to: left.address, ports[1], to: right.address)
        }

        func exchange(_ numbers: Range<Int>) throws {
            for number in numbers {
                try left.send(rtp(number), to: ports[0].local)
                try right.expect(rtp(number), from: ports[1].local)
            }
        }
    }

    @Test(arguments: backends)
    func anObserverSeesWhatPassesUntilItIsDetached(backend: DataPlaneConfiguration.Backend) throws {
        let call = try Call(backend)
        let (wire, clear) = (Recorder(), Recorder())
        call.plane.attach(wire, to: call.ports.map(\.id), at: .wire)
        call.plane.attach(clear, to: [call.ports[0].id], at: .clearIn)
        try eventually("both ports are tapped") { wire.events.filter { $0.kind == .tapped }.count >= 2 }
        try call.exchange(0..<20)
        try eventually("all were seen") { wire.packets.count == 40 && clear.packets.count == 20 }
        #expect(wire.packets.filter { $0.points == .wireIn }.map(\.bytes) == (0..<20).map { rtp($0) })
        #expect(
            wire.packets.filter { $0.points == .wireOut }.map(\.port) == Array(repeating: call.ports[1].id, count: 20))
        #expect(clear.packets.allSatisfy { $0.points == .clearIn })
        call.plane.detach(wire)
        try call.exchange(20..<30)
        try eventually("the other one goes on") { clear.packets.count == 30 }
        #expect(wire.packets.count == 40)
        let third = Recorder()
        call.plane.attach(third, to: [call.ports[0].id], at: .wireIn)
        clear.tire()
        try eventually("the third one is there") { third.events.contains { $0.kind == .tapped } }
        try call.exchange(30..<40)
        try eventually("the third one sees") { third.packets.count == 10 }
        #expect(clear.packets.count == 30)
        #expect(wire.missed == 0)
    }

    @Test(arguments: backends)
    func thePastIsKnown(backend: DataPlaneConfiguration.Backend) throws {
        let call = try Call(backend)
        try call.exchange(0..<20)
        let items = call.plane.flightRecord(of: call.ports.map(\.id), before: MonotonicClock.now() + 1_000_000)
        let packets = items.compactMap { item in if case .packet(let packet) = item { packet } else { nil } }
        #expect(packets.map { Array($0.bytes.prefix(12)) } == (0..<20).map { Array(rtp($0).prefix(12)) })
        #expect(items.contains { if case .event(let event) = $0 { event.kind == .planned } else { false } })
        #expect(call.plane.flightRecord(of: [], before: .max) == [])
    }
}
