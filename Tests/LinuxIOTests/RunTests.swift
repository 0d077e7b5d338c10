import Glibc
import LinuxIO
import NetTypes
import Testing

/// Several datagrams in one send.
struct RunTests {
    /// Sizes, and whether each of them but the first joins the ones before.
    private static let cases: [(sizes: [Int], joins: [Bool])] = [
        ([100, 100, 100], [true, true]),
        ([100, 100, 60], [true, true]),
        ([100, 60, 60], [true, false]),
        ([100, 101], [false]),
        ([100, 0], [false]),
        ([1400, 1400, 1400, 1], [true, true, true]),
    ]

    @Test(.enabled(if: ringIsAvailable), arguments: [false, true])
    func joinedDatagramsArriveOneByOne(isRefused: Bool) throws {
        for (sizes, joins) in Self.cases {
            let sender = try UDPSocket(bindingTo: loopback(.ipv4))
            let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
            if isRefused { try refuseRuns(of: sender) }
            var ring = try makeRing(buffers: 8)
            let datagrams = Datagrams(sizes)
            let destination = try receiver.localAddress()
            let file = IORing.File.descriptor(sender.number)
            holds(!ring.join(datagrams[0], count: 1, token: 0))
            for (index, size) in sizes.enumerated() {
                let isJoined = index > 0 && ring.join(datagrams[index], count: Int32(size), token: 5 << 60)
                if index > 0 { #expect(isJoined == joins[index - 1], "\(sizes)[\(index)]") }
                if !isJoined {
                    let token = UInt64(index)
                    holds(ring.send(datagrams[index], count: Int32(size), from: file, to: destination, token: token))
                }
            }
            holds(ring.hasRuns == joins.contains(true))
            ring.submit()
            holds(!ring.join(datagrams[0], count: 1, token: 0))
            if isRefused, joins[0] {
                let completion = ring.completion(at: 0)
                #expect(completion.token >> 60 == 5)
                #expect(DatagramRun.isRefused(0 - completion.result))
                let run = ring.run(completion.token & 0xFFFF)
                #expect(run?.token == 0)
                holds(ring.destination(ofRun: 0) == destination)
                holds(ring.datagram(1, ofRun: 0).elementsEqual(datagrams.bytes(1)))
                ring.forgetRuns()
                holds(ring.run(0) == nil)
            } else {
                #expect(ring.completionCount == 0)
                try expect(datagrams, sizes.count, at: receiver)
            }
        }
    }

    @Test func runsLeaveWithoutARing() throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        let datagrams = Datagrams([200, 200, 200, 7])
        var run = DatagramRun()
        for _ in 0..<2 {
            run.begin(datagrams[0], count: 200, to: try receiver.localAddress())
            for index in 1..<4 { holds(run.add(datagrams[index], count: Int32(datagrams.bytes(index).count))) }
            holds(!run.add(datagrams[3], count: 7))
            holds(run.count == 4)
            holds(run.send(from: sender.number) == 607)
            try expect(datagrams, 4, at: receiver)
        }
        try refuseRuns(of: sender)
        holds(DatagramRun.isRefused(Int32(-run.send(from: sender.number))))
    }

    /// Anybody can forge messages of ICMP: what they come to is no sign that runs are refused, unless the kernel has no
    /// other word for it.
    @Test func errorsAreTold() {
        for error in [EMSGSIZE, EINVAL, EIO] { #expect(DatagramRun.isRefused(error)) }
        for error in [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT, EOPNOTSUPP, EPROTO, EACCES, ENOBUFS] {
            #expect(!DatagramRun.isRefused(error))
        }
        for error in [EAGAIN, ENOBUFS, ENOMEM, EPERM] { #expect(!DatagramIO.mayBeAboutAnother(error)) }
        for error in [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT, EOPNOTSUPP, EPROTO, EACCES, EMSGSIZE] {
            #expect(DatagramIO.mayBeAboutAnother(error))
        }
    }

    @Test func runsHaveAnEnd() throws {
        let datagrams = Datagrams([1])
        var run = DatagramRun()
        run.begin(datagrams[0], count: 1, to: loopback(.ipv4, 1))
        for _ in 1..<DatagramRun.limit { holds(run.add(datagrams[0], count: 1)) }
        holds(!run.add(datagrams[0], count: 1))
    }

    /// Runs need checksums.
    private func refuseRuns(of socket: borrowing UDPSocket) throws {
        var on: Int32 = 1
        try #require(setsockopt(socket.number, SOL_SOCKET, SO_NO_CHECK, &on, socklen_t(MemoryLayout<Int32>.size)) == 0)
    }

    private func expect(_ datagrams: Datagrams, _ count: Int, at receiver: borrowing UDPSocket) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer {
            buffer.deallocate()
            name.deallocate()
        }
        for index in 0..<count {
            var length: UInt32 = 0
            let received = DatagramIO.receive(from: receiver.number, into: buffer, name: name, nameLength: &length)
            try #require(received >= 0, "datagram \(index)")
            #expect(buffer.prefix(received).elementsEqual(datagrams.bytes(index)))
        }
    }
}

/// Datagrams in memory that stays where it is.
private final class Datagrams {
    private let memory: [UnsafeMutableRawBufferPointer]

    init(_ sizes: [Int]) {
        memory = sizes.enumerated().map { number, size in
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, size), alignment: 16)
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &+ 31 &* number) }
            return UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
        }
    }

    deinit {
        for bytes in memory { bytes.baseAddress?.deallocate() }
    }

    subscript(index: Int) -> UnsafeRawPointer { UnsafeRawPointer(memory[index].baseAddress.unsafelyUnwrapped) }

    func bytes(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory[index]) }
}
