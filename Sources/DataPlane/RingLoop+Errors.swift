import Glibc
import LinuxIO
import NetTypes
import PacketPath

/// Sends that fail, some although nothing is wrong with them.
extension RingLoop {
    /// To be called after each submission, before the buffers that its sends point into go back.
    ///
    /// Sends are done within the submission, so failed ones are among the completions that are new. Receives that were
    /// started with it or had something to say may have theirs in front.
    @inline(__always)
    mutating func repeatFailedSends(after seen: Int) {
        let count = ring.completionCount
        var index = seen
        while index < count {
            if RequestToken(bits: ring.completion(at: index).token).kind == .send { sendAgain(index) }
            index &+= 1
        }
    }

    /// An ICMP message about an earlier packet makes a send fail (see ``WorkerState/noteErrors(_:_:error:)``).
    @inline(never)
    private mutating func sendAgain(_ index: Int) {
        let completion = ring.completion(at: index)
        let token = RequestToken(bits: completion.token)
        let datagram = ring.refusedDatagram(completion.token, at: token.place)
        ring.blankCompletion(at: index)
        var error = 0 &- completion.result
        if let datagram, DatagramIO.mayBeAboutAnother(error),
            let entry = state.sockets.open(token.slot, token.generation)
        {
            state.noteErrors(token.slot, entry)
            let result = datagram.sendAgain(from: entry.pointee.descriptor)
            if result >= 0 { return }
            error = Int32(truncatingIfNeeded: 0 &- result)
        }
        sendFailed(token, count: datagram?.count ?? 0, error: error)
    }

    /// Deals with the runs that the kernel refused, before the memory of their datagrams is given back.
    @inline(never)
    mutating func settleRuns() {
        for index in 0..<ring.completionCount {
            let completion = ring.completion(at: index)
            let token = RequestToken(bits: completion.token)
            guard token.kind == .run, completion.result < 0, let run = ring.run(token.run) else { continue }
            settle(token.run, run.count, RequestToken(bits: run.token), error: 0 &- completion.result)
        }
        ring.forgetRuns()
        submit()
    }

    /// Sends the datagrams of a run that failed by themselves, unless that would fail like the run. Where the kernel
    /// refuses runs and no message of an earlier packet explains it, the port sends no more of them.
    private mutating func settle(_ run: UInt64, _ count: Int, _ first: RequestToken, error: Int32) {
        let entry = state.sockets.open(first.slot, first.generation)
        let isRepeated = DatagramIO.mayBeAboutAnother(error)
        if isRepeated, let entry {
            let messages = state.noteErrors(first.slot, entry)
            if messages == 0, DatagramRun.isRefused(error) { entry.pointee.takesRuns = false }
        }
        for index in 0..<count {
            let bytes = ring.datagram(index, ofRun: run)
            if isRepeated, let entry, let destination = ring.destination(ofRun: run),
                queueAgain(bytes, to: destination, first, entry)
            {
                continue
            }
            sendFailed(first, count: Int32(truncatingIfNeeded: bytes.count), error: error)
        }
    }

    private mutating func queueAgain(
        _ bytes: UnsafeRawBufferPointer, to destination: TransportAddress, _ first: RequestToken,
        _ entry: UnsafeMutablePointer<SocketTable.Entry>
    ) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        let count = Int32(truncatingIfNeeded: bytes.count)
        let file = usesFileTable ? IORing.File.registered(first.slot) : .descriptor(entry.pointee.descriptor)
        let token = first.at(ring.nextPlace).bits
        if ring.send(start, count: count, from: file, to: destination, token: token) { return true }
        submit()
        return ring.send(start, count: count, from: file, to: destination, token: token)
    }

    /// Hands queued requests over, and nothing back.
    private mutating func submit() {
        let seen = ring.completionCount
        ring.submit()
        repeatFailedSends(after: seen)
    }

    /// Counts a datagram of `count` bytes that has not left.
    private mutating func sendFailed(_ token: RequestToken, count: Int32, error: Int32) {
        state.statistics.sendErrors &+= 1
        state.path.transmissionFailed(
            Transmission(
                slot: token.slot, generation: token.generation,
                destination: TransportAddress(.unspecified(.ipv4), 0), bytes: UnsafeRawPointer(eventCounter),
                count: count, isRTCP: token.isRTCP, isControl: token.isControl), error: error,
            now: MonotonicClock.now())
    }
}
