import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Testing

/// What ICMP says is counted, and costs no packet.
@Suite struct UnreachableTests {
    private static let cases = backends.flatMap { backend in
        [IPAddress.Family.ipv4, .ipv6].map { (backend, $0) }
    }

    /// A place of the machine at which nobody listens.
    private static func deadPlace(on address: IPAddress) throws -> TransportAddress {
        try MediaPeer(on: address).address
    }

    private static func address(_ family: IPAddress.Family) -> IPAddress {
        family == .ipv4 ? freshAddress() : IPAddress(ipv6High: 0, low: 1)
    }

    /// Ports of ::1 are everybody's: each test has its own.
    private static func ports(_ base: UInt16, _ backend: DataPlaneConfiguration.Backend) -> ClosedRange<UInt16> {
        let first = base + (backend == .epoll ? 0 : 40)
        return first...(first + 39)
    }

    @Test(arguments: cases)
    func messagesAreCounted(_ backend: DataPlaneConfiguration.Backend, _ family: IPAddress.Family) throws {
        let address = Self.address(family)
        let plane = try makePlane(backend, on: address, ports: Self.ports(23_000, backend))
        let caller = try MediaPeer(on: address)
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        let dead = try Self.deadPlace(on: address)
        try plane.installAndWait([
            plan(left, to: caller.address, sinks: [right]), plan(right, to: dead, sinks: [left]),
        ])
        for number in 0..<10 {
            try caller.send(rtp(number), to: left.local)
            // What leaves together is answered by one message.
            try eventually("it was sent") {
                plane.counters(of: [right.id])[0]?.rtpOut.packets ?? 0 == UInt64(number + 1)
            }
        }
        func errors() -> SocketErrors { plane.counters(of: [right.id])[0]?.socketErrors ?? SocketErrors() }
        try eventually("messages are counted") { errors().unreachable >= 3 }
        #expect(errors().lastReceived == ECONNREFUSED)
        #expect(errors().unreachableNanoseconds > 0 && errors().sent == 0)
        let counters = plane.counters(of: [left.id, right.id])
        #expect(counters[1]?.drops[Int(DropReason.sendFailed.rawValue)] == 0)
        #expect(counters[0]?.socketErrors == SocketErrors())
    }

    /// The message about one packet is there when the next one is sent to somebody else.
    @Test(arguments: cases)
    func noPacketIsLost(_ backend: DataPlaneConfiguration.Backend, _ family: IPAddress.Family) throws {
        let address = Self.address(family)
        let plane = try makePlane(backend, on: address, ports: Self.ports(23_100, backend))
        let (caller, callee) = (try MediaPeer(on: address), try MediaPeer(on: address))
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        let dead = try Self.deadPlace(on: address)
        try plane.installAndWait([plan(left, to: caller.address, sinks: [right])])
        for round in 0..<20 {
            try plane.installAndWait([plan(right, to: dead, sinks: [left])])
            // Numbers of their own: peers and relay share an address, where what comes again would be going in circles.
            for number in 0..<5 { try caller.send(rtp(round * 10 + number), to: left.local) }
            try eventually("they were sent") {
                plane.counters(of: [right.id])[0]?.rtpOut.packets ?? 0 == UInt64(round * 10 + 5)
            }
            try plane.installAndWait([plan(right, to: callee.address, sinks: [left])])
            for number in 0..<5 {
                try caller.send(rtp(round * 10 + 5 + number), to: left.local)
                try callee.expect(rtp(round * 10 + 5 + number), from: right.local)
            }
            // Nor does it keep packets from coming in.
            try callee.send(rtp(round), to: right.local)
            try caller.expect(rtp(round), from: left.local)
        }
        let errors = plane.counters(of: [right.id])[0]?.socketErrors
        #expect(errors?.received ?? 0 >= 20 && errors?.sent == 0)
    }

    /// Somebody who forges messages makes no more work than is bounded, and stops nothing.
    @Test(arguments: backends)
    func floodsOfMessagesAreNotListenedTo(_ backend: DataPlaneConfiguration.Backend) throws {
        let address = freshAddress()
        let plane = try makePlane(backend, on: address, ports: 20_000...20_039)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        let dead = try Self.deadPlace(on: freshAddress())
        try plane.installAndWait([
            plan(left, to: caller.address, sinks: [right]), plan(right, to: dead, sinks: [left]),
        ])
        for number in 0..<2000 {
            try caller.send(rtp(number), to: left.local)
            if number % 50 == 49 {
                try eventually("they were sent") {
                    plane.counters(of: [right.id])[0]?.rtpOut.packets ?? 0 == UInt64(number + 1)
                }
            }
        }
        let errors = plane.counters(of: [right.id])[0]?.socketErrors ?? SocketErrors()
        #expect(errors.received > 0 && errors.sent == 0)
        try plane.installAndWait([plan(right, to: callee.address, sinks: [left])])
        try caller.send(rtp(1), to: left.local)
        try callee.expect(rtp(1), from: right.local)
    }
}
