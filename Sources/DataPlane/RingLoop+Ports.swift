import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath

/// Sockets come and go between two batches of packets.
extension RingLoop {
    /// How often a second may pass at the end in which no cancelled receive reports back.
    private static let patience = 5
    private static let closesPerTurn: UInt32 = 256

    mutating func carryOutCommands(now: UInt64) {
        state.path.beginTurn(now: now)
        var done = 0
        while let command = state.nextCommand(after: done) {
            done += 1
            switch command {
            case .open(let sockets): for socket in sockets { open(socket, now: now) }
            case .install(let plans): state.install(plans, now: now)
            case .close(let ports): for port in ports where !state.takesLeave(of: port) { close(port) }
            case .park(let units): for unit in units { park(unit, now: now) }
            case .adopt(let ports): state.adopt(ports, turn: turn, now: now)
            case .transmitHandshake(let port, let association, let datagrams):
                for datagram in datagrams { sendHandshake(datagram, from: port, association: association) }
            case .installKeys(let port, let association, let receiving, let sending):
                state.installKeys(port, association: association, receiving: receiving, sending: sending, now: now)
            case .tap(let ports, let points): state.tap(ports, at: points, now: now)
            case .stop: state.stop()
            }
        }
    }

    private mutating func open(_ socket: OwnedSocket, now: UInt64) {
        guard let entry = state.open(socket, now: now) else { return }
        if usesFileTable {
            do throws(SystemError) {
                try ring.setFile(socket.descriptor, at: socket.port.slot)
            } catch {
                // The port stays deaf until it is released: better than a port that comes and goes.
                state.statistics.socketErrors &+= 1
                return
            }
        }
        entry.pointee.isWatched = true
        arm(socket.port.slot, entry)
    }

    /// Starts the receive of a slot.
    mutating func arm(_ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>) {
        let file = usesFileTable ? IORing.File.registered(slot) : .descriptor(entry.pointee.descriptor)
        entry.pointee.watchedAs = entry.pointee.generation
        let token = RequestToken.receive(slot, entry.pointee.watchedAs).bits
        var isQueued = ring.receive(from: file, token: token)
        if !isQueued {
            flush()
            isQueued = ring.receive(from: file, token: token)
        }
        guard isQueued else {
            tryAgainLater(slot, entry.pointee.watchedAs)
            return
        }
        entry.pointee.isArmed = true
        inFlight &+= 1
    }

    /// Starts the read of the mailbox's event.
    mutating func armEvent() {
        let number = state.mailbox.eventNumber
        var isQueued = ring.read(number, into: eventCounter, token: RequestToken.wake.bits)
        if !isQueued {
            flush()
            isQueued = ring.read(number, into: eventCounter, token: RequestToken.wake.bits)
        }
        precondition(isQueued, "a ring that takes no requests cannot be used")
        inFlight &+= 1
    }

    /// A socket is closed when its receive has ended: only then does the kernel let go of the port at once.
    private mutating func close(_ port: LocalPortID) {
        guard let entry = state.beginClosing(port) else { return }
        guard entry.pointee.isArmed else {
            finishClosing(port.slot, entry)
            return
        }
        cancelReceive(port.slot, entry.pointee.watchedAs)
    }

    /// Both halves of a pair are asked whether they take their leave: each is then closed by a command to come.
    private mutating func park(_ unit: ParkedUnit, now: UInt64) {
        let firstLeaves = state.takesLeave(of: unit.first)
        let secondLeaves = unit.second.map { state.takesLeave(of: $0) } ?? false
        if !firstLeaves, !secondLeaves, state.park(unit, now: now) { return }
        if !firstLeaves { close(unit.first) }
        if let second = unit.second, !secondLeaves { close(second) }
    }

    mutating func closeExpired(now: UInt64) {
        var done = 0
        while let unit = state.nextExpired(after: done, now: now) {
            done += 1
            close(unit.first)
            if let second = unit.second { close(second) }
        }
    }

    /// Has a receive end; its last completion closes the socket.
    mutating func cancelReceive(_ slot: UInt32, _ generation: UInt16) {
        if !cancel(RequestToken.receive(slot, generation)) { tryAgainLater(slot, generation) }
    }

    private mutating func cancel(_ target: RequestToken) -> Bool {
        if ring.cancel(target.bits, token: RequestToken.cancel.bits) { return true }
        flush()
        return ring.cancel(target.bits, token: RequestToken.cancel.bits)
    }

    /// Closes a socket that no request refers to any more.
    mutating func finishClosing(_ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>) {
        // Packets that were to leave through it are out before its number can name another socket.
        flush()
        if usesFileTable { try? ring.setFile(nil, at: slot) }
        state.finishClosing(slot, entry)
    }

    /// Ends all receives and closes all sockets. One by one: the kernel's way to cancel everything looks at each
    /// request once for every other one.
    mutating func closeAll() {
        for slot in 0..<UInt32(state.sockets.end) {
            guard let entry = state.sockets[slot], [.open, .parked].contains(entry.pointee.state) else { continue }
            close(state.port(slot, entry))
            if slot % RingLoop.closesPerTurn == 0 { collect(waitingFor: 0) }
        }
        // A read that cannot be cancelled is not waited for: it ends with the ring.
        if !cancel(.wake) { inFlight &-= 1 }
        var patience = RingLoop.patience
        while inFlight > 0, patience > 0 {
            if collect(waitingFor: 1) == -ETIME { patience -= 1 }
        }
        // The ring's end takes care of the rest, some time later.
        for slot in 0..<UInt32(state.sockets.end) {
            if let entry = state.sockets[slot], entry.pointee.state == .closing { finishClosing(slot, entry) }
        }
    }

    @discardableResult
    private mutating func collect(waitingFor count: UInt32) -> Int32 {
        let seen = ring.completionCount
        let result = ring.submitAndWait(count: count, timeoutNanoseconds: 1_000_000_000)
        repeatFailedSends(after: seen)
        returnBuffers()
        _ = handleCompletions(now: MonotonicClock.now())
        return result
    }
}
