import Glibc
import NetTypes
import Synchronization
import Testing

@testable import LinuxIO

struct SocketAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:5060", 16), ("255.255.255.255:65535", 16), ("0.0.0.0:0", 16), ("[2001:db8::1234:5678]:1", 28),
            ("[::]:65535", 28), ("[::ffff:192.0.2.1]:7", 28),
        ] as [(String, UInt32)])
    func addressesSurviveTheKernelsForm(text: String, length: UInt32) throws {
        let address = try #require(TransportAddress(text))
        try withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 1) { memory in
            let start = try #require(memory.baseAddress)
            #expect(SocketAddress.write(address, to: start) == length)
            #expect(SocketAddress.read(start, length: length) == address)
            // What the kernel says beyond the memory's end does not matter, what it leaves out does.
            #expect(SocketAddress.read(start, length: .max) == address)
            #expect(SocketAddress.read(start, length: length - 1) == nil)
            #expect(SocketAddress.read(start, length: 0) == nil)
        }
    }

    @Test func otherFamiliesAreNone() {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeBytes(of: &name) { bytes in
            guard let start = bytes.baseAddress else { return }
            #expect(SocketAddress.read(start, length: 32) == nil)
        }
    }
}

struct UDPSocketTests {
    @Test(arguments: IPAddress.Family.allCases)
    func datagramsArriveWithTheirSource(family: IPAddress.Family) throws {
        let sender = try UDPSocket(bindingTo: loopback(family))
        let receiver = try UDPSocket(bindingTo: loopback(family))
        #expect(try receive(from: receiver) == nil)
        for count in [0, 1, 172, 2048, 2049, 60_000] {
            try send([UInt8](repeating: 1, count: count), from: sender, to: receiver.localAddress())
            let received = try receive(from: receiver, capacity: 2048)
            // The whole length is told even when the rest was cut off.
            #expect(received?.count == count)
            #expect(try received?.source == sender.localAddress())
        }
    }

    @Test func takenPortIsReported() throws {
        let first = try UDPSocket(bindingTo: loopback(.ipv4))
        let address = try first.localAddress()
        #expect(throws: SystemError(code: EADDRINUSE, operation: "bind")) { _ = try UDPSocket(bindingTo: address) }
        _ = FileDescriptor(takingOwnershipOf: first.release())
        try bindAgain(address)
    }

    @Test func foreignAddressIsReported() {
        let address = TransportAddress(IPAddress(ipv4: 0xC000_0201), 0)
        #expect(throws: SystemError(code: EADDRNOTAVAIL, operation: "bind")) { _ = try UDPSocket(bindingTo: address) }
    }

    @Test func familiesShareAPortNumber() throws {
        // An IPv6 socket for all addresses takes no IPv4, so both can be bound.
        let six = try UDPSocket(bindingTo: TransportAddress(.unspecified(.ipv6), 0))
        try bindAgain(TransportAddress(.unspecified(.ipv4), six.localAddress().port))
    }

    @Test(arguments: IPAddress.Family.allCases, [0, 0x28, 0xB8] as [UInt8])
    func serviceClassIsSet(family: IPAddress.Family, tos: UInt8) throws {
        let socket = try UDPSocket(bindingTo: loopback(family))
        try socket.setTOS(tos)
        #expect(try socket.tos() == tos)
    }

    @Test func failuresOfOptionsAreReported() throws {
        #expect(throws: SystemError(code: EBADF, operation: "setsockopt(IP_TOS)")) {
            try UDPSocket.setTOS(0, of: -1, family: .ipv4)
        }
        let socket = try UDPSocket(bindingTo: loopback(.ipv4))
        try socket.setReceiveBuffer(bytes: .max)
        try socket.setReceiveBuffer(bytes: 1)
    }

    @Test(arguments: [(65_508, -Int(EMSGSIZE)), (65_507, 65_507)] as [(Int32, Int)])
    func sendTellsWhatBecameOfIt(count: Int32, result: Int) throws {
        let socket = try UDPSocket(bindingTo: loopback(.ipv4))
        let destination = try socket.localAddress()
        let number = socket.number
        let sent = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { bytes in
            withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 16) { name -> Int in
                bytes.initializeMemory(as: UInt8.self, repeating: 0)
                guard let start = bytes.baseAddress, let name = name.baseAddress else { return 0 }
                return DatagramIO.send(from: number, bytes: start, count: count, to: destination, name: name)
            }
        }
        #expect(sent == result)
    }
}

struct EpollTests {
    @Test func readableSocketsAreReportedUntilDrained() throws {
        let quiet = try UDPSocket(bindingTo: loopback(.ipv4))
        let event = try EventFD()
        let sender = try UDPSocket(bindingTo: loopback(.ipv4))
        var epoll = try Epoll()
        try epoll.add(event.number, token: .max)
        try epoll.add(sender.number, token: 7)
        try epoll.add(quiet.number, token: 8)
        holds(epoll.wait(timeoutMilliseconds: 0) == 0)
        try send([1], from: sender, to: sender.localAddress())
        for _ in 0..<2 {
            holds(epoll.wait(timeoutMilliseconds: 1000) == 1)
            #expect(epoll.token(at: 0) == 7)
        }
        event.signal()
        event.signal()
        holds(epoll.wait(timeoutMilliseconds: 1000) == 2)
        #expect(Set([epoll.token(at: 0), epoll.token(at: 1)]) == [7, .max])
        event.clear()
        #expect(try receive(from: sender)?.count == 1)
        holds(epoll.wait(timeoutMilliseconds: 0) == 0)
        try send([1], from: sender, to: sender.localAddress())
        try epoll.remove(sender.number)
        holds(epoll.wait(timeoutMilliseconds: 0) == 0)
    }

    @Test func mistakesAreReported() throws {
        let epoll = try Epoll()
        let event = try EventFD()
        #expect(throws: SystemError(code: ENOENT, operation: "epoll_ctl(DEL)")) { try epoll.remove(event.number) }
        try epoll.add(event.number, token: 1)
        #expect(throws: SystemError(code: EEXIST, operation: "epoll_ctl(ADD)")) {
            try epoll.add(event.number, token: 1)
        }
    }
}

struct SystemTests {
    @Test(
        arguments: [
            ("32768\t60999\n", 32_768...60_999), ("1024 65535", 1024...65_535), ("5 5", 5...5), ("6 5", nil), ("", nil),
            ("1", nil), ("1 2 3", nil), ("1 65536", nil), ("a b", nil), (nil, nil),
        ] as [(String?, ClosedRange<UInt16>?)])
    func portRangesAreRead(text: String?, range: ClosedRange<UInt16>?) {
        #expect(SystemLimits.parsePortRange(text) == range)
    }

    @Test func kernelTellsItsPortRange() {
        #expect(SystemLimits.ephemeralPorts() != nil)
        #expect(SystemLimits.readSmallFile("/proc/does/not/exist") == nil)
    }

    @Test func limitIsRaisedOnce() throws {
        let limit = try SystemLimits.raiseDescriptorLimit()
        #expect(limit > 0)
        #expect(try SystemLimits.raiseDescriptorLimit() == limit)
    }

    @Test func errorsHaveTexts() {
        let error = SystemError(code: EADDRINUSE, operation: "bind")
        #expect(error.description == "bind: Address already in use (98)")
        #expect(SystemError(code: 9999, operation: "x").description.hasSuffix("(9999)"))
    }

    @Test func aThreadIsScheduledAsAsked() throws {
        let policy = Mutex<CInt>(-1)
        let thread = try OwnedThread(name: "batch", stackSize: 256 * 1024) {
            try? OwnedThread.scheduleCurrent(.batch, priority: 0)
            policy.withLock { $0 = sched_getscheduler(0) }
        }
        thread.join()
        #expect(policy.withLock { $0 } == SchedulingPolicy.batch.rawValue)
        #expect(throws: SystemError(code: EINVAL, operation: "sched_setscheduler")) {
            try OwnedThread.scheduleCurrent(.batch, priority: 7)
        }
    }

    @Test func threadRunsAndIsJoined() throws {
        let event = try EventFD()
        let number = event.number
        let thread = try OwnedThread(name: "a name that is too long", stackSize: 256 * 1024) {
            _ = try? OwnedThread.pinCurrent(toProcessor: 1000)
            _ = try? OwnedThread.useExactTimers()
            var one: UInt64 = 1
            _ = write(number, &one, 8)
        }
        event.clear()
        thread.join()
        #expect(OwnedThread.processorCount >= 1)
        #expect(throws: SystemError(code: EINVAL, operation: "pthread_create")) {
            _ = try OwnedThread(name: "x", stackSize: 1) {}
        }
    }

    @Test func clockRuns() {
        let first = MonotonicClock.now()
        MonotonicClock.sleep(microseconds: 1)
        #expect(MonotonicClock.now() > first)
    }

    @Test func mappedMemoryIsZeroed() throws {
        let memory = try MappedMemory(size: 1 << 30)
        #expect(memory.start.load(fromByteOffset: 1 << 29, as: UInt64.self) == 0)
        memory.start.storeBytes(of: 1, toByteOffset: (1 << 30) - 1, as: UInt8.self)
        #expect(throws: SystemError(code: ENOMEM, operation: "mmap")) { _ = try MappedMemory(size: 0) }
        #expect(throws: SystemError(code: ENOMEM, operation: "mmap")) { _ = try MappedMemory(size: .max) }
    }
}

struct AvailabilityTests {
    @Test(
        arguments: [
            (ENOSYS, nil, .notInKernel), (EPERM, 2, .disabledBySysctl(2)), (EPERM, 1, .disabledBySysctl(1)),
            (EPERM, 0, .notPermitted), (EPERM, nil, .notPermitted), (EACCES, 0, .notPermitted),
            (EINVAL, 0, .kernelTooOld(operation: "io_uring_setup")),
            (EOPNOTSUPP, 0, .kernelTooOld(operation: "io_uring_setup")),
            (ENOMEM, 0, .failed(SystemError(code: ENOMEM, operation: "io_uring_setup"))),
            (EMFILE, 2, .failed(SystemError(code: EMFILE, operation: "io_uring_setup"))),
        ] as [(Int32, Int?, IORing.Availability)])
    func failuresHaveReasons(code: Int32, sysctl: Int?, reason: IORing.Availability) {
        let availability = IORing.Availability(
            SystemError(code: code, operation: "io_uring_setup"), disabled: sysctl)
        #expect(availability == reason)
        #expect(!availability.description.isEmpty)
    }

    @Test func buffersOutOfRangeAreRefused() throws {
        guard ringIsAvailable else { return }
        for (count, payload) in [(0, 100), (3, 100), (65_536, 100), (8, 0), (8, 65_536)] {
            var ring = try IORing(submissions: 8, completions: 16)
            #expect(throws: SystemError(code: EINVAL, operation: "io_uring_register(PBUF_RING)")) {
                try ring.makeBuffers(count: count, payload: payload, initial: 1)
            }
        }
    }
}
