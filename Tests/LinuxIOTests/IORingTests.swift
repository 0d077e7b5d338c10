import Glibc
import LinuxIO
import NetTypes
import Testing

/// What the ring promises its user, checked against the kernel of this machine. Where io_uring is not available
/// there is nothing to check.
@Suite(.enabled(if: ringIsAvailable))
struct IORingTests {
    @Test(arguments: [false, true], [IPAddress.Family.ipv4, .ipv6])
    func datagramsArriveWithTheirSource(usesTable: Bool, family: IPAddress.Family) throws {
        let sender = try UDPSocket(bindingTo: loopback(family))
        let receiver = try UDPSocket(bindingTo: loopback(family))
        var ring = try makeRing(buffers: 8)
        let file = try place(receiver, in: &ring, usesTable: usesTable)
        holds(ring.receive(from: file, token: 7))
        for text in ["one", "two", "three"] {
            try send(Array(text.utf8), from: sender, to: receiver.localAddress())
        }
        var received: [String] = []
        try collect(3, from: &ring) { completion, ring in
            #expect(completion.token == 7)
            #expect(completion.hasMore)
            let found = ring.datagram(of: completion)
            let datagram = try #require(found)
            #expect(datagram.source == (try? sender.localAddress()))
            #expect(!datagram.isTruncated)
            received.append(String(decoding: datagram.bytes, as: UTF8.self))
        }
        #expect(received == ["one", "two", "three"])
    }

    @Test(arguments: [(143, false), (144, false), (145, true), (1500, true)])
    func longDatagramsAreMarked(count: Int, isTruncated: Bool) throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        // With 48 bytes of headroom a whole number of cache lines, so that nothing is rounded up.
        var ring = try makeRing(buffers: 8, payload: 144)
        holds(ring.receive(from: .descriptor(receiver.number), token: 1))
        try send([UInt8](repeating: 1, count: count), from: sender, to: receiver.localAddress())
        try collect(1, from: &ring) { completion, ring in
            let found = ring.datagram(of: completion)
            let datagram = try #require(found)
            #expect(datagram.isTruncated == isTruncated)
            #expect(datagram.bytes.count == min(144, count))
        }
    }

    @Test func emptyDatagramEndsTheReceive() throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try makeRing(buffers: 8)
        holds(ring.receive(from: .descriptor(receiver.number), token: 1))
        ring.submit()
        try send([], from: sender, to: receiver.localAddress())
        try collect(1, from: &ring) { completion, ring in
            #expect(!completion.hasMore)
            holds(ring.datagram(of: completion)?.bytes.count == 0)
        }
    }

    @Test func exhaustedBuffersEndTheReceiveUntilGivenBack() throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try makeRing(buffers: 2)
        holds(ring.receive(from: .descriptor(receiver.number), token: 1))
        ring.submit()
        for byte in 0..<3 { try send([UInt8(byte)], from: sender, to: receiver.localAddress()) }
        var taken: [UInt16] = []
        try collect(3, from: &ring) { completion, _ in
            if let buffer = completion.buffer {
                taken.append(buffer)
            } else {
                #expect(completion.result == -ENOBUFS)
                #expect(!completion.hasMore)
            }
        }
        #expect(taken.count == 2)
        for buffer in taken { ring.giveBack(buffer) }
        ring.publishBuffers()
        holds(ring.receive(from: .descriptor(receiver.number), token: 2))
        try collect(1, from: &ring) { completion, ring in
            #expect(completion.token == 2)
            holds(ring.datagram(of: completion).map { Array($0.bytes) } == [2])
        }
    }

    @Test func moreBuffersCanCirculate() throws {
        var ring = try makeRing(buffers: 64, initial: 4)
        holds(ring.circulatingBufferCount == 4)
        ring.circulateMoreBuffers()
        holds(ring.circulatingBufferCount == 8)
        for _ in 0..<10 { ring.circulateMoreBuffers() }
        holds(ring.circulatingBufferCount == 64)
    }

    @Test(arguments: [false, true])
    func onlyFailedSendsComplete(usesTable: Bool) throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try makeRing(buffers: 8)
        let file = try place(sender, in: &ring, usesTable: usesTable)
        let destination = try receiver.localAddress()
        let tooLong = [UInt8](repeating: 0, count: 65_536)
        try tooLong.withUnsafeBytes { bytes in
            let start = try #require(bytes.baseAddress)
            holds(ring.send(start, count: 4, from: file, to: destination, token: 1))
            holds(ring.send(start, count: 65_536, from: file, to: destination, token: 2))
            holds(ring.send(start, count: 5, from: file, to: loopback(.ipv6), token: 3))
            holds(ring.send(start, count: 6, from: file, to: destination, token: 4))
            holds(ring.submit() == 4)
        }
        // Done on return from the submit: nothing is waited for here.
        #expect(try receive(from: receiver)?.count == 4)
        #expect(try receive(from: receiver)?.count == 6)
        var failed: [UInt64: Int32] = [:]
        try collect(2, from: &ring) { completion, _ in failed[completion.token] = completion.result }
        #expect(failed == [2: -EMSGSIZE, 3: -EAFNOSUPPORT])
    }

    /// A message about one datagram makes the next send of its socket fail, whichever that is. Slots and sizes are the
    /// same, so that only the place tells which it was.
    @Test(arguments: [IPAddress.Family.ipv4, .ipv6])
    func refusedDatagramsAreFoundByTheirPlace(_ family: IPAddress.Family) throws {
        let sender = try UDPSocket(bindingTo: loopback(family))
        try sender.setErrorReports(true)
        let receiver = try UDPSocket(bindingTo: loopback(family))
        let (live, dead) = (try receiver.localAddress(), try UDPSocket(bindingTo: loopback(family)).localAddress())
        var ring = try makeRing(buffers: 8)
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 16)
        defer {
            name.deallocate()
            bytes.deallocate()
        }
        for index in bytes.indices { bytes[index] = UInt8(index) }
        let start = UnsafeRawPointer(try #require(bytes.baseAddress))
        // More than the queue has places, in submissions that end anywhere.
        for round in 0..<20 {
            for index in 0..<8 {
                let (place, file) = (ring.nextPlace, IORing.File.descriptor(sender.number))
                let token = 7 << 60 | UInt64(place)
                let destination = index % 2 == 0 ? dead : live
                holds(ring.send(start + index, count: 1, from: file, to: destination, token: token))
            }
            ring.submit()
            var repeated = 0
            for index in 0..<ring.completionCount {
                let completion = ring.completion(at: index)
                #expect(completion.result == -ECONNREFUSED)
                holds(ring.refusedDatagram(completion.token ^ 1 << 30, at: UInt16(completion.token & 0xFFFF)) == nil)
                let found = ring.refusedDatagram(completion.token, at: UInt16(completion.token & 0xFFFF))
                let datagram = try #require(found)
                #expect(datagram.count == 1)
                while DatagramIO.nextError(from: sender.number, name: name) != nil {}
                if datagram.sendAgain(from: sender.number) == 1 { repeated += 1 }
            }
            #expect(repeated == ring.completionCount && repeated > 0, "round \(round)")
            ring.removeCompletions(ring.completionCount)
            var received: [UInt8] = []
            for _ in 0..<4 {
                var length: UInt32 = 0
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 16)
                defer { memory.deallocate() }
                let count = DatagramIO.receive(from: receiver.number, into: memory, name: name, nameLength: &length)
                try #require(count == 1)
                received.append(memory[0])
            }
            #expect(received.sorted() == [1, 3, 5, 7])
            #expect(try receive(from: receiver) == nil)
            if round % 3 == 0 { holds(ring.cancel(999, token: 1)) }
            ring.submit()
            holds(ring.refusedDatagram(7 << 60, at: 0) == nil)
            while DatagramIO.nextError(from: sender.number, name: name) != nil {}
            ring.removeCompletions(ring.completionCount)
        }
    }

    @Test func submissionQueueTellsWhenItIsFull() throws {
        let socket = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try IORing(submissions: 4, completions: 8)
        try ring.enable()
        for token in 0..<4 { holds(ring.cancel(999, token: UInt64(token))) }
        holds(!ring.cancel(999, token: 4))
        holds(!ring.receive(from: .descriptor(socket.number), token: 5))
        holds(ring.submit() == 4)
        holds(ring.cancel(999, token: 4))
    }

    @Test func cancelledReceiveCompletes() throws {
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try makeRing(buffers: 8)
        holds(ring.receive(from: .descriptor(receiver.number), token: 1))
        ring.submit()
        holds(ring.cancel(1, token: 2))
        holds(ring.cancel(99, token: 3))
        var results: [UInt64: Int32] = [:]
        try collect(2, from: &ring) { completion, _ in results[completion.token] = completion.result }
        #expect(results == [1: -ECANCELED, 3: -ENOENT])
    }

    @Test(arguments: [false, true])
    func portIsFreeOnceTheReceiveWasCancelledAndTheSocketClosed(usesTable: Bool) throws {
        var ring = try makeRing(buffers: 8)
        guard case .available(let tableIsOfUse, _) = IORing.probe(), !usesTable || tableIsOfUse else { return }
        if usesTable { try ring.registerFiles(count: 4) }
        // An older request that goes on all the time.
        let other = try UDPSocket(bindingTo: loopback(.ipv4))
        holds(ring.receive(from: .descriptor(other.number), token: 9))
        for _ in 0..<50 {
            let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
            let address = try receiver.localAddress()
            if usesTable { try ring.setFile(receiver.number, at: 3) }
            holds(ring.receive(from: usesTable ? .registered(3) : .descriptor(receiver.number), token: 1))
            ring.submit()
            holds(ring.cancel(1, token: 2))
            try collect(1, from: &ring) { _, _ in }
            if usesTable { try ring.setFile(nil, at: 3) }
            _ = FileDescriptor(takingOwnershipOf: receiver.release())
            try bindAgain(address)
        }
    }

    @Test func eventIsReadAgainAndAgain() throws {
        let event = try EventFD()
        var ring = try makeRing(buffers: 8)
        let counter = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        defer { counter.deallocate() }
        for count in 1...3 {
            holds(ring.read(event.number, into: counter, token: 5))
            ring.submit()
            for _ in 0..<count { event.signal() }
            try collect(1, from: &ring) { completion, _ in #expect(completion.result == 8) }
            #expect(counter.pointee == UInt64(count))
        }
    }

    @Test func waitEndsAtItsTimeout() throws {
        var ring = try makeRing(buffers: 8)
        holds(ring.submitAndWait(count: 1, timeoutNanoseconds: 1_000) == -ETIME)
        if ring.hasMinimumWait {
            holds(ring.submitAndWait(count: 8, minimumMicroseconds: 10, timeoutNanoseconds: 50_000) == -ETIME)
        }
    }

    @Test func minimumWaitEndsWithFewerCompletionsThanAskedFor() throws {
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        let receiver = try UDPSocket(bindingTo: loopback(.ipv4))
        var ring = try makeRing(buffers: 8)
        guard ring.hasMinimumWait else { return }
        holds(ring.receive(from: .descriptor(receiver.number), token: 1))
        ring.submit()
        try send([1], from: sender, to: receiver.localAddress())
        holds(ring.submitAndWait(count: 64, minimumMicroseconds: 100, timeoutNanoseconds: 60_000_000_000) >= 0)
        holds(ring.completionCount == 1)
    }

    @Test func ringsLeakNoDescriptors() throws {
        let before = openDescriptors()
        for _ in 0..<20 {
            var ring = try makeRing(buffers: 8)
            try ring.registerFiles(count: 8)
            ring.submit()
        }
        #expect(IORing.probe() == IORing.probe())
        // Other tests open and close descriptors at the same time: a leak of one a round would still stand out.
        #expect(openDescriptors() < before + 20)
    }
}
