import Glibc
import LinuxIO
import PacketPath

/// Sends that fail although nothing is wrong with them.
extension RingLoop {
    /// To be called after each submission, before the buffers that its sends point into go back.
    ///
    /// Failed sends are done with at once, so that their completions are the first new ones: one look is all that this
    /// costs.
    @inline(__always)
    mutating func repeatFailedSends(after seen: Int) {
        guard ring.completionCount > seen, RequestToken(bits: ring.completion(at: seen).token).isTransmission else {
            return
        }
        sendAgain(after: seen)
    }

    /// An ICMP message about an earlier packet makes a send fail (see ``WorkerState/noteErrors(_:_:error:)``).
    @inline(never)
    private mutating func sendAgain(after seen: Int) {
        var place = ring.submissionStart
        for index in seen..<ring.completionCount {
            let completion = ring.completion(at: index)
            let token = RequestToken(bits: completion.token)
            guard token.isTransmission else { return }
            // Runs are settled when their memory is given back.
            guard token.kind == .send else { continue }
            guard let datagram = ring.refusedDatagram(completion.token, after: &place), completion.result != -EAGAIN,
                let entry = state.sockets.open(token.slot, token.generation)
            else { continue }
            state.noteErrors(token.slot, entry)
            if datagram.sendAgain(from: entry.pointee.descriptor) >= 0 { ring.blankCompletion(at: index) }
        }
    }
}
