import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath
import Testing

@testable import DataPlane

/// Ledger, words and worker by themselves, on a clock of the test's.
struct ParkingPartsTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 1_000 * second

    private static let policy: ParkingPolicy = {
        var policy = ParkingPolicy()
        policy.socketsPerWorker = 12
        policy.restNanoseconds = 5 * second
        policy.shortestRestNanoseconds = second
        policy.idleNanoseconds = 30 * second
        return policy
    }()

    // MARK: - Words

    @Test func wordsGoToOneSideOnly() throws {
        let words = try ParkedPorts(capacity: 4)
        let now = Self.start
        #expect(words.rest(of: 1, now: now) == .none)
        #expect(!words.claim(1, rest: ParkedPorts.RequiredRest(0), now: now) && !words.withdraw(1))
        words.park(1, now: now)
        #expect(words.rest(of: 1, now: now + 10) == .silent(nanoseconds: 10, wasDisturbed: false))
        #expect(!words.claim(1, rest: ParkedPorts.RequiredRest(11), now: now + 10))
        #expect(words.claim(1, rest: ParkedPorts.RequiredRest(10), now: now + 10))
        #expect(!words.claim(1, rest: ParkedPorts.RequiredRest(0), now: now + 10) && !words.withdraw(1))
        // Late news of a slot that is parked no longer change nothing.
        words.disturb(1, now: now)
        #expect(words.rest(of: 1, now: now) == .none)
        words.park(1, now: now)
        #expect(words.withdraw(1) && !words.claim(1, rest: ParkedPorts.RequiredRest(0), now: now + 10))
        for slot: UInt32 in [4, .max] {
            words.park(slot, now: now)
            words.disturb(slot, now: now)
            #expect(words.rest(of: slot, now: now) == .none)
            #expect(!words.claim(slot, rest: ParkedPorts.RequiredRest(0), now: now) && !words.withdraw(slot))
        }
    }

    @Test func everyDatagramBeginsTheRestAnew() throws {
        let words = try ParkedPorts(capacity: 1)
        words.park(0, now: Self.start)
        words.disturb(0, now: Self.start + 8)
        #expect(
            words.rest(of: 0, now: Self.start + 18) == .silent(nanoseconds: 10, wasDisturbed: true, wasHeard: true))
        #expect(!words.claim(0, rest: ParkedPorts.RequiredRest(11), now: Self.start + 18))
        #expect(words.claim(0, rest: ParkedPorts.RequiredRest(10), now: Self.start + 18))
    }

    @Test func whatWasHeardRestsLonger() throws {
        let words = try ParkedPorts(capacity: 3)
        var rest = ParkedPorts.RequiredRest(0)
        rest.heard = 1000
        for slot: UInt32 in 0..<3 { words.park(slot, wasHeard: slot == 1, now: Self.start) }
        words.disturb(2, now: Self.start)
        #expect(
            words.rest(of: 1, now: Self.start + 4) == .silent(nanoseconds: 4, wasDisturbed: false, wasHeard: true))
        for slot: UInt32 in 0..<3 {
            #expect(words.claim(slot, rest: rest, now: Self.start + 999) == (slot == 0))
        }
        for slot: UInt32 in 1..<3 { #expect(words.claim(slot, rest: rest, now: Self.start + 1000)) }
    }

    // MARK: - Ledger

    private final class Books {
        var ledger: PortLedger
        let words: ParkedPorts

        init(ports: UInt16 = 100, slots: Int = 100, descriptors: Int = 1000) throws {
            var generator = SplitMix64(state: 1)
            let pool = PortPool(
                PortPoolConfiguration(address: IPAddress(ipv4: 1), minimum: 100, maximum: 99 + ports),
                using: &generator)
            words = try ParkedPorts(capacity: slots)
            ledger = PortLedger(
                pools: [pool], workers: 1, slotsPerWorker: slots, parking: policy, parkedPorts: [words],
                descriptors: descriptors)
        }

        func lease(isPair: Bool = true) throws -> [LocalPortID] {
            let slots = try ledger.reserveSlots(isPair ? 2 : 1, of: 0)
            ledger.lease(try ledger.takePorts(of: 0, isPair: isPair, now: start), of: 0, to: slots)
            return slots
        }

        /// Gives ports up as a worker would see it.
        func release(_ ports: [LocalPortID], wereHeard: Bool = false, at now: UInt64) -> PortLedger.Released {
            let released = ledger.release(ports)
            for unit in released.parked { words.park(unit.first.slot, wasHeard: wereHeard, now: now) }
            return released
        }

        func takeParked(isShort: Bool = false, at now: UInt64) -> [LocalPortID]? {
            ledger.takeParked(of: 0, on: 0, isPair: true, isShort: isShort, now: now)?.map(\.id)
        }
    }

    @Test func theLongestParkedComesFirstWhenItHasRested() throws {
        let books = try Books()
        let pairs = try (0..<3).map { _ in try books.lease() }
        for (index, pair) in pairs.enumerated() {
            // In any order: the even port leads.
            let released = books.release(pair.reversed(), at: Self.start + UInt64(index) * Self.second)
            #expect(released.closing == [] && released.parked.map(\.first) == [pair[0]])
        }
        #expect(books.ledger.used(of: 0) == 0)
        #expect(books.ledger.pools[0].used == 6)
        let late = Self.start + 5 * Self.second
        #expect(books.takeParked(at: late - 1) == nil)
        let first = try #require(books.takeParked(at: late))
        #expect(first.map(\.slot) == pairs[0].map(\.slot))
        #expect(first.map(\.generation) == pairs[0].map { $0.generation &+ 1 })
        #expect(first.allSatisfy { books.ledger.isLeased($0) })
        #expect(pairs[0].allSatisfy { !books.ledger.isLeased($0) })
        #expect(books.takeParked(at: late) == nil)
        #expect(books.takeParked(at: late + Self.second)?.map(\.slot) == pairs[1].map(\.slot))
        #expect(books.ledger.used(of: 0) == 4)
    }

    @Test func disturbedOnesWaitBehindTheOthers() throws {
        let books = try Books()
        let pairs = try (0..<3).map { _ in try books.lease() }
        for pair in pairs { _ = books.release(pair, at: Self.start) }
        books.words.disturb(pairs[0][0].slot, now: Self.start + 4 * Self.second)
        let late = Self.start + 5 * Self.second
        #expect(books.takeParked(at: late)?.map(\.slot) == pairs[1].map(\.slot))
        #expect(books.takeParked(at: late)?.map(\.slot) == pairs[2].map(\.slot))
        #expect(books.takeParked(at: late) == nil)
        #expect(books.takeParked(at: late + 5 * Self.second)?.map(\.slot) == pairs[0].map(\.slot))
    }

    @Test func underAFloodOfCallsTheRestIsShorter() throws {
        let books = try Books()
        let pairs = try (0..<5).map { _ in try books.lease() }
        for pair in pairs.prefix(4) { _ = books.release(pair, at: Self.start) }
        #expect(books.takeParked(at: Self.start + 2 * Self.second) == nil)
        _ = books.release(pairs[4], at: Self.start)
        // Ten of twelve.
        #expect(books.takeParked(at: Self.start + Self.second / 2) == nil)
        #expect(books.takeParked(at: Self.start + 2 * Self.second) != nil)
        #expect(books.takeParked(at: Self.start + 2 * Self.second) == nil)
    }

    /// Media of the last call, and senders that have not stopped, must not reach the next one.
    @Test func underAFloodOfCallsPortsThatHeardSomethingRestAllTheSame() throws {
        let books = try Books()
        let pairs = try (0..<6).map { _ in try books.lease() }
        for (index, pair) in pairs.enumerated() { _ = books.release(pair, wereHeard: index < 3, at: Self.start) }
        books.words.disturb(pairs[3][0].slot, now: Self.start + Self.second)
        // All of twelve.
        #expect(books.takeParked(at: Self.start + Self.second / 2) == nil)
        let early = Self.start + 2 * Self.second
        #expect(books.takeParked(at: early)?.map(\.slot) == pairs[4].map(\.slot))
        _ = books.release(try books.lease(), wereHeard: true, at: early)
        #expect(books.takeParked(at: early)?.map(\.slot) == pairs[5].map(\.slot))
        _ = books.release(try books.lease(), wereHeard: true, at: early)
        #expect(books.takeParked(at: Self.start + 5 * Self.second - 1) == nil)
        for _ in 0..<3 { #expect(books.takeParked(at: Self.start + 5 * Self.second) != nil) }
        #expect(books.takeParked(at: Self.start + 5 * Self.second) == nil)
    }

    /// Else one that has rested for less would be opened instead.
    @Test(arguments: [(UInt64(0), true), (2, false)])
    func noParkedPortRestsLongerThanTheNextFreeOne(parkedAt: UInt64, isTaken: Bool) throws {
        let books = try Books(ports: 8)
        let pairs = try (0..<4).map { _ in try books.lease() }
        let closing = books.ledger.release(pairs[1] + pairs[2]).closing
        #expect(closing == pairs[1] + pairs[2])
        for port in closing { books.ledger.closed(slot: port.slot, of: 0, now: Self.start + Self.second) }
        let time = Self.start + parkedAt * Self.second
        #expect(books.release(pairs[0], wereHeard: true, at: time).parked.count == 1)
        #expect((books.takeParked(at: Self.start + 3 * Self.second) != nil) == isTaken)
    }

    /// When no other port is left.
    @Test func theLastPortsNeedNoRest() throws {
        let books = try Books(ports: 8)
        let pairs = try (0..<2).map { _ in try books.lease() }
        #expect(books.release(pairs[0], wereHeard: true, at: Self.start).parked.count == 1)
        _ = try books.lease()
        #expect(books.takeParked(at: Self.start + Self.second) == nil)
        _ = try books.lease()
        #expect(books.takeParked(at: Self.start + Self.second)?.map(\.slot) == pairs[0].map(\.slot))
    }

    @Test func whenSocketsAreShortTheUnheardNeedNoRest() throws {
        let books = try Books()
        let pairs = try (0..<3).map { _ in try books.lease() }
        for (index, pair) in pairs.enumerated() { _ = books.release(pair, wereHeard: index == 0, at: Self.start) }
        #expect(books.takeParked(at: Self.start) == nil)
        for pair in pairs[1...] {
            #expect(books.takeParked(isShort: true, at: Self.start)?.map(\.slot) == pair.map(\.slot))
        }
        #expect(books.takeParked(isShort: true, at: Self.start) == nil)
    }

    @Test func whatTheWorkerHasNotParkedIsNotTaken() throws {
        let books = try Books()
        let pair = try books.lease()
        let released = books.ledger.release(pair)
        #expect(released.parked.count == 1)
        #expect(books.takeParked(at: Self.start + 60 * Self.second) == nil)
        // It was closed instead, as after a handshake.
        for port in pair { books.ledger.closed(slot: port.slot, of: 0, now: Self.start) }
        #expect(books.ledger.pools[0].used == 0 && books.ledger.used(of: 0) == 0)
        #expect(books.takeParked(at: Self.start + 60 * Self.second) == nil)
        #expect(try books.lease().map(\.slot).sorted() == pair.map(\.slot).sorted())
    }

    @Test(arguments: [(8, 100, 1000), (100, 8, 1000), (100, 100, 8)])
    func halfOfWhatIsFreeIsParked(ports: UInt16, slots: Int, descriptors: Int) throws {
        let books = try Books(ports: ports, slots: slots, descriptors: descriptors)
        let pairs = try (0..<3).map { _ in try books.lease() }
        let released = books.release(pairs.flatMap { $0 }, at: Self.start)
        #expect(released.parked.count == 1 && released.closing == pairs[1] + pairs[2])
        #expect(books.ledger.tables[0].parked == 2 && books.ledger.tables[0].taken == 4)
        // What is still being closed is not free yet.
        for port in released.closing { books.ledger.closed(slot: port.slot, of: 0, now: Self.start) }
        #expect(books.release(try books.lease(), at: Self.start).parked.count == 1)
    }

    @Test func surplusIsGivenUp() throws {
        let books = try Books(ports: 8)
        let pairs = try (0..<2).map { _ in try books.lease() }
        for pair in pairs { _ = books.release(pair, at: Self.start) }
        #expect(books.ledger.tables[0].parked == 4)
        _ = try books.lease()
        let ports = books.ledger.surplus(of: 0, on: 0)
        #expect(ports == pairs[0])
        #expect(books.ledger.tables[0].parked == 2 && books.ledger.tables[0].taken == 4)
        for port in ports { books.ledger.closed(slot: port.slot, of: 0, now: Self.start) }
        let none = books.ledger.surplus(of: 0, on: 0)
        #expect(none == [])
        #expect(books.ledger.tables[0].taken == 2)
    }

    /// Units that the worker has yet to park, or is about to close, stand before others.
    @Test func whatCannotBeHadIsPassedOver() throws {
        let books = try Books()
        let pairs = try (0..<3).map { _ in try books.lease() }
        let slot = try books.ledger.reserveSlots(1, of: 0)
        books.ledger.lease(try books.ledger.takePorts(of: 0, isPair: false, now: Self.start), of: 0, to: slot)
        for ports in pairs + [slot] { _ = books.release(ports, at: Self.start) }
        for pair in pairs.prefix(2) { #expect(books.words.withdraw(pair[0].slot)) }
        let shortage = PortLedger.Shortage(pool: 0)
        let first = books.ledger.giveUp(shortage)
        #expect(first == pairs[2])
        // The next list.
        let second = books.ledger.giveUp(shortage)
        #expect(second == slot)
        let none = books.ledger.giveUp(shortage)
        #expect(none == [] && books.ledger.mayEnd(shortage))
        for port in first + second { books.ledger.closed(slot: port.slot, of: 0, now: Self.start) }
        #expect(books.ledger.evicted == 0 && books.ledger.used(of: 0) == 0)
    }

    @Test func aLeaseWaitsForAWorkerThatGathersPackets() {
        for (wait, retries): (UInt32, Int) in [(0, 20), (1500, 23), (20_000, 60), (1_000_000, 100), (.max, 100)] {
            #expect(DataPlane.retries(maximumWaitMicroseconds: wait) == retries)
        }
    }

    // MARK: - Worker

    /// A worker's state with one pair of open sockets.
    private struct Seat: ~Copyable {
        var state: WorkerState
        let pair: [LocalPortID]
        let addresses: [TransportAddress]
        let words: ParkedPorts

        init(
            _ state: consuming WorkerState, _ pair: [LocalPortID], _ addresses: [TransportAddress], _ words: ParkedPorts
        ) {
            self.state = state
            self.pair = pair
            self.addresses = addresses
            self.words = words
        }

        static func make() throws -> Seat {
            let words = try ParkedPorts(capacity: 8)
            let seat = WorkerSeat(
                index: 0, slots: 8, pools: 1, maximumWaitMicroseconds: 0, receiveBuffers: 64, largestDatagram: 2048,
                usesFileTable: false, pinsToProcessor: false, scheduling: nil, flightRecorderBytes: 0,
                ownAddresses: [], softwareName: "", mailbox: try Mailbox(),
                closedSlots: try ClosedSlots(capacity: 8), parkedPorts: words, parking: policy,
                published: PublishedStatistics(), handshakes: nil,
                converters: try ConverterPool(threads: 1, streams: 1, mailboxes: [try Mailbox()]))
            var state = try WorkerState(seat)
            let pair = (0..<2).map { LocalPortID(worker: 0, slot: $0, generation: 1) }
            var addresses: [TransportAddress] = []
            for port in pair {
                let socket = try UDPSocket(bindingTo: TransportAddress(freshAddress(), 0))
                try socket.setTOS(0x68)
                try socket.setErrorReports(true)
                addresses.append(try socket.localAddress())
                let entry = state.open(
                    OwnedSocket(port: port, descriptor: socket.release(), family: .ipv4, tos: 0x68), now: start)
                try #require(entry).pointee.isWatched = true
            }
            return Seat(state, pair, addresses, words)
        }

        deinit {
            for slot in UInt32(0)..<2 {
                if let entry = state.sockets[slot] {
                    _ = FileDescriptor(takingOwnershipOf: entry.pointee.descriptor)
                }
            }
        }

        var unit: ParkedUnit { ParkedUnit(first: pair[0], second: pair[1]) }

        func adopted(tos: UInt8) -> [AdoptedPort] {
            pair.map {
                let next = LocalPortID(worker: 0, slot: $0.slot, generation: $0.generation + 1)
                return AdoptedPort(port: next, tos: tos, pool: 0)
            }
        }
    }

    private func tos(of descriptor: Int32) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, Int32(IPPROTO_IP), IP_TOS, &value, &size)
        return value
    }

    @Test func anAdoptedSocketIsAsNew() throws {
        var seat = try Seat.make()
        let peer = try MediaPeer()
        // Messages of ICMP, on a socket that was left alone for having too many.
        let dead = try MediaPeer().address
        let entry = try #require(seat.state.sockets[0])
        seat.state.limitErrors(0, entry, WorkerState.errorsPerSecond + 1, now: Self.start)
        #expect(!entry.pointee.reportsErrors)
        let isParked = seat.state.park(seat.unit, now: Self.start)
        #expect(isParked)
        #expect(seat.state.statistics.openPorts == 0 && seat.state.statistics.parkedPorts == 2)
        #expect(seat.state.sockets.open(0, 1) == nil)
        // Anybody can forge such messages, and a parked socket has nobody to read them.
        #expect(try #require(seat.state.sockets[1]).pointee.reportsErrors == false)
        #expect(seat.words.claim(0, rest: ParkedPorts.RequiredRest(0), now: Self.start))
        for address in seat.addresses { for number in 0..<3 { try peer.send(rtp(number), to: address) } }
        let second = try #require(seat.state.sockets[1])
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer { name.deallocate() }
        _ = rtp(1).withUnsafeBytes {
            DatagramIO.send(
                from: second.pointee.descriptor, bytes: $0.baseAddress.unsafelyUnwrapped, count: 12, to: dead,
                name: name)
        }
        seat.state.adopt(seat.adopted(tos: 0x28), turn: 7, now: Self.start)
        #expect(seat.state.statistics.openPorts == 2 && seat.state.statistics.parkedPorts == 0)
        for slot in UInt32(0)..<2 {
            let opened = seat.state.sockets.open(slot, 2)
            let entry = try #require(opened)
            #expect(entry.pointee.watchedAs == 1 && entry.pointee.lastTurn == 7)
            #expect(entry.pointee.reportsErrors && entry.pointee.takesRuns)
            // By somebody who may go on, after this lease, too.
            #expect(entry.pointee.wasHeard)
            #expect(entry.pointee.tos == 0x28 && tos(of: entry.pointee.descriptor) == 0x28)
            var waiting = pollfd(fd: entry.pointee.descriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&waiting, 1, 0) == 0)
        }
        // What is no next lease of a parked socket changes nothing.
        seat.state.adopt(seat.adopted(tos: 0), now: Self.start)
        #expect(seat.state.sockets[0]?.pointee.tos == 0x28)
    }

    /// Either half of a pair speaks for both, in its present lease only.
    @Test func unitsTellWhetherTheyWereHeard() throws {
        var seat = try Seat.make()
        seat.state.sockets[1]?.pointee.wasHeard = true
        _ = seat.state.park(seat.unit, now: Self.start)
        #expect(
            seat.words.rest(of: 0, now: Self.start) == .silent(nanoseconds: 0, wasDisturbed: false, wasHeard: true))
        #expect(seat.words.claim(0, rest: ParkedPorts.RequiredRest(0), now: Self.start))
        let ports = seat.adopted(tos: 0)
        seat.state.adopt(ports, now: Self.start)
        _ = seat.state.park(ParkedUnit(first: ports[0].port, second: ports[1].port), now: Self.start)
        #expect(seat.words.rest(of: 0, now: Self.start) == .silent(nanoseconds: 0, wasDisturbed: false))
    }

    @Test func onlyWholeWatchedUnitsAreParked() throws {
        var seat = try Seat.make()
        seat.state.sockets[1]?.pointee.isWatched = false
        let isParked = seat.state.park(seat.unit, now: Self.start)
        #expect(!isParked)
        #expect(seat.state.sockets.open(0, 1) != nil && seat.state.sockets.open(1, 1) != nil)
        #expect(seat.words.rest(of: 0, now: Self.start) == .none)
    }

    @Test func unitsExpireUnlessTheyAreTaken() throws {
        var seat = try Seat.make()
        _ = seat.state.park(seat.unit, now: Self.start)
        let end = Self.start + Self.policy.idleNanoseconds
        #expect(seat.state.nextExpiry == end)
        let early = seat.state.nextExpired(now: end - Self.second)
        #expect(early == nil)
        let wait = seat.state.longestWait()
        #expect(wait != nil)
        let due = seat.state.nextExpired(now: end)
        #expect(due?.first == seat.pair[0] && due?.second == seat.pair[1])
        #expect(!seat.words.claim(0, rest: ParkedPorts.RequiredRest(0), now: end))
        let none = seat.state.nextExpired(now: end)
        #expect(none == nil && seat.state.nextExpiry == .max)
    }

    @Test func expiredUnitsAreClosedByAndBy() throws {
        var seat = try Seat.make()
        _ = seat.state.park(seat.unit, now: Self.start)
        let end = Self.start + Self.policy.idleNanoseconds
        let none = seat.state.nextExpired(after: WorkerState.expiriesPerTurn, now: end)
        #expect(none == nil && seat.state.nextExpiry == end + WorkerState.expiryPauseNanoseconds)
        let last = seat.state.nextExpired(after: WorkerState.expiriesPerTurn - 1, now: seat.state.nextExpiry)
        #expect(last?.first == seat.pair[0])
    }

    /// A socket that was never parked has the turn 0, and packets of that turn would be dropped.
    @Test func noTurnIsThatOfAFreshSocket() throws {
        #expect(RingLoop.turn(after: 1) == 2 && RingLoop.turn(after: .max) == 1)
        let seat = try Seat.make()
        #expect(seat.state.sockets[0]?.pointee.lastTurn == 0)
    }

    @Test func takenUnitsDoNotExpire() throws {
        var seat = try Seat.make()
        _ = seat.state.park(seat.unit, now: Self.start)
        let end = Self.start + Self.policy.idleNanoseconds
        #expect(seat.words.claim(0, rest: ParkedPorts.RequiredRest(0), now: end))
        // The command is on its way.
        let first = seat.state.nextExpired(now: end)
        #expect(first == nil)
        seat.state.adopt(seat.adopted(tos: 0), now: end)
        let second = seat.state.nextExpired(now: 2 * end)
        #expect(second == nil)
    }
}
