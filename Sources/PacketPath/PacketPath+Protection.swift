internal import Forwarding
internal import NetTypes
internal import RTP
internal import SRTP

extension PacketPath {
    /// Authenticates and decrypts a packet in place, or in memory of the path that is forgotten again: then the packet
    /// stays as it was, and only the length of the result is worth something; reports in it are read on the way.
    @inline(__always)
    func unprotect(
        _ packet: UnsafeMutableRawBufferPointer, carriage: Carriage, isRTCP: Bool, _ leg: UnsafeMutablePointer<Leg>,
        inScratch: Bool, port slot: Int, now: UInt64
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
        guard isRTCP else { return receiver.pointee.unprotectRTP(copy) }
        let result = receiver.pointee.unprotectRTCP(copy)
        if case .ok(let length) = result, length <= copy.count {
            readReports(UnsafeRawBufferPointer(rebasing: copy[..<length]), on: slot, now: now)
        }
        return result
    }

    /// Sends a packet through the port of `leg`; the reason when that cannot be. It comes in its parts, so that the path
    /// of plain packets need not keep the whole in memory.
    ///
    /// - Parameter inPlace: nobody else gets these bytes.
    @inline(never)
    func sendSecured(
        _ bytes: UnsafeMutableRawPointer, count: Int, room: Int, _ kind: ArrivedPacket.Kind, isProtected: Bool,
        keyNumber: UInt64, index: UInt64, through port: UnsafeMutablePointer<PortSlot>,
        _ leg: UnsafeMutablePointer<Leg>, inPlace: Bool, into output: inout TransmissionList
    ) -> DropReason? {
        let via = leg.pointee.via
        guard let destination = port.pointee.endpoint, isOpen(via) else { return .noDestination }
        let row = row(Int(via.slot))
        let isRTCP = kind == .rtcp
        let traffic = Traffic.sent(isRTCP: isRTCP)
        guard output.count < output.capacity else {
            row.drop(.sendFailed, traffic: traffic, now: observer.pointee.now)
            return nil
        }
        let header = kind == .rtp ? RTPHeader(UnsafeRawBufferPointer(start: bytes, count: count)) : nil
        var outcome = UnsafeMutableRawBufferPointer(start: bytes, count: count)
        if port.pointee.isTapped, leg.pointee.isEncrypted {
            tapBeforeProtection(
                bytes, count: count, isProtected: isProtected, port, Int(leg.pointee.port.slot), to: destination)
        }
        if leg.pointee.isEncrypted, !isProtected {
            let room = inPlace ? room : 0
            if let reason = protect(&outcome, room: room, kind, keyNumber, index, leg) { return reason }
        }
        guard let start = outcome.baseAddress else { return .malformed }
        if port.pointee.isTapped {
            tapDeparture(
                UnsafeRawBufferPointer(outcome), slots + Int(via.slot), Int(via.slot),
                points: leg.pointee.isEncrypted ? .wireOut : [.wireOut, .clearOut], to: destination)
        }
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
        _ packet: inout UnsafeMutableRawBufferPointer, room: Int, _ kind: ArrivedPacket.Kind, _ keyNumber: UInt64,
        _ index: UInt64, _ leg: UnsafeMutablePointer<Leg>
    ) -> DropReason? {
        guard kind != .opaque, let owner = owner(of: leg), !owner.pointee.isPending, let sender = owner.pointee.sender
        else { return .notKeyed }
        let isRTCP = kind == .rtcp
        // Both sides have one key: then an index of our own would be one that the packet's source has for another.
        var given = keyNumber != 0 && keyNumber == owner.pointee.sendingKey ? index : nil
        let isOther = given == ArrivedPacket.alteredIndex
        if isOther {
            // Only what the proxy wants silent is RTP that was changed.
            guard isRTCP else { return .blocked }
            given = nil
        }
        let length = packet.count
        let need = length &+ (isRTCP ? sender.pointee.rtcpOverhead : sender.pointee.rtpOverhead)
        let isCopy = need > room
        var buffer = UnsafeMutableRawBufferPointer(start: packet.baseAddress, count: room)
        if isCopy {
            guard need <= ScratchRing.bufferCount, let copy = scratch.pointee.take() else { return .sendFailed }
            copy.copyMemory(from: UnsafeRawBufferPointer(packet))
            buffer = copy
        }
        // Nobody else's nonces have this SSRC.
        if isOther, let start = buffer.baseAddress { Self.disguise(start + 4, by: reportDisguise) }
        let result =
            isRTCP
            ? sender.pointee.protectRTCP(buffer, length: length, keeping: given)
            : sender.pointee.protectRTP(buffer, length: length, keeping: given)
        guard case .ok(let protectedLength) = result else {
            if isCopy { scratch.pointee.giveBack() }
            return DropReason(sending: result)
        }
        packet = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: protectedLength)
        return nil
    }
}

extension PacketPath {
    /// Changes the SSRC at `place`, in network byte order, in a way that a second time takes back.
    @inline(__always)
    static func disguise(_ place: UnsafeMutableRawPointer, by mask: UInt32) {
        let ssrc = place.loadUnaligned(as: UInt32.self)
        place.storeBytes(of: ssrc ^ mask.bigEndian, as: UInt32.self)
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
