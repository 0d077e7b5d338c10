import DataPlane
import Forwarding
import LinuxIO
import NetTypes
import Testing

/// More ports and more packets than a quiet call has, with either backend.
struct LoadTests {
    @Test(arguments: backends)
    func burstBeyondTheBuffersLosesNothing(backend: DataPlaneConfiguration.Backend) throws {
        // One worker with 16 buffers, and 64 ports that get 50 packets each in a row: far more than the buffers hold.
        let plane = try makePlane(backend, ports: 20_000...20_199) { $0.receiveBuffers = 16 }
        let (caller, callee) = (try MediaPeer(), try MediaPeer(receiveBuffer: 8_000_000))
        let right = try plane.leaseSingle()
        let left = try (0..<64).map { _ in try plane.leaseSingle() }
        try plane.installAndWait(
            [plan(right, to: callee.address, sinks: [])] + left.map { plan($0, to: caller.address, sinks: [right]) })
        var sent = 0
        var received = 0
        for round in 0..<4 {
            for number in 0..<50 {
                for port in left {
                    try caller.send(rtp(round * 50 + number, payload: 20), to: port.local)
                    sent += 1
                }
            }
            // What does not fit the callee's socket is not the relay's loss: its counters decide.
            try eventually("all packets were forwarded") {
                while callee.receive(within: 0) != nil { received += 1 }
                return plane.counters(of: [right.id])[0]?.rtpOut.packets == UInt64(sent)
            }
        }
        #expect(received > sent / 2)
        #expect((plane.statistics()[0].bufferExhaustions > 0) == (backend == .ioUring))
        for port in left { #expect(plane.counters(of: [port.id])[0]?.rtpIn.packets == 200) }
        try caller.send(rtp(1), to: left[0].local)
        try eventually("the last packet arrives as well") { callee.receive()?.bytes == rtp(1) }
    }

    @Test(arguments: backends)
    func portsComeAndGoUnderTraffic(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_401)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        var number = 0
        for _ in 0..<5 {
            var leases: [PortLease] = []
            for _ in 0..<100 {
                let pair = try plane.leasePair()
                try plane.join(pair[0], to: caller.address, pair[1], to: callee.address)
                leases += pair
                number += 1
                try caller.send(rtp(number), to: pair[0].local)
                try callee.expect(rtp(number), from: pair[1].local)
                number += 1
                try caller.send(rtp(number), to: left.local)
                try callee.expect(rtp(number), from: right.local)
            }
            // Packets on their way to ports that close must not find others.
            for lease in leases { try caller.send(rtp(0, ssrc: 0xDEAD), to: lease.local) }
            plane.release(leases.map(\.id))
            // The ledger has them before the worker has heard of it, which forwards what comes until then.
            try eventually("the ports came back") { plane.portsUsed == 2 && plane.statistics()[0].openPorts == 2 }
            while callee.receive(within: 0) != nil {}
        }
        try eventually("the other sockets are closed") { plane.statistics()[0].openPorts == 2 }
        #expect(plane.statistics()[0].socketErrors == 0)
    }

    @Test(arguments: backends)
    func waitGrowsUnderLoadAndShrinksAfterIt(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        var number = 0
        func flood(until condition: () -> Bool) throws {
            try eventually("the wait changed") {
                for _ in 0..<64 {
                    number += 1
                    try caller.send(rtp(number), to: left.local)
                }
                while callee.receive(within: 0) != nil {}
                return condition()
            }
        }
        if backend == .ioUring, case .available(_, false) = IORing.probe() { return }
        // How fast the flood is, the machine decides: its batches may be full ones.
        try flood { plane.statistics()[0].currentWaitMicroseconds >= 990 }
        // A single packet now and then brings it back to nothing.
        try eventually("the wait is over") {
            try caller.send(rtp(number), to: left.local)
            _ = callee.receive()
            MonotonicClock.sleep(microseconds: 10_000)
            return plane.statistics()[0].currentWaitMicroseconds == 0
        }
    }
}
