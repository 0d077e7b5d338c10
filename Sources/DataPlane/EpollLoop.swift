import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath

/// A worker's loop over epoll, level triggered: the way that works on every kernel.
struct EpollLoop: ~Copyable {
    /// Most packets taken from one socket in a turn, so that a flood on one does not starve the others.
    private static let burst = 16
    /// After a turn with this many readable sockets there is no need to gather.
    private static let busyTurn = 64
    /// Datagrams thrown away of a parked socket in a turn; the rest comes back in the next one.
    private static let discardedAtOnce: Int32 = 256
    private static let wakeToken = UInt64.max

    var state: WorkerState
    private var epoll: Epoll
    /// Buffers for a burst of datagrams, with room behind each for what protection adds.
    private let memory: UnsafeMutableRawBufferPointer
    private let bufferStride: Int
    private let largestDatagram: Int
    private var departing = DatagramRun()
    private let sourceName: UnsafeMutableRawPointer
    private let destinationName: UnsafeMutableRawPointer
    private var turn: UInt32 = 1
    /// Some socket had more packets than one turn takes.
    private var hasBacklog = false

    init(_ seat: WorkerSeat) throws(SystemError) {
        try OwnedThread.useExactTimers()
        let epoll = try Epoll()
        try epoll.add(seat.mailbox.eventNumber, token: EpollLoop.wakeToken)
        let state = try WorkerState(seat)
        self.state = state
        self.epoll = epoll
        bufferStride = (seat.largestDatagram + WorkerState.spareBytes + 63) & ~63
        largestDatagram = seat.largestDatagram
        memory = .allocate(byteCount: bufferStride * EpollLoop.burst, alignment: 64)
        sourceName = .allocate(byteCount: SocketAddress.size, alignment: 16)
        destinationName = .allocate(byteCount: SocketAddress.size, alignment: 16)
    }

    deinit {
        memory.deallocate()
        sourceName.deallocate()
        destinationName.deallocate()
    }

    /// Runs until told to stop.
    mutating func run() {
        var ready = 0
        while true {
            carryOutCommands(now: MonotonicClock.now())
            if state.isStopping { break }
            meetDeadline()
            state.publish()
            ready = wait(after: ready)
            let now = MonotonicClock.now()
            // Plans that were left before the packets came hold for them.
            carryOutCommands(now: now)
            if state.isStopping { break }
            takeConverted(now: now)
            turn &+= 1
            var packets: UInt64 = 0
            hasBacklog = false
            for index in 0..<ready {
                let token = epoll.token(at: index)
                if token == EpollLoop.wakeToken {
                    state.mailbox.clearEvent()
                } else {
                    if epoll.hasError(at: index) { noteErrors(token) }
                    packets &+= drain(token, now: now)
                }
            }
            state.endTurn(packets: packets, now: now, usesWait: true)
        }
        closeAll()
        state.end()
    }

    /// Waits for packets; under load first for a bounded time in which they gather.
    private mutating func wait(after ready: Int) -> Int {
        guard state.beginWaiting() else { return epoll.wait(timeoutMilliseconds: 0) }
        if state.coalescing.span > 0, ready < EpollLoop.busyTurn, !hasBacklog {
            let wait = state.coalescing.wait(at: MonotonicClock.now())
            if wait > 0 {
                MonotonicClock.sleep(microseconds: wait)
                state.statistics.wakeUps &+= 1
            }
        }
        let longest = state.isKnocked ? 0 : state.longestWait()
        let timeout = longest.map { Int32(clamping: ($0 &+ 999_999) / 1_000_000) }
        let ready = epoll.wait(timeoutMilliseconds: timeout ?? -1)
        state.statistics.wakeUps &+= 1
        state.mailbox.endWaiting()
        return ready
    }

    /// Takes packets from one socket: one, or a burst when one was left over in the last turn.
    @inline(__always)
    private mutating func drain(_ token: UInt64, now: UInt64) -> UInt64 {
        let slot = UInt32(truncatingIfNeeded: token)
        guard let entry = state.sockets.watched(slot, as: UInt16(truncatingIfNeeded: token >> 32)) else {
            drainParked(token, now: now)
            return 0
        }
        let budget = entry.pointee.lastTurn &+ 1 == turn ? EpollLoop.burst : 1
        entry.pointee.lastTurn = turn
        var packets: UInt64 = 0
        for place in 0..<budget {
            var nameLength: UInt32 = 0
            let start = memory.baseAddress.unsafelyUnwrapped + place &* bufferStride
            let buffer = UnsafeMutableRawBufferPointer(start: start, count: largestDatagram)
            let count = DatagramIO.receive(
                from: entry.pointee.descriptor, into: buffer, name: sourceName, nameLength: &nameLength)
            guard count >= 0 else {
                // The next packet may follow at once.
                if count != -Int(EAGAIN) {
                    state.noteErrors(slot, entry, error: Int32(truncatingIfNeeded: -count))
                }
                break
            }
            packets &+= 1
            if !entry.pointee.wasHeard { entry.pointee.wasHeard = true }
            guard let source = SocketAddress.read(sourceName, length: nameLength) else { continue }
            let packet = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(count, buffer.count)])
            state.path.receive(
                slot: slot, packet: packet, capacity: bufferStride, isTruncated: count > buffer.count, source: source,
                now: now, into: &state.output)
            // A burst leaves together; forks may make more copies of it than are kept back.
            if state.output.count >= WorkerState.keptBack { transmit() }
        }
        transmit()
        if packets == UInt64(EpollLoop.burst) { hasBacklog = true }
        return packets
    }

    /// Drops what has come for a parked socket.
    private mutating func drainParked(_ token: UInt64, now: UInt64) {
        let slot = UInt32(truncatingIfNeeded: token)
        guard let descriptor = state.disturb(slot, watchedAs: UInt16(truncatingIfNeeded: token >> 32), now: now) else {
            return
        }
        DatagramIO.discard(from: descriptor, limit: EpollLoop.discardedAtOnce)
    }

    @inline(__always)
    mutating func transmit() {
        var index = 0
        while index < state.output.count {
            let transmission = state.output[index]
            guard let entry = state.sockets.open(transmission.slot, transmission.generation) else {
                state.statistics.packetsSent &+= 1
                transmissionFailed(transmission, error: 0)
                index &+= 1
                continue
            }
            let following = index &+ 1
            if following < state.output.count, entry.pointee.takesRuns,
                state.output[following].goesAlong(with: transmission)
            {
                index &+= transmitRun(from: index, entry)
            } else {
                transmit(transmission, entry)
                index &+= 1
            }
        }
        state.output.removeAll()
        state.path.batchSent()
    }

    @inline(__always)
    private mutating func transmit(_ transmission: Transmission, _ entry: UnsafeMutablePointer<SocketTable.Entry>) {
        state.statistics.packetsSent &+= 1
        let result = DatagramIO.send(
            from: entry.pointee.descriptor, bytes: transmission.bytes, count: transmission.count,
            to: transmission.destination, name: destinationName)
        if result < 0 { sendAgain(transmission, entry, error: Int32(truncatingIfNeeded: -result)) }
    }

    /// Sends the transmissions from `first` on that go to the same place together; returns how many those were. After
    /// a failure that may have been about an earlier packet they leave one by one; where the kernel refuses runs and no
    /// message of an earlier packet explains it, from now on.
    @inline(never)
    private mutating func transmitRun(from first: Int, _ entry: UnsafeMutablePointer<SocketTable.Entry>) -> Int {
        let leader = state.output[first]
        departing.begin(leader.bytes, count: leader.count, to: leader.destination)
        var end = first + 1
        while end < state.output.count, state.output[end].goesAlong(with: leader),
            departing.add(state.output[end].bytes, count: state.output[end].count)
        {
            end += 1
        }
        guard end > first + 1 else {
            transmit(leader, entry)
            return 1
        }
        let result = departing.send(from: entry.pointee.descriptor)
        if result >= 0 {
            state.statistics.packetsSent &+= UInt64(end - first)
            return end - first
        }
        let error = Int32(truncatingIfNeeded: -result)
        guard DatagramIO.mayBeAboutAnother(error) else {
            state.statistics.packetsSent &+= UInt64(end - first)
            for index in first..<end { transmissionFailed(state.output[index], error: error) }
            return end - first
        }
        let messages = state.noteErrors(leader.slot, entry)
        if messages == 0, DatagramRun.isRefused(error) { entry.pointee.takesRuns = false }
        for index in first..<end { transmit(state.output[index], entry) }
        return end - first
    }

    /// After a failure that may have been about an earlier packet.
    @inline(never)
    private mutating func sendAgain(
        _ transmission: Transmission, _ entry: UnsafeMutablePointer<SocketTable.Entry>, error: Int32
    ) {
        var error = error
        if DatagramIO.mayBeAboutAnother(error) {
            state.noteErrors(transmission.slot, entry)
            let result = DatagramIO.send(
                from: entry.pointee.descriptor, bytes: transmission.bytes, count: transmission.count,
                to: transmission.destination, name: destinationName)
            if result >= 0 { return }
            error = Int32(truncatingIfNeeded: -result)
        }
        transmissionFailed(transmission, error: error)
    }

    /// Takes what ICMP has said. Else the socket would be reported again and again.
    @inline(never)
    private mutating func noteErrors(_ token: UInt64) {
        let slot = UInt32(truncatingIfNeeded: token)
        guard let entry = state.sockets.watched(slot, as: UInt16(truncatingIfNeeded: token >> 32)) else { return }
        state.noteErrors(slot, entry)
    }

    @inline(never)
    private mutating func transmissionFailed(_ transmission: Transmission, error: Int32) {
        state.statistics.sendErrors &+= 1
        state.path.transmissionFailed(transmission, error: error, now: MonotonicClock.now())
    }

    /// Does what is due, and hands over what the handshakes have got.
    private mutating func meetDeadline() {
        let now = MonotonicClock.now()
        if let deadline = state.path.nextDeadline, deadline <= now {
            state.path.deadlineReached(now: now, into: &state.output)
            transmit()
        }
        if state.nextExpiry <= now { closeExpired(now: now) }
        state.passHandshakes(now: now)
        state.passConversions()
    }

    /// Sends what was converted. A flood of it must not hold up other media: the rest comes in the next turn.
    private mutating func takeConverted(now: UInt64) {
        for _ in 0..<4 {
            let hasMore = state.takeConverted(now: now)
            transmit()
            guard hasMore else { return }
        }
    }

    private mutating func carryOutCommands(now: UInt64) {
        state.path.beginTurn(now: now)
        var done = 0
        while let command = state.nextCommand(after: done) {
            done += 1
            switch command {
            case .open(let sockets): for socket in sockets { open(socket, now: now) }
            case .install(let plans): state.install(plans, now: now)
            case .close(let ports): for port in ports where !state.takesLeave(of: port) { close(port) }
            case .park(let units): for unit in units { park(unit, now: now) }
            case .adopt(let ports): state.adopt(ports, now: now)
            case .transmitHandshake(let port, let association, let datagrams):
                for datagram in datagrams { sendHandshake(datagram, from: port, association: association) }
            case .installKeys(let port, let association, let receiving, let sending):
                state.installKeys(port, association: association, receiving: receiving, sending: sending, now: now)
            case .tap(let ports, let points): state.tap(ports, at: points, now: now)
            case .stop: state.stop()
            }
        }
    }

    private mutating func sendHandshake(_ datagram: [UInt8], from port: LocalPortID, association: UInt64) {
        datagram.withUnsafeBytes { bytes in
            state.path.sendHandshake(bytes, from: port, association: association, into: &state.output)
            transmit()
        }
    }

    private mutating func open(_ socket: OwnedSocket, now: UInt64) {
        guard let entry = state.open(socket, now: now) else { return }
        do throws(SystemError) {
            let token = UInt64(socket.port.slot) | UInt64(socket.port.generation) << 32
            try epoll.add(entry.pointee.descriptor, token: token)
            entry.pointee.isWatched = true
        } catch {
            // The port stays deaf until it is released: better than a port that comes and goes.
            state.statistics.socketErrors &+= 1
        }
    }

    private mutating func close(_ port: LocalPortID) {
        guard let entry = state.beginClosing(port) else { return }
        try? epoll.remove(entry.pointee.descriptor)
        state.finishClosing(port.slot, entry)
    }

    /// Both halves of a pair are asked whether they take their leave: each is then closed by a command to come.
    private mutating func park(_ unit: ParkedUnit, now: UInt64) {
        let firstLeaves = state.takesLeave(of: unit.first)
        let secondLeaves = unit.second.map { state.takesLeave(of: $0) } ?? false
        if !firstLeaves, !secondLeaves, state.park(unit, now: now) { return }
        if !firstLeaves { close(unit.first) }
        if let second = unit.second, !secondLeaves { close(second) }
    }

    private mutating func closeExpired(now: UInt64) {
        var done = 0
        while let unit = state.nextExpired(after: done, now: now) {
            done += 1
            close(unit.first)
            if let second = unit.second { close(second) }
        }
    }

    private mutating func closeAll() {
        for slot in 0..<UInt32(state.sockets.end) {
            guard let entry = state.sockets[slot], [.open, .parked].contains(entry.pointee.state) else { continue }
            close(state.port(slot, entry))
        }
    }
}
