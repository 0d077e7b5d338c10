internal import Forwarding
internal import NetTypes
internal import RTP
internal import SRTP

extension PacketPath {
    /// Authenticates and decrypts a packet in place, or in memory of the path that is forgotten again: then the packet
    /// stays as it was, and only the length of the result is worth something.
    @inline(__always)
    func unprotect(
        _ packet: UnsafeMutableRawBufferPointer, carriage: Carriage, isRTCP: Bool, _ leg: UnsafeMutablePointer<Leg>,
        inScratch: Bool
    ) -> SRTPResult? {
        guard carriage != .opaque, let owner = owner(of: leg), !owner.pointee.isPending,
            let receiver = owner.pointee.receiver
        else { return nil }
        guard inScratch else {
            return isRTCP ? receiver.pointee.unprotectRTCP(packet) : receiver.pointee.unprotectRTP(packet)
        }
        guard packet.count <= ScratchRing.bufferCount, let buffer = scratch.pointee.take() else {
            return .bufferTooSmall
        }
        scratch.pointee.giveBack()
        buffer.copyMemory(from: UnsafeRawBufferPointer(packet))
        let copy = UnsafeMutableRawBufferPointer(rebasing: buffer[..<packet.count])
        return isRTCP ? receiver.pointee.unprotectRTCP(copy) : receiver.pointee.unprotectRTP(copy)
    }

    /// Sends a packet through the port of `leg`; the reason when that cannot be. It comes in its parts, so that the path
    /// of plain packets need not keep the whole in memory.
    ///
    /// - Parameter inPlace: nobody else gets these bytes.
    @inline(never)
    func sendSecured(
        _ bytes: UnsafeMutableRawPointer, count: Int, room: Int, _ kind: ArrivedPacket.Kind, isProtected: Bool,
        through port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>, inPlace: Bool,
        into output: inout TransmissionList
    ) -> DropReason? {
        let via = leg.pointee.via
        guard let destination = port.pointee.endpoint, isOpen(via) else { return .noDestination }
        let row = row(Int(via.slot))
        let isRTCP = kind == .rtcp
        let traffic = Traffic.sent(isRTCP: isRTCP)
        guard output.count < output.capacity else {
            row.drop(.sendFailed, traffic: traffic)
            return nil
        }
        let header = kind == .rtp ? RTPHeader(UnsafeRawBufferPointer(start: bytes, count: count)) : nil
        var outcome = UnsafeMutableRawBufferPointer(start: bytes, count: count)
        if leg.pointee.isEncrypted, !isProtected {
            let room = inPlace ? room : 0
            if let reason = protect(&outcome, room: room, kind, leg) { return reason }
        }
        guard let start = outcome.baseAddress else { return .malformed }
        _ = output.append(
            Transmission(
                slot: via.slot, generation: via.generation, destination: destination, bytes: UnsafeRawPointer(start),
                count: Int32(truncatingIfNeeded: outcome.count), isRTCP: isRTCP))
        row.add(1, traffic)
        row.add(UInt64(truncatingIfNeeded: outcome.count), traffic &+ 1)
        if let header { row.countEgress(header, byteCount: outcome.count) }
        return nil
    }

    /// Encrypts `packet`, within `room` octets in place or else in memory of the path; the reason when that cannot be.
    @inline(__always)
    private func protect(
        _ packet: inout UnsafeMutableRawBufferPointer, room: Int, _ kind: ArrivedPacket.Kind,
        _ leg: UnsafeMutablePointer<Leg>
    ) -> DropReason? {
        guard kind != .opaque, let owner = owner(of: leg), !owner.pointee.isPending, let sender = owner.pointee.sender
        else { return .notKeyed }
        let isRTCP = kind == .rtcp
        let length = packet.count
        let need = length &+ (isRTCP ? sender.pointee.rtcpOverhead : sender.pointee.rtpOverhead)
        let isCopy = need > room
        var buffer = UnsafeMutableRawBufferPointer(start: packet.baseAddress, count: room)
        if isCopy {
            guard need <= ScratchRing.bufferCount, let copy = scratch.pointee.take() else { return .sendFailed }
            copy.copyMemory(from: UnsafeRawBufferPointer(packet))
            buffer = copy
        }
        let result =
            isRTCP
            ? sender.pointee.protectRTCP(buffer, length: length) : sender.pointee.protectRTP(buffer, length: length)
        guard case .ok(let protectedLength) = result else {
            if isCopy { scratch.pointee.giveBack() }
            return DropReason(sending: result)
        }
        packet = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: protectedLength)
        return nil
    }
}

/// Ciphertext that both sides of a call agree on goes on as it came, once it is authenticated.
extension PacketPath {
    /// Whether packets that arrive on `port` go on untouched.
    @inline(__always)
    func passesThrough(_ port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>) -> Bool {
        guard port.pointee.sinkCount == 1, let owner = owner(of: leg), let sink = soleSink(of: port) else {
            return false
        }
        if leg.pointee.comparedVersion == owner.pointee.version,
            leg.pointee.comparedSinkVersion == sink.pointee.version
        {
            return leg.pointee.passesThrough
        }
        return compareKeys(leg, owner, sink)
    }

    /// The leg whose contexts protect what leaves through the only sink of `port`.
    @inline(__always)
    private func soleSink(of port: UnsafeMutablePointer<PortSlot>) -> UnsafeMutablePointer<Leg>? {
        let sink = port.pointee.sinks[0]
        guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)),
            let leg = slots[Int(sink.slot)].leg, leg.pointee.isEncrypted
        else { return nil }
        return owner(of: leg)
    }

    /// A sender that has protected anything goes on doing so, so that none of its SRTCP indices comes twice.
    @inline(never)
    private func compareKeys(
        _ leg: UnsafeMutablePointer<Leg>, _ owner: UnsafeMutablePointer<Leg>, _ sink: UnsafeMutablePointer<Leg>
    ) -> Bool {
        leg.pointee.comparedVersion = owner.pointee.version
        leg.pointee.comparedSinkVersion = sink.pointee.version
        leg.pointee.passesThrough = false
        guard !owner.pointee.isPending, !sink.pointee.isPending, let receiving = owner.pointee.receiving,
            let sending = sink.pointee.sending, receiving.isSame(as: sending), owner.pointee.receiver != nil,
            let sender = sink.pointee.sender, sender.pointee.lastRTCPIndex == nil, sender.pointee.positions.isEmpty
        else { return false }
        leg.pointee.passesThrough = true
        return true
    }

    /// What a port that lets ciphertext through has to hand over when it ends doing so.
    struct Passage {
        fileprivate var sink: Leg.Key
        fileprivate var version: UInt64
        fileprivate var positions: [SRTPStreamPosition]
    }

    /// How far the streams are that pass through `slot` untouched.
    func passage(through slot: Int) -> Passage? {
        let port = slots + slot
        guard let leg = port.pointee.leg, leg.pointee.isEncrypted, leg.pointee.passesThrough,
            passesThrough(port, leg), let receiver = owner(of: leg)?.pointee.receiver, let sink = soleSink(of: port)
        else { return nil }
        return Passage(sink: sink.pointee.key, version: sink.pointee.version, positions: receiver.pointee.positions)
    }

    /// When nothing passes through `slot` any more, the sink's own sender goes on from where the streams are: else it
    /// would use the indices of the same key once more, and its receiver would refuse them.
    func endPassage(_ passage: Passage, through slot: Int) {
        let port = slots + slot
        if let leg = port.pointee.leg, leg.pointee.isEncrypted, passesThrough(port, leg),
            soleSink(of: port)?.pointee.key == passage.sink
        {
            return
        }
        guard isOpen(passage.sink), let sink = slots[Int(passage.sink.slot)].leg,
            sink.pointee.version == passage.version, let sender = sink.pointee.sender
        else { return }
        for position in passage.positions { sender.pointee.resume(at: position) }
    }
}

extension DropReason {
    /// Why a received packet was not let in.
    init(receiving result: SRTPResult?) {
        switch result {
        case .malformed: self = .malformed
        case .replayed: self = .replayed
        case .keyExpired: self = .keyExpired
        case .bufferTooSmall: self = .sendFailed
        case .authenticationFailed, .cipherFailed, .ok: self = .authenticationFailed
        case nil: self = .notKeyed
        }
    }

    /// Why a packet could not be protected.
    init(sending result: SRTPResult) {
        switch result {
        case .malformed: self = .malformed
        case .replayed: self = .replayed
        case .keyExpired: self = .keyExpired
        case .authenticationFailed, .bufferTooSmall, .cipherFailed, .ok: self = .sendFailed
        }
    }
}
