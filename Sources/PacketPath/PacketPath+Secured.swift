internal import Forwarding
internal import ICE
internal import NetTypes
internal import RTP
internal import SRTP
internal import STUN

extension PacketPath {
    /// A datagram on a planned port with a leg: checks and handshakes branch off, media is authenticated before
    /// anything is learned from it.
    @inline(never)
    mutating func receiveSecured(
        _ packet: UnsafeMutableRawBufferPointer, room: Int, on port: UnsafeMutablePointer<PortSlot>,
        _ leg: UnsafeMutablePointer<Leg>, source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) {
        let slot = Int(leg.pointee.port.slot)
        let row = row(slot)
        let carriage = port.pointee.carries
        let datagram = UnsafeRawBufferPointer(packet)
        let portTraffic = Traffic.received(isRTCP: carriage == .rtcp)
        let kind = DatagramKind(of: datagram)
        let isMedia = kind == .rtp && carriage != .rtcp || kind == .rtcp
        if kind == .stun, let seat = leg.pointee.agent, carriage != .opaque || STUNMessage.isLikely(datagram) {
            if !receiveCheck(datagram, leg, seat, source: source, now: now, into: &output) {
                row.drop(.stunRefused, traffic: portTraffic, now: now)
            }
            return
        }
        if kind == .dtls, carriage != .opaque {
            if let reason = receiveHandshake(datagram, on: port, leg, source: source, now: now, into: &output) {
                if leg.pointee.hasAssociation {
                    row.drop(reason, traffic: portTraffic, now: now)
                } else {
                    row.dropUnknown(datagram, carriage: carriage, as: reason, now: now)
                }
            }
            return
        }
        guard isMedia || carriage == .opaque else {
            return row.dropUnknown(datagram, carriage: carriage, now: now)
        }
        let isRTCP = kind == .rtcp && carriage != .opaque
        let traffic = Traffic.received(isRTCP: isRTCP)
        // A trial: what it has learned counts only once the packet turns out to be authentic.
        var filter = port.pointee.filter
        var verdict = SourceFilter.Verdict.accepted
        let usesChecks: Bool
        if let seat = leg.pointee.agent, seat.pointee.hasRemote {
            usesChecks = true
            if !isAuthenticated(source, leg, seat) { verdict = .foreign }
        } else {
            usesChecks = false
            verdict = filter.admit(source, decides: !isRTCP || carriage == .rtcp, now: now)
        }
        if verdict == .foreign { return row.refuse(source, traffic: traffic, now: now) }
        var count = packet.count
        let passes = leg.pointee.isEncrypted && passesThrough(port, leg, isRTCP: isRTCP)
        if leg.pointee.isEncrypted {
            // Before the cipher touches it.
            let isPlain = leg.pointee.isSuspicious && isInTheClear(datagram, isRTCP: isRTCP)
            let result = unprotect(
                packet, carriage: carriage, isRTCP: isRTCP, leg, inScratch: passes, port: slot, now: now)
            guard case .ok(let length) = result else {
                suspect(leg, row, result, isPlain: isPlain)
                return row.dropUndecrypted(
                    DropReason(receiving: result), source: isRTCP ? nil : Self.source(of: datagram), traffic: traffic,
                    now: now)
            }
            leg.pointee.isSuspicious = false
            count = length
            if port.pointee.isTapped {
                tapDecrypted(datagram, count: count, passes: passes, port, slot, source)
            }
        }
        guard var arrived = ArrivedPacket(packet, count: count, room: room, on: carriage) else {
            return row.drop(.malformed, traffic: traffic, now: now)
        }
        if !usesChecks {
            port.pointee.filter = filter
            if verdict == .learned { publishEndpoint(of: port, row, now: now) }
        }
        if row.load(CounterRow.Word.lastPacket) == 0 { row.note(.firstPacket, UInt64(source.port), now: now) }
        if arrived.kind == .rtcp, !passes {
            readReports(UnsafeRawBufferPointer(start: arrived.bytes, count: arrived.count), on: slot, now: now)
        }
        self.count(arrived, byteCount: packet.count, on: slot, row, traffic: traffic, now: now)
        if arrived.kind == .rtcp, conversionCount > 0, !convertReports(&arrived, on: slot) { return }
        if port.pointee.isRestrained,
            !letsPass(&arrived, on: port, slot: slot, row, traffic: traffic, now: now)
        {
            return
        }
        if passes {
            arrived.count = packet.count
            arrived.isProtected = true
        } else if leg.pointee.isEncrypted, !arrived.hasOwnSource, let owner = owner(of: leg),
            let receiver = owner.pointee.receiver
        {
            arrived.keyNumber = owner.pointee.receivingKey
            arrived.index = arrived.isAltered ? ArrivedPacket.alteredIndex : receiver.pointee.lastIndex
        }
        forward(arrived, from: port, row, traffic: traffic, now: now, into: &output)
    }

    /// Takes a connectivity check, and sends what the agent has to say; false when it was refused.
    @inline(never)
    private mutating func receiveCheck(
        _ datagram: UnsafeRawBufferPointer, _ leg: UnsafeMutablePointer<Leg>, _ seat: AgentTable.Seat,
        source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) -> Bool {
        let receipt = seat.pointee.agent.receive(datagram, onLocal: leg.pointee.candidate, from: source, now: now)
        serve(seat, now: now, into: &output)
        return receipt == .accepted
    }

    /// Whether checks have shown that the peer of `leg` sends from `source`.
    @inline(__always)
    func isAuthenticated(
        _ source: TransportAddress, _ leg: UnsafeMutablePointer<Leg>, _ seat: AgentTable.Seat
    ) -> Bool {
        if leg.pointee.knownEpoch == seat.pointee.epoch, leg.pointee.knownSource == source { return true }
        return askAgent(source, leg, seat)
    }

    @inline(never)
    private func askAgent(
        _ source: TransportAddress, _ leg: UnsafeMutablePointer<Leg>, _ seat: AgentTable.Seat
    ) -> Bool {
        guard leg.pointee.candidate >= 0,
            seat.pointee.agent.hasAuthenticated(source, onLocal: leg.pointee.candidate)
        else { return false }
        leg.pointee.knownSource = source
        leg.pointee.knownEpoch = seat.pointee.epoch
        return true
    }

    /// The leg whose contexts and handshake count for `leg`; `nil` when that port is gone.
    @inline(__always)
    func owner(of leg: UnsafeMutablePointer<Leg>) -> UnsafeMutablePointer<Leg>? {
        let key = leg.pointee.owner
        if key == leg.pointee.key { return leg }
        guard isOpen(key) else { return nil }
        return slots[Int(key.slot)].leg
    }
}
