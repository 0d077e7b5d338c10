import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath

/// A worker's loop over io_uring: multishot receives into provided buffers, and one system call a turn that submits
/// what the last turn wants to send and waits for the next packets.
struct RingLoop: ~Copyable {
    /// Under load the wait ends early when this many requests have something to say.
    private static let waitCount: UInt32 = 128
    /// Buffers that circulate from the start. Few buffers stay in the cache; more join when a turn uses many.
    private static let initialBuffers = 256
    private static let submissions: UInt32 = 1024
    /// With so many datagrams queued they are handed over within a turn: the packet path's memory for them is limited.
    private static let flushCount = PacketPath.scratchLimit * 3 / 4
    /// How many packets ahead memory is fetched: of the port that receives, then of the one that sends, of the keys of
    /// the one and of those of the other. Each step reads what the one before it has fetched.
    private static let arrivalAhead = 8
    private static let departureAhead = 6
    private static let keysAhead = 4
    private static let sealingAhead = 2
    /// Ends a wait that gathers nothing, so that the wait time can fall back to 0.
    private static let idleNanoseconds: UInt64 = 1_000_000_000

    var state: WorkerState
    var ring: IORing
    let usesFileTable: Bool
    /// The buffers that queued sends may point into.
    private let used: UnsafeMutablePointer<UInt16>
    private var usedCount = 0
    /// Ports whose receive has ended and is to be started again.
    private let endedMemory: MappedMemory
    private let ended: UnsafeMutablePointer<EndedReceive>
    private var endedCount = 0
    /// Receives and the read of the mailbox's event that are under way.
    var inFlight = 0
    /// Counts waits. What was delivered in a wait is older than a lease that a command of the same turn brings.
    var turn: UInt32 = 1
    let eventCounter: UnsafeMutablePointer<UInt64>
    /// Datagrams in queued sends.
    private var queuedDatagrams = 0
    /// What the send queued last sends, for those that can go along with it.
    private var lastSend: Transmission?
    /// Copies of handshake datagrams that queued sends may point into.
    private var handshakeMemory: [UnsafeMutableRawBufferPointer] = []

    init(_ seat: WorkerSeat) throws(SystemError) {
        var buffers = 1
        while buffers < min(max(seat.receiveBuffers, 2), 32_768) { buffers *= 2 }
        var ring = try IORing(submissions: RingLoop.submissions, completions: UInt32(max(buffers * 2, 4096)))
        try ring.makeBuffers(
            count: buffers, payload: seat.largestDatagram, spare: WorkerState.spareBytes,
            initial: RingLoop.initialBuffers)
        if seat.usesFileTable { try ring.registerFiles(count: seat.slots) }
        try ring.enable()
        let state = try WorkerState(seat)
        let endedMemory = try MappedMemory(size: seat.slots * MemoryLayout<EndedReceive>.stride)
        ended = endedMemory.start.bindMemory(to: EndedReceive.self, capacity: seat.slots)
        self.endedMemory = endedMemory
        self.state = state
        self.ring = ring
        usesFileTable = seat.usesFileTable
        used = .allocate(capacity: buffers)
        eventCounter = .allocate(capacity: 1)
        eventCounter.initialize(to: 0)
    }

    deinit {
        used.deallocate()
        eventCounter.deallocate()
        for memory in handshakeMemory { memory.deallocate() }
    }

    /// Runs until told to stop.
    mutating func run() {
        armEvent()
        while true {
            carryOutCommands(now: MonotonicClock.now())
            if state.isStopping { break }
            prepareReceives()
            meetDeadline()
            state.publish()
            turn = RingLoop.turn(after: turn)
            wait()
            let now = MonotonicClock.now()
            // Plans that were left before the packets came hold for them.
            carryOutCommands(now: now)
            if state.isStopping { break }
            takeConverted(now: now)
            let packets = handleCompletions(now: now)
            state.endTurn(packets: packets, now: now, usesWait: ring.hasMinimumWait)
        }
        closeAll()
        state.end()
    }

    /// Never 0, which stands for sockets that got their lease at no turn.
    static func turn(after turn: UInt32) -> UInt32 {
        turn == .max ? 1 : turn + 1
    }

    // MARK: - Waiting

    private mutating func wait() {
        let seen = ring.completionCount
        guard endedCount == 0, state.beginWaiting() else {
            ring.submitAndWait(count: 0)
            repeatFailedSends(after: seen)
            returnBuffers()
            return
        }
        let timeout = state.longestWait()
        let wait = gatheringWait()
        if wait > 0 {
            ring.submitAndWait(
                count: RingLoop.waitCount, minimumMicroseconds: wait,
                timeoutNanoseconds: min(timeout ?? .max, RingLoop.idleNanoseconds))
        } else {
            ring.submitAndWait(count: 1, timeoutNanoseconds: timeout ?? 0)
        }
        state.mailbox.endWaiting()
        state.statistics.wakeUps &+= 1
        repeatFailedSends(after: seen)
        returnBuffers()
    }

    /// For how many microseconds to gather packets now. Sending takes up a good part of a batch's time, so that is done
    /// first.
    private mutating func gatheringWait() -> UInt32 {
        guard state.coalescing.span > 0, ring.hasMinimumWait else { return 0 }
        if ring.queuedCount > 0 { flush() }
        return state.coalescing.wait(at: MonotonicClock.now())
    }

    /// Hands queued requests over. Sends are done then, and the buffers they pointed into are free.
    mutating func flush() {
        let seen = ring.completionCount
        ring.submit()
        repeatFailedSends(after: seen)
        returnBuffers()
    }

    /// Gives the used buffers to the kernel and other memory back, unless some request that may point into it was not
    /// taken.
    mutating func returnBuffers() {
        guard ring.queuedCount == 0 else { return }
        if ring.hasRuns {
            settleRuns()
            guard ring.queuedCount == 0 else { return }
        }
        queuedDatagrams = 0
        // What is still to be queued lies in memory of the path.
        if state.output.count == 0 {
            state.path.batchSent()
            releaseHandshakeMemory()
        }
        guard usedCount > 0 else { return }
        for index in 0..<usedCount { ring.giveBack(used[index]) }
        ring.publishBuffers()
        usedCount = 0
    }

    @inline(__always)
    private mutating func releaseHandshakeMemory() {
        guard !handshakeMemory.isEmpty else { return }
        for memory in handshakeMemory { memory.deallocate() }
        handshakeMemory.removeAll(keepingCapacity: true)
    }

    /// Sees to it that the next wait has buffers, and starts again the receives that have ended.
    private mutating func prepareReceives() {
        let isShort = usedCount &* 2 >= ring.circulatingBufferCount
        guard isShort || endedCount > 0 else { return }
        flush()
        if isShort { ring.circulateMoreBuffers() }
        lookAtEnded()
    }

    private mutating func lookAtEnded() {
        let count = endedCount
        // What cannot be done yet is listed again, at places that have been read.
        endedCount = 0
        for index in 0..<count {
            let (slot, generation) = (ended[index].slot, ended[index].generation)
            // The slot may have another port by now, which has started its own.
            guard let entry = state.sockets[slot], entry.pointee.watchedAs == generation else { continue }
            switch (entry.pointee.state, entry.pointee.isArmed) {
            case (.open, false), (.parked, false): arm(slot, entry)
            case (.closing, true): cancelReceive(slot, generation)
            default: break
            }
        }
    }

    /// Has a receive started again, or cancelled, before the next wait.
    mutating func tryAgainLater(_ slot: UInt32, _ generation: UInt16) {
        // A slot can be listed twice when its port changed hands since the last wait.
        if endedCount == state.sockets.capacity { lookAtEnded() }
        guard endedCount < state.sockets.capacity else { return }
        ended[endedCount] = EndedReceive(slot: slot, generation: generation)
        endedCount &+= 1
    }

    // MARK: - Packets

    mutating func handleCompletions(now: UInt64) -> UInt64 {
        let count = ring.completionCount
        var packets: UInt64 = 0
        for index in (0 &- RingLoop.arrivalAhead)..<0 { prefetch(ahead: index, of: count) }
        for index in 0..<count {
            prefetch(ahead: index, of: count)
            let completion = ring.completion(at: index)
            let token = RequestToken(bits: completion.token)
            switch token.kind {
            case .receive:
                packets &+= handleReceive(completion, token, now: now)
            case .wake:
                inFlight &-= 1
                if !state.isStopping { armEvent() }
            case .send, .cancel, .run, nil:
                break
            }
        }
        ring.removeCompletions(count)
        return packets
    }

    /// Has the memory fetched that the packets behind the one at `index` need.
    @inline(__always)
    private func prefetch(ahead index: Int, of count: Int) {
        if let slot = receivingSlot(at: index &+ RingLoop.arrivalAhead, of: count) {
            state.path.prefetchArrival(on: slot)
        }
        if let slot = receivingSlot(at: index &+ RingLoop.departureAhead, of: count) {
            state.path.prefetchDeparture(on: slot)
        }
        guard state.path.hasLegs else { return }
        if let slot = receivingSlot(at: index &+ RingLoop.keysAhead, of: count) { state.path.prefetchKeys(on: slot) }
        if let slot = receivingSlot(at: index &+ RingLoop.sealingAhead, of: count) {
            state.path.prefetchSealing(on: slot)
        }
    }

    @inline(__always)
    private func receivingSlot(at index: Int, of count: Int) -> UInt32? {
        guard index >= 0, index < count else { return nil }
        let token = RequestToken(bits: ring.completion(at: index).token)
        return token.kind == .receive ? token.slot : nil
    }

    @inline(__always)
    private mutating func handleReceive(_ completion: IORing.Completion, _ token: RequestToken, now: UInt64) -> UInt64 {
        var packets: UInt64 = 0
        if let buffer = completion.buffer {
            if let entry = state.sockets.watched(token.slot, as: token.generation) {
                // Also what came before a lease tells of a sender.
                if !entry.pointee.wasHeard { entry.pointee.wasHeard = true }
                if entry.pointee.lastTurn != turn, let datagram = ring.datagram(of: completion) {
                    packets = 1
                    state.path.receive(
                        slot: token.slot, packet: datagram.bytes, capacity: datagram.capacity,
                        isTruncated: datagram.isTruncated, source: datagram.source, now: now, into: &state.output)
                    transmit()
                }
            } else {
                _ = state.disturb(token.slot, watchedAs: token.generation, now: now)
            }
            used[usedCount] = buffer
            usedCount &+= 1
            if queuedDatagrams >= RingLoop.flushCount { flush() }
        }
        if !completion.hasMore { receiveEnded(completion, token) }
        return packets
    }

    @inline(__always)
    mutating func transmit() {
        for index in 0..<state.output.count {
            let transmission = state.output[index]
            state.statistics.packetsSent &+= 1
            guard let entry = state.sockets.open(transmission.slot, transmission.generation),
                queue(transmission, entry)
            else {
                state.statistics.sendErrors &+= 1
                state.path.transmissionFailed(transmission)
                continue
            }
        }
        state.output.removeAll()
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
            if queuedDatagrams >= RingLoop.flushCount || hasMore { flush() }
            guard hasMore else { return }
        }
    }

    mutating func sendHandshake(_ datagram: [UInt8], from port: LocalPortID, association: UInt64) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, datagram.count), alignment: 16)
        memory.copyBytes(from: datagram)
        handshakeMemory.append(memory)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[..<datagram.count])
        state.path.sendHandshake(bytes, from: port, association: association, into: &state.output)
        transmit()
    }

    @inline(__always)
    private mutating func queue(
        _ transmission: Transmission, _ entry: UnsafeMutablePointer<SocketTable.Entry>
    ) -> Bool {
        queuedDatagrams &+= 1
        if let lastSend, transmission.goesAlong(with: lastSend), entry.pointee.takesRuns,
            ring.join(transmission.bytes, count: transmission.count, token: RequestToken.run.bits)
        {
            return true
        }
        lastSend = transmission
        let file = usesFileTable ? IORing.File.registered(transmission.slot) : .descriptor(entry.pointee.descriptor)
        let token = RequestToken.send(transmission, place: ring.nextPlace).bits
        if ring.send(
            transmission.bytes, count: transmission.count, from: file, to: transmission.destination, token: token)
        {
            return true
        }
        // The packet at hand is not among the used buffers yet, so its bytes stay as they are.
        flush()
        return ring.send(
            transmission.bytes, count: transmission.count, from: file, to: transmission.destination, token: token)
    }

    @inline(never)
    private mutating func receiveEnded(_ completion: IORing.Completion, _ token: RequestToken) {
        guard let entry = state.sockets[token.slot], entry.pointee.watchedAs == token.generation,
            entry.pointee.isArmed
        else { return }
        entry.pointee.isArmed = false
        inFlight &-= 1
        if entry.pointee.state == .closing {
            finishClosing(token.slot, entry)
            return
        }
        if completion.result == -ENOBUFS {
            state.statistics.bufferExhaustions &+= 1
        } else if completion.result < 0 {
            // Such as an ICMP message: the socket works on.
            state.noteErrors(token.slot, entry, error: 0 &- completion.result)
        }
        tryAgainLater(token.slot, token.generation)
    }
}

/// A port whose receive has to be looked at.
private struct EndedReceive: BitwiseCopyable {
    var slot: UInt32
    var generation: UInt16
}
