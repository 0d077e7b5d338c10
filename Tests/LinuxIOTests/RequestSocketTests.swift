import Glibc
import LinuxIO
import NetTypes
import Testing

struct RequestSocketTests {
    private static let loopback = IPAddress(ipv4: 0x7F00_0001)

    private func makeSocket(_ address: IPAddress = RequestSocketTests.loopback) throws -> RequestSocket {
        try RequestSocket(
            bindingTo: TransportAddress(address, 0), tos: 0xB8, receiveBuffer: 1 << 20, sendBuffer: 1 << 20)
    }

    /// Sends from `socket`; returns the number of bytes.
    private func send(_ bytes: [UInt8], from socket: borrowing UDPSocket, to address: TransportAddress) -> Int {
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer { name.deallocate() }
        return (bytes + [0]).withUnsafeBytes {
            DatagramIO.send(
                from: socket.number, bytes: $0.baseAddress.unsafelyUnwrapped, count: Int32(bytes.count), to: address,
                name: name)
        }
    }

    @Test func whatIsThereIsTakenAtOnceAndAnswered() throws {
        let socket = try makeSocket()
        let client = try UDPSocket(bindingTo: TransportAddress(Self.loopback, 0))
        let source = try client.localAddress()
        for number in 0..<40 {
            #expect(send([UInt8](repeating: 7, count: number), from: client, to: socket.local) == number)
        }
        var lengths: [Int] = []
        while lengths.count < 40 {
            try socket.receive { requests in
                #expect(requests.count <= RequestSocket.requestsAtOnce)
                for index in 0..<requests.count {
                    lengths.append(requests.bytes(at: index).count)
                    #expect(requests.bytes(at: index).allSatisfy { $0 == 7 })
                    let wayBack = requests.wayBack(at: index)
                    #expect(wayBack.source == source)
                    #expect(throws: Never.self) { try socket.reply([1, 2, 3], to: wayBack) }
                }
            }
        }
        #expect(lengths == Array(0..<40))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer {
            buffer.deallocate()
            name.deallocate()
        }
        for _ in 0..<40 {
            var length: UInt32 = 0
            #expect(DatagramIO.receive(from: client.number, into: buffer, name: name, nameLength: &length) == 3)
            #expect(SocketAddress.read(name, length: length) == socket.local)
        }
    }

    @Test func afterItsStopNothingIsWaitedForAndRepliesPass() throws {
        for address in [Self.loopback, .unspecified(.ipv4), .unspecified(.ipv6)] {
            let socket = try makeSocket(address)
            #expect(!socket.isStopped)
            socket.stop()
            #expect(socket.isStopped)
            for _ in 0..<3 {
                try socket.receive { requests in
                    for index in 0..<requests.count { #expect(requests.wayBack(at: index).source == nil) }
                }
            }
            socket.close()
            #expect(throws: SystemError(code: EBADF, operation: "recvmmsg")) { try socket.receive { _ in } }
            socket.stop()
        }
    }

    @Test func discardingLeavesNothingWaiting() throws {
        let receivers = try (0..<2).map { _ in try makeDescriptor() }
        let client = try UDPSocket(bindingTo: TransportAddress(Self.loopback, 0))
        #expect(!DatagramIO.discard(from: receivers[0].number, and: receivers[1].number))
        let gone = try makeDescriptor()
        let dead = gone.address
        close(gone.number)
        for receiver in receivers {
            for _ in 0..<10 { #expect(send([1, 2, 3], from: client, to: receiver.address) == 3) }
            #expect(send([], from: client, to: receiver.address) == 0)
            // What ICMP says of it waits, too.
            let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
            defer { name.deallocate() }
            _ = [UInt8(1)].withUnsafeBytes {
                DatagramIO.send(
                    from: receiver.number, bytes: $0.baseAddress.unsafelyUnwrapped, count: 1, to: dead, name: name)
            }
        }
        #expect(DatagramIO.discard(from: receivers[0].number, and: receivers[1].number))
        for receiver in receivers {
            var waiting = pollfd(fd: receiver.number, events: Int16(POLLIN), revents: 0)
            #expect(poll(&waiting, 1, 0) == 0)
            #expect(!DatagramIO.discard(from: receiver.number))
            close(receiver.number)
        }
    }

    @Test func discardingIsBounded() throws {
        let receiver = try makeDescriptor()
        let client = try UDPSocket(bindingTo: TransportAddress(Self.loopback, 0))
        for _ in 0..<10 { #expect(send([1, 2, 3], from: client, to: receiver.address) == 3) }
        var rounds = 0
        while DatagramIO.discard(from: receiver.number, limit: 4) { rounds += 1 }
        #expect(rounds == 3)
        close(receiver.number)
    }

    private func makeDescriptor() throws -> (number: Int32, address: TransportAddress) {
        let socket = try UDPSocket(bindingTo: TransportAddress(Self.loopback, 0))
        try socket.setErrorReports(true)
        let address = try socket.localAddress()
        return (socket.release(), address)
    }
}
