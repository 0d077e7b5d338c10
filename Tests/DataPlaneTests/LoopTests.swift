import DataPlane
import Forwarding
import NetTypes
import Testing

/// Ports of one relay that are signalled as each other's peers.
struct LoopTests {
    @Test(arguments: backends)
    func oneDatagramDoesNotKeepTheRelayBusy(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        // What arrives on one leaves through the other, to the first.
        try plane.join(left, to: right.local, right, to: left.local)
        let stranger = try MediaPeer()
        // A circle of one hop: the plan takes any source once.
        var open = plan(left, to: right.local, sinks: [right])
        open.learning = .off
        open.foreignSources = .accept
        var back = plan(right, to: left.local, sinks: [left])
        back.learning = .off
        back.foreignSources = .accept
        try plane.installAndWait([open, back])
        for number in 0..<20 { try stranger.send(rtp(number), to: left.local) }
        try eventually("the circle is broken") {
            plane.counters(of: [left.id, right.id]).contains {
                ($0?.drops[Int(DropReason.looped.rawValue)] ?? 0) >= 20
            }
        }
        let sent = plane.statistics().reduce(0) { $0 + $1.packetsSent }
        #expect(sent <= 20 * 10)
    }
}
