import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath
import Synchronization
import Testing

@testable import DataPlane

struct CoalescingPolicyTests {
    private static let second: UInt64 = 1_000_000_000

    @Test(
        arguments: [
            (0, 0), (500, 0), (501, 0), (950, 50), (2750, 250), (5000, 500), (100_000, 500), (125_000, 400),
            (1_000_000, 330), (UInt64.max / 4, 330),
        ] as [(UInt64, UInt32)])
    func waitGrowsWithTheRateAndFallsWhereBatchesAreLarge(rate: UInt64, wait: UInt32) {
        var policy = CoalescingPolicy(maximum: 500, now: 0)
        policy.observe(rate, now: Self.second)
        #expect(policy.span == wait)
    }

    @Test func silenceEndsTheWait() {
        var policy = CoalescingPolicy(maximum: 500, now: 0)
        policy.observe(10_000, now: Self.second)
        #expect(policy.span == 500)
        policy.observe(1, now: 2 * Self.second)
        #expect(policy.span == 0)
    }

    @Test func shortBurstsDoNotCountAsLoad() {
        var policy = CoalescingPolicy(maximum: 500, now: 0)
        policy.observe(10, now: 1_000_000)
        #expect(policy.span == 0)
        policy.observe(0, now: 20_000_000)
        #expect(policy.span == 0)
    }

    @Test func theTimeOfABatchComesOutOfTheWait() {
        var policy = CoalescingPolicy(maximum: 500, now: 0)
        policy.observe(10_000, now: Self.second)
        for (spent, wait) in [(0, 500), (999, 500), (200_000, 300), (499_999, 1), (500_000, 0), (2_000_000, 0)] {
            #expect(policy.wait(at: Self.second + UInt64(spent)) == UInt32(wait))
        }
        policy.observe(10, now: Self.second + 400_000)
        #expect(policy.wait(at: Self.second + 500_000) == 400)
        #expect(policy.wait(at: 0) == 500)
    }

    @Test func noMaximumNoWait() {
        var policy = CoalescingPolicy(maximum: 0, now: 0)
        policy.observe(1_000_000, now: Self.second)
        #expect(policy.span == 0)
    }

    @Test func clockThatStandsStillDoesNoHarm() {
        var policy = CoalescingPolicy(maximum: 500, now: Self.second)
        policy.observe(1_000_000, now: Self.second)
        policy.observe(1_000_000, now: 0)
        #expect(policy.span == 0)
    }
}

struct RequestTokenTests {
    @Test(arguments: [0, 1, 0xFF_FFFF] as [UInt32], [0, 0x8000, 0xFFFF] as [UInt16])
    func tokensCarryTheirNames(slot: UInt32, generation: UInt16) {
        let receive = RequestToken(bits: RequestToken.receive(slot, generation).bits)
        #expect(receive.kind == .receive)
        #expect(receive.slot == slot)
        #expect(receive.generation == generation)
        withUnsafeBytes(of: 0) { bytes in
            guard let start = bytes.baseAddress else { return }
            for (place, isRTCP) in [(UInt16(0), false), (65_535, true), (172, true)] {
                let transmission = Transmission(
                    slot: slot, generation: generation, destination: TransportAddress(IPAddress(ipv4: 1), 2),
                    bytes: start, count: 172, isRTCP: isRTCP)
                let send = RequestToken(bits: RequestToken.send(transmission, place: place).bits)
                #expect(send.kind == .send)
                #expect(send.slot == slot)
                #expect(send.generation == generation)
                #expect(send.place == place)
                #expect(send.at(place ^ 9).place == place ^ 9)
                #expect(send.at(place ^ 9).at(place).bits == send.bits)
                #expect(send.isRTCP == isRTCP)
            }
        }
    }

    @Test func otherTokensAreTold() {
        #expect(RequestToken(bits: RequestToken.wake.bits).kind == .wake)
        #expect(RequestToken(bits: RequestToken.cancel.bits).kind == .cancel)
        #expect(RequestToken(bits: 0).kind == nil)
        #expect(RequestToken(bits: .max).kind == nil)
    }
}

struct MailboxTests {
    @Test func commandsArriveInOrder() throws {
        let mailbox = try Mailbox()
        for slot in 0..<3 {
            let isPosted = mailbox.post(.close([LocalPortID(worker: 0, slot: UInt32(slot), generation: 1)]))
            #expect(isPosted)
        }
        #expect(!mailbox.beginWaiting())
        var commands: [WorkerCommand] = []
        mailbox.take(into: &commands)
        let slots = commands.compactMap { command in
            if case .close(let ports) = command { ports.first?.slot } else { nil }
        }
        #expect(slots == [0, 1, 2])
        #expect(mailbox.beginWaiting())
        mailbox.endWaiting()
    }

    @Test func onlyAWaitingWorkerIsWoken() throws {
        let mailbox = try Mailbox()
        var event = pollfd(fd: mailbox.eventNumber, events: Int16(POLLIN), revents: 0)
        _ = mailbox.post(.stop)
        #expect(poll(&event, 1, 0) == 0)
        var commands: [WorkerCommand] = []
        mailbox.take(into: &commands)
        #expect(mailbox.beginWaiting())
        _ = mailbox.post(.stop)
        _ = mailbox.post(.stop)
        #expect(poll(&event, 1, 0) == 1)
        mailbox.endWaiting()
        mailbox.clearEvent()
        #expect(poll(&event, 1, 0) == 0)
    }

    @Test func aNapIsEndedByUrgentCommandsOnly() throws {
        let mailbox = try Mailbox()
        var event = pollfd(fd: mailbox.eventNumber, events: Int16(POLLIN), revents: 0)
        var commands: [WorkerCommand] = []
        #expect(mailbox.beginWaiting(napping: true))
        _ = mailbox.post(.install([]), .soon)
        #expect(poll(&event, 1, 0) == 0)
        _ = mailbox.post(.stop, .now)
        #expect(poll(&event, 1, 0) == 1)
        mailbox.endWaiting()
        mailbox.clearEvent()
        mailbox.take(into: &commands)
        #expect(commands.count == 2)
    }

    /// Who has something in a ring leaves no mail, so that the worker takes no lock for it.
    @Test func aKnockIsNoMail() throws {
        let mailbox = try Mailbox()
        var event = pollfd(fd: mailbox.eventNumber, events: Int16(POLLIN), revents: 0)
        #expect(!mailbox.isKnocked && !mailbox.answerKnock())
        mailbox.knock()
        #expect(poll(&event, 1, 0) == 0)
        // It waits all the same, and knows that it must not wait for long.
        #expect(mailbox.beginWaiting() && mailbox.isKnocked)
        mailbox.endWaiting()
        #expect(mailbox.answerKnock() && !mailbox.answerKnock() && !mailbox.isKnocked)
        #expect(mailbox.beginWaiting() && !mailbox.isKnocked)
        mailbox.knock()
        #expect(poll(&event, 1, 0) == 1)
        mailbox.endWaiting()
        #expect(mailbox.answerKnock())
    }

    @Test func commandsThatCanWaitWakeNobody() throws {
        let mailbox = try Mailbox()
        var event = pollfd(fd: mailbox.eventNumber, events: Int16(POLLIN), revents: 0)
        #expect(mailbox.beginWaiting())
        _ = mailbox.post(.open([]), .withTheNext)
        #expect(poll(&event, 1, 0) == 0)
        _ = mailbox.post(.install([]), .soon)
        #expect(poll(&event, 1, 0) == 1)
        mailbox.endWaiting()
        #expect(!mailbox.beginWaiting())
    }

    @Test func portsAreRefusedWhenTooMuchWaits() throws {
        let mailbox = try Mailbox()
        for _ in 0..<Mailbox.limit { _ = mailbox.post(.close([])) }
        #expect(!mailbox.post(.open([])))
        #expect(mailbox.post(.close([])))
        var commands: [WorkerCommand] = []
        mailbox.take(into: &commands)
        #expect(mailbox.post(.open([])))
    }

    @Test func closedMailboxGivesSocketsBack() throws {
        let mailbox = try Mailbox()
        let socket = try UDPSocket(bindingTo: TransportAddress(freshAddress(), 0))
        let address = try socket.localAddress()
        let port = LocalPortID(worker: 0, slot: 7, generation: 1)
        let isPosted = mailbox.post(
            .open([OwnedSocket(port: port, descriptor: socket.release(), family: .ipv4, tos: 0)]))
        #expect(isPosted)
        #expect(mailbox.close() == [7])
        #expect(!mailbox.post(.stop))
        try bindAgain(address)
    }

    @Test func noMailIsLostBetweenThreads() throws {
        let mailbox = try Mailbox()
        let each = 20_000
        // Threads of their own: those of the concurrency pool must not wait for one another.
        for sender in 0..<4 {
            try detachThread {
                for number in 0..<each {
                    let port = LocalPortID(worker: 0, slot: UInt32(number), generation: UInt16(sender))
                    _ = mailbox.post(.close([port]))
                }
            }
        }
        var last = [Int](repeating: -1, count: 4)
        var commands: [WorkerCommand] = []
        while last.contains(where: { $0 < each - 1 }) {
            mailbox.take(into: &commands)
            for case .close(let ports) in commands {
                let sender = Int(ports[0].generation)
                try #require(Int(ports[0].slot) == last[sender] + 1)
                last[sender] += 1
            }
            if commands.isEmpty, mailbox.beginWaiting() {
                mailbox.clearEvent()
                mailbox.endWaiting()
            }
            commands.removeAll(keepingCapacity: true)
        }
    }
}

struct ClosedSlotsTests {
    @Test func slotsComeOutInOrderAcrossThreads() throws {
        let slots = try ClosedSlots(capacity: 1000)
        let total: UInt32 = 100_000
        // Never more under way than there is room for.
        let room = EventCounter(1000)
        try detachThread {
            for slot in 0..<total {
                room.take()
                slots.append(slot)
            }
        }
        var expected: UInt32 = 0
        while expected < total {
            guard let slot = slots.popFirst() else {
                sched_yield()
                continue
            }
            try #require(slot == expected)
            expected += 1
            room.give()
        }
        #expect(slots.popFirst() == nil)
    }

    /// How many may still come, counted down by one thread and up by another.
    private final class EventCounter: Sendable {
        private let count: Atomic<Int>

        init(_ count: Int) {
            self.count = Atomic(count)
        }

        func take() {
            while count.load(ordering: .acquiring) == 0 { sched_yield() }
            count.subtract(1, ordering: .relaxed)
        }

        func give() {
            count.add(1, ordering: .releasing)
        }
    }
}

/// Runs `body` on a thread that nobody joins: the test knows from its effects that it is done.
private func detachThread(_ body: @escaping @Sendable () -> Void) throws {
    _ = try OwnedThread(name: "test", stackSize: 256 * 1024, body: body)
}

struct StartupWarningTests {
    private func pool(_ ports: ClosedRange<UInt16>) -> PortPoolConfiguration {
        PortPoolConfiguration(address: IPAddress(ipv4: 1), minimum: ports.lowerBound, maximum: ports.upperBound)
    }

    @Test(
        arguments: [
            (30_000...32_767, false), (30_000...32_768, true), (40_000...50_000, true), (60_999...65_535, true),
            (61_000...65_535, false),
        ] as [(ClosedRange<UInt16>, Bool)])
    func overlapIsReported(ports: ClosedRange<UInt16>, isReported: Bool) {
        let warnings = StartupWarning.about(
            [pool(ports), pool(ports)], ports: ports.count, ephemeral: 32_768...60_999, descriptorLimit: 1_000_000)
        let expected = StartupWarning.overlapsEphemeralPorts(pool: ports, ephemeral: 32_768...60_999)
        #expect(warnings == (isReported ? [expected] : []))
        #expect(StartupWarning.about([pool(ports)], ports: 1, ephemeral: nil, descriptorLimit: 1_000_000) == [])
    }

    @Test(arguments: [(1256, false), (1255, true)])
    func lackOfDescriptorsIsReported(limit: Int, isReported: Bool) {
        let warnings = StartupWarning.about([pool(1...1000)], ports: 1000, ephemeral: nil, descriptorLimit: limit)
        #expect(warnings == (isReported ? [.fewDescriptors(limit: limit, ports: 1000)] : []))
    }
}

struct ConfigurationTests {
    @Test(
        arguments: [
            { $0.workers = 0 }, { $0.workers = 1025 }, { $0.portsPerWorker = 1 }, { $0.portsPerWorker = 1 << 24 },
            { $0.receiveBuffers = 0 }, { $0.receiveBuffers = 32_769 }, { $0.largestDatagram = 127 },
            { $0.largestDatagram = 65_536 }, { $0.pools[0].minimum = 0 }, { $0.pools[0].minimum = 60_000 },
        ] as [@Sendable (inout DataPlaneConfiguration) -> Void])
    func valuesOutOfRangeAreRefused(change: @Sendable (inout DataPlaneConfiguration) -> Void) {
        let error = #expect(throws: DataPlaneError.self) {
            try makePlane(.epoll, ports: 20_000...20_010, change)
        }
        guard case .invalid = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test func automaticBackendIsTheBest() throws {
        let plane = try makePlane(.automatic, ports: 20_000...20_001)
        #expect(plane.backendInUse == backends.last)
        #expect(!plane.backendReason.isEmpty)
        #expect(plane.startupWarnings.contains(.usesEpoll(reason: plane.backendReason)) == (backends.count == 1))
    }

    @Test(arguments: backends)
    func workersCanBePinned(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_001) {
            $0.pinsWorkers = true
            $0.workers = 3
            $0.socketReceiveBuffer = 100_000
        }
        _ = try plane.leasePair()
        #expect(plane.backendInUse == backend)
    }
}
