import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath
import SRTP

/// What a worker has, whichever way its packets come: ports, packet path, commands and numbers. It lives on the
/// worker's stack and never leaves the thread.
struct WorkerState: ~Copyable {
    /// Most commands carried out between two batches of packets: a flood of them must not hold up media.
    static let commandsPerTurn = 128
    /// Room for the copies of one packet.
    static let copiesPerPacket = 1024
    /// With so many copies of earlier packets these leave before the next packet is looked at.
    static let keptBack = 64
    /// Bytes behind a received datagram for what protection adds to it: the longest tag, an index, and room for an MKI.
    static let spareBytes = 64
    /// Commands that come in shorter intervals are taken in turns of this length.
    static let napNanoseconds: UInt64 = 2_000_000

    var path: PacketPath
    var sockets: SocketTable
    var output: TransmissionList
    var coalescing: CoalescingPolicy
    var statistics = WorkerStatistics()
    let mailbox: Mailbox
    /// Sockets to which ICMP is not listened for a while, the longest first, and when the first one's time is over.
    var quietSockets: [QuietSocket] = []
    var nextReport = UInt64.max
    /// Units that were parked, in that order, from ``nextParked`` on, and when the first one's time is over.
    var parkedSince: [ParkedSince] = []
    var nextParked = 0
    var nextExpiry = UInt64.max
    let parkedPorts: ParkedPorts
    let parking: ParkingPolicy
    private(set) var isStopping = false
    private var commands: [WorkerCommand] = []
    private var nextCommand = 0
    /// When commands were found last, and how long after those before.
    private var lastMail: UInt64 = 0
    private var mailGap = UInt64.max
    private var isNapping = false
    private let index: UInt16
    private let closedSlots: ClosedSlots
    private let published: PublishedStatistics
    private let handshakes: HandshakeGate?
    private let converters: ConverterGate
    /// More was converted than was taken.
    private var hasConverted = false
    /// Somebody knocked before the wait that was begun, so that it must not be long.
    private(set) var isKnocked = false

    init(_ seat: WorkerSeat) throws(SystemError) {
        path = PacketPath(
            capacity: seat.slots, pools: seat.pools, ownAddresses: seat.ownAddresses, software: seat.softwareName,
            flightRecorderBytes: seat.flightRecorderBytes,
            conversionRings: seat.converters.rings(of: seat.index))
        sockets = try SocketTable(capacity: seat.slots)
        output = TransmissionList(capacity: WorkerState.copiesPerPacket + WorkerState.keptBack)
        coalescing = CoalescingPolicy(maximum: seat.maximumWaitMicroseconds, now: MonotonicClock.now())
        mailbox = seat.mailbox
        index = UInt16(truncatingIfNeeded: seat.index)
        closedSlots = seat.closedSlots
        parkedPorts = seat.parkedPorts
        parking = seat.parking
        published = seat.published
        handshakes = seat.handshakes.map { HandshakeGate(worker: seat.index, of: $0) }
        converters = ConverterGate(worker: seat.index, of: seat.converters)
    }

    /// Commands were left for the next turn, or more have come.
    var hasCommands: Bool { nextCommand < commands.count }

    /// The next command to carry out now; `nil` when this turn had its share.
    mutating func nextCommand(after done: Int) -> WorkerCommand? {
        if nextCommand == commands.count {
            if nextCommand > 0 {
                commands.removeAll(keepingCapacity: commands.count <= WorkerState.commandsPerTurn)
                nextCommand = 0
            }
            mailbox.take(into: &commands)
            if !commands.isEmpty {
                let now = MonotonicClock.now()
                mailGap = now &- lastMail
                lastMail = now
            }
        }
        guard done < WorkerState.commandsPerTurn, nextCommand < commands.count else { return nil }
        let command = commands[nextCommand]
        nextCommand += 1
        statistics.commands &+= 1
        return command
    }

    /// Says that the worker is going to wait; false when it must not because there are commands.
    ///
    /// Under a flow of calls it only naps: commands that come meanwhile wait for the end of the nap, which costs less than
    /// a wake-up for each. The kernel keeps the packets of new ports for so long.
    mutating func beginWaiting() -> Bool {
        guard !hasCommands, !hasConverted else { return false }
        isNapping =
            mailGap < WorkerState.napNanoseconds && MonotonicClock.now() &- lastMail < WorkerState.napNanoseconds
        guard mailbox.beginWaiting(napping: isNapping) else { return false }
        // From here on a knock wakes the worker, or is found after its nap. One that came before cuts no wait short in
        // which packets gather.
        isKnocked = mailbox.isKnocked
        return true
    }

    mutating func install(_ plans: [ForwardingPlan], now: UInt64) {
        for plan in plans {
            let effect = path.install(plan, now: now)
            guard let entry = sockets.open(plan.port.slot, plan.port.generation) else { continue }
            // Another way may lead to another peer.
            entry.pointee.takesRuns = true
            if let tos = effect.newTOS { setTOS(tos, of: entry) }
        }
    }

    mutating func setTOS(_ tos: UInt8, of entry: UnsafeMutablePointer<SocketTable.Entry>) {
        guard entry.pointee.tos != tos else { return }
        do throws(SystemError) {
            try UDPSocket.setTOS(tos, of: entry.pointee.descriptor, family: entry.pointee.family)
            entry.pointee.tos = tos
        } catch {
            // Packets leave with the old marking: worse service, but service.
            statistics.socketErrors &+= 1
        }
    }

    /// Takes over a socket. `nil`, and the socket closed, when the slot is not free, which would be our own mistake.
    mutating func open(_ socket: OwnedSocket, now: UInt64) -> UnsafeMutablePointer<SocketTable.Entry>? {
        guard let entry = sockets.fill(socket) else {
            _ = FileDescriptor(takingOwnershipOf: socket.descriptor)
            return nil
        }
        path.open(socket.port, pool: socket.pool, now: now)
        statistics.openPorts &+= 1
        return entry
    }

    mutating func tap(_ ports: [LocalPortID], at points: TapPoints, now: UInt64) {
        for port in ports { path.tap(port, at: points, now: now) }
    }

    /// Lets no more packets in or out of a port. Its entry, to be closed; `nil` for a port that is neither open nor
    /// parked.
    mutating func beginClosing(_ port: LocalPortID) -> UnsafeMutablePointer<SocketTable.Entry>? {
        guard let entry = sockets[port.slot], entry.pointee.generation == port.generation else { return nil }
        switch entry.pointee.state {
        case .open: path.close(port)
        case .parked:
            statistics.parkedPorts &-= 1
            statistics.openPorts &+= 1
        case .closed, .closing: return nil
        }
        entry.pointee.state = .closing
        return entry
    }

    /// Closes the socket of a slot and gives the slot and its port back.
    mutating func finishClosing(_ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>) {
        _ = FileDescriptor(takingOwnershipOf: entry.pointee.descriptor)
        entry.pointee.state = .closed
        statistics.openPorts &-= 1
        closedSlots.append(slot)
    }

    /// The name of the port that has a slot.
    func port(_ slot: UInt32, _ entry: UnsafeMutablePointer<SocketTable.Entry>) -> LocalPortID {
        LocalPortID(worker: index, slot: slot, generation: entry.pointee.generation)
    }

    /// Whether the port is to be closed later, by another command, when the handshakes are done with it.
    func takesLeave(of port: LocalPortID) -> Bool {
        guard sockets.open(port.slot, port.generation) != nil else { return false }
        return handshakes?.takesLeave(of: port) ?? false
    }

    /// Gives a port the keys of its handshake.
    mutating func installKeys(
        _ port: LocalPortID, association: UInt64, receiving: SRTPPolicy, sending: SRTPPolicy, now: UInt64
    ) {
        path.installKeys(port, association: association, receiving: receiving, sending: sending, now: now)
        handshakes?.established(port, association: association)
    }

    /// Hands over what the handshakes have got. To be called before each wait.
    mutating func passHandshakes(now: UInt64) {
        let gate = handshakes
        while let event = path.nextHandshakeEvent() { gate?.pass(event) }
        while path.nextHandshakeDatagram({ datagram in
            gate?.pass(datagram.bytes, to: datagram.port, association: datagram.association, now: now)
        }) {}
        gate?.wakeThreads()
    }

    /// Hands over what is to be converted. To be called before each wait.
    mutating func passConversions() {
        let gate = converters
        path.publishConversions { gate.wake($0) }
    }

    /// Forwards some of what was converted. True when there is more, and that the list has to be sent first.
    mutating func takeConverted(now: UInt64) -> Bool {
        guard mailbox.answerKnock() || hasConverted else { return false }
        for ring in converters.returns where !ring.isEmpty {
            hasConverted = path.takeConverted(
                from: ring, limit: WorkerState.keptBack, now: now, into: &output)
            if hasConverted { return true }
        }
        hasConverted = false
        return false
    }

    /// How long to wait for packets at most, in nanoseconds, at least 1; `nil` for as long as it takes.
    func longestWait() -> UInt64? {
        if isKnocked { return 1 }
        let nap = isNapping ? WorkerState.napNanoseconds : nil
        let deadline = min(path.nextDeadline ?? .max, nextExpiry)
        guard deadline != .max else { return nap }
        let now = MonotonicClock.now()
        return min(deadline > now ? deadline &- now : 1, nap ?? .max)
    }

    mutating func stop() {
        isStopping = true
    }

    /// Takes note of a batch.
    mutating func endTurn(packets: UInt64, now: UInt64, usesWait: Bool) {
        if packets > 0 {
            statistics.batches &+= 1
            statistics.packetsReceived &+= packets
        }
        if nextReport <= now { resumeErrorReports(now: now) }
        coalescing.observe(packets, now: now)
        statistics.currentWaitMicroseconds = usesWait ? UInt64(coalescing.span) : 0
    }

    /// Lets other threads see the numbers. To be called before each wait, which may be long.
    func publish() {
        published.publish(statistics)
        path.publishTaps()
    }

    /// Gives back what was still on its way when the worker ended.
    mutating func end() {
        for slot in mailbox.close() { closedSlots.append(slot) }
        for command in commands[nextCommand...] {
            guard case .open(let sockets) = command else { continue }
            for socket in sockets {
                _ = FileDescriptor(takingOwnershipOf: socket.descriptor)
                closedSlots.append(socket.port.slot)
            }
        }
        commands = []
        nextCommand = 0
        statistics.currentWaitMicroseconds = 0
        published.publish(statistics)
    }
}
