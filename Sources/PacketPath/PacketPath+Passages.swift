internal import Forwarding
internal import SRTP

/// Ciphertext that both sides of a call agree on goes on as it came, once it is authenticated.
extension PacketPath {
    /// Whether packets of this kind that arrive on `port` go on untouched. Without rtcp-mux, RTP and RTCP have sinks of
    /// their own, so each kind is asked for by itself.
    @inline(__always)
    func passesThrough(
        _ port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>, isRTCP: Bool
    ) -> Bool {
        // What is changed has to be protected anew.
        guard isRTCP || !port.pointee.suppression.contains(.sound), !port.pointee.isConverted else { return false }
        if isRTCP, concernsConversions(port - slots) { return false }
        guard let owner = owner(of: leg), let sink = soleSink(of: port, isRTCP: isRTCP) else { return false }
        let comparison = isRTCP ? leg.pointee.rtcpComparison : leg.pointee.rtpComparison
        if comparison.version == owner.pointee.version, comparison.sinkVersion == sink.pointee.version {
            return comparison.passesThrough
        }
        return compareKeys(leg, owner, sink, isRTCP: isRTCP)
    }

    /// The leg whose contexts protect what leaves through the only sink for packets of this kind.
    @inline(__always)
    private func soleSink(of port: UnsafeMutablePointer<PortSlot>, isRTCP: Bool) -> UnsafeMutablePointer<Leg>? {
        let index = isRTCP ? port.pointee.soleRTCPSink : port.pointee.soleRTPSink
        guard index >= 0 else { return nil }
        let sink = port.pointee.sinks[Int(index)]
        guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)),
            let leg = slots[Int(sink.slot)].leg, leg.pointee.isEncrypted
        else { return nil }
        return owner(of: leg)
    }

    /// A sender that has protected anything goes on doing so, so that none of its indices comes twice.
    @inline(never)
    private func compareKeys(
        _ leg: UnsafeMutablePointer<Leg>, _ owner: UnsafeMutablePointer<Leg>, _ sink: UnsafeMutablePointer<Leg>,
        isRTCP: Bool
    ) -> Bool {
        var comparison = Leg.Comparison(version: owner.pointee.version, sinkVersion: sink.pointee.version)
        if !owner.pointee.isPending, !sink.pointee.isPending, let receiving = owner.pointee.receiving,
            let sending = sink.pointee.sending, receiving.isSame(as: sending), owner.pointee.receiver != nil,
            let sender = sink.pointee.sender
        {
            comparison.passesThrough =
                isRTCP ? sender.pointee.lastRTCPIndex == nil : sender.pointee.positions.isEmpty
        }
        if isRTCP {
            leg.pointee.rtcpComparison = comparison
        } else {
            leg.pointee.rtpComparison = comparison
        }
        return comparison.passesThrough
    }

    /// What a port that lets ciphertext through has to hand over when it ends doing so.
    struct Passage {
        fileprivate var isRTCP: Bool
        fileprivate var sink: Leg.Key
        fileprivate var version: UInt64
        fileprivate var positions: [SRTPStreamPosition]
    }

    /// How far the streams are that pass through `slot` untouched.
    func passages(through slot: Int) -> [Passage] {
        let port = slots + slot
        guard let leg = port.pointee.leg, leg.pointee.isEncrypted, let receiver = owner(of: leg)?.pointee.receiver
        else { return [] }
        return [false, true].compactMap { isRTCP in
            let comparison = isRTCP ? leg.pointee.rtcpComparison : leg.pointee.rtpComparison
            guard comparison.passesThrough, passesThrough(port, leg, isRTCP: isRTCP),
                let sink = soleSink(of: port, isRTCP: isRTCP)
            else { return nil }
            return Passage(
                isRTCP: isRTCP, sink: sink.pointee.key, version: sink.pointee.version,
                positions: receiver.pointee.positions)
        }
    }

    /// When nothing passes through `slot` any more, the sink's own sender goes on from where the streams are: else it
    /// would use the indices of the same key once more, and its receiver would refuse them.
    func endPassages(_ passages: [Passage], through slot: Int) {
        for passage in passages { endPassage(passage, through: slot) }
    }

    private func endPassage(_ passage: Passage, through slot: Int) {
        let port = slots + slot
        if let leg = port.pointee.leg, leg.pointee.isEncrypted, passesThrough(port, leg, isRTCP: passage.isRTCP),
            soleSink(of: port, isRTCP: passage.isRTCP)?.pointee.key == passage.sink
        {
            return
        }
        guard isOpen(passage.sink), let sink = slots[Int(passage.sink.slot)].leg,
            sink.pointee.version == passage.version, let sender = sink.pointee.sender
        else { return }
        for position in passage.positions {
            sender.pointee.resume(
                at: SRTPStreamPosition(
                    ssrc: position.ssrc, rtpIndex: passage.isRTCP ? nil : position.rtpIndex,
                    rtcpIndex: passage.isRTCP ? position.rtcpIndex : nil))
        }
    }
}
