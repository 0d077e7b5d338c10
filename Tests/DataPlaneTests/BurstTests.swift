import DataPlane
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Testing

/// Packets that come back to back, as those of a video frame do, and leave in runs.
struct BurstTests {
    /// Whole frames, odd ends, sizes that go up and down.
    private static let sizes = [1200, 1200, 1200, 640, 1200, 1200, 900, 900, 901, 20, 20, 20, 1400, 160, 160, 160, 159]

    @Test(arguments: backends)
    func burstsStayWhole(backend: DataPlaneConfiguration.Backend) throws {
        try sendBursts(backend, keepsOrder: true) { _ in }
    }

    /// A socket without checksums takes no runs, as one with a route of a small MTU: the packets leave one by one. Those of
    /// the first run may be overtaken.
    @Test(arguments: backends)
    func refusedRunsLoseNothing(backend: DataPlaneConfiguration.Backend) throws {
        try sendBursts(backend, keepsOrder: false) { port in
            var on: Int32 = 1
            let socket = try #require(descriptor(of: port))
            try #require(setsockopt(socket, SOL_SOCKET, SO_NO_CHECK, &on, socklen_t(MemoryLayout<Int32>.size)) == 0)
        }
    }

    private func sendBursts(
        _ backend: DataPlaneConfiguration.Backend, keepsOrder: Bool, _ prepare: (TransportAddress) throws -> Void
    ) throws {
        let plane = try makePlane(backend, ports: 20_000...20_019)
        let (caller, callee) = (try MediaPeer(), try MediaPeer(receiveBuffer: 4_000_000))
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        try prepare(right.local)
        var number = 0
        for _ in 0..<10 {
            let packets = (Self.sizes + Self.sizes).map { size in
                number += 1
                return rtp(number, payload: size - 12)
            }
            for packet in packets { try caller.send(packet, to: left.local) }
            var received: [[UInt8]] = []
            for _ in packets {
                let datagram = try #require(callee.receive())
                #expect(datagram.source == right.local)
                received.append(datagram.bytes)
            }
            if !keepsOrder { received.sort { $0.lexicographicallyPrecedes($1) } }
            let isIntact = received == packets
            #expect(isIntact)
        }
        let sent = try #require(plane.counters(of: [right.id])[0]).rtpOut
        #expect(sent.packets == UInt64(number))
        #expect(sent.bytes == UInt64(20 * Self.sizes.reduce(0, +)))
        #expect(sent.errors == 0)
        #expect(plane.statistics()[0].sendErrors == 0)
        #expect(callee.receive(within: 0) == nil)
    }

    /// This process's socket that is bound to an address.
    private func descriptor(of address: TransportAddress) -> Int32? {
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer { name.deallocate() }
        return (0..<4096 as Range<Int32>).first { number in
            var length = socklen_t(SocketAddress.size)
            let socket = name.assumingMemoryBound(to: sockaddr.self)
            return getsockname(number, socket, &length) == 0
                && SocketAddress.read(name, length: UInt32(length)) == address
        }
    }
}
