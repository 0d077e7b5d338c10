import CLinuxIO
internal import CSRTP

/// What is read out of packets that arrive, and packets of protected legs.
extension MediaGenerator {
    /// One of so many encrypted packets is decrypted and checked in full. Of the others the header, the length and the
    /// order are.
    private static let sample: UInt16 = 8

    /// Sends a burst of a protected leg, encrypted in advance if it is not later than that.
    @inline(__always)
    mutating func sendProtected(
        _ leg: UnsafeMutablePointer<Leg>, _ number: Int, _ session: srtp_t, _ now: UInt64, _ lateness: UInt64
    ) {
        let burst = workload.packetsPerBurst
        let first = leg.pointee.sent
        if first < UInt64(sealed.count) {
            noteDeparture(of: number, first, burst)
            transmit(
                leg, sealed.packet(of: number, first), sealed.length(of: number), sealed.distance, now, lateness)
            return
        }
        var length = 0
        for index in 0..<burst {
            let packet = outgoing + index &* outgoingStride
            leg.pointee.writeHeader(to: packet, workload: workload, last: index == burst &- 1)
            PacketStamp(flow: UInt32(truncatingIfNeeded: number), number: first &+ UInt64(index), sentAt: 0)
                .write(to: packet + 12, length: workload.payloadLength)
            length = SRTPTransform.protect(session, packet, workload.packetLength)
        }
        noteDeparture(of: number, first, burst)
        transmit(leg, outgoing, length, outgoingStride, now, lateness)
    }

    /// Notes the moment for `burst` packets from `first` on.
    @inline(__always)
    func noteDeparture(of leg: Int, _ first: UInt64, _ burst: Int) {
        let now = batch_now()
        for index in 0..<UInt64(burst) {
            departures[leg &* departuresKept &+ Int((first &+ index) & UInt64(departuresKept &- 1))] = now
        }
    }

    /// When the packet of a leg left; `nil` when that is no longer known.
    @inline(__always)
    private func departure(of number: UInt64, from leg: Int) -> UInt64? {
        let sent = legs[leg].sent
        guard number < sent, sent &- number <= UInt64(departuresKept) else { return nil }
        return departures[leg &* departuresKept &+ Int(number & UInt64(departuresKept &- 1))]
    }

    /// Hands a datagram of ICE or DTLS to its end.
    @inline(never)
    func attend(
        _ packet: UnsafeMutableRawPointer, _ datagram: batch_datagram, _ leg: UnsafeMutablePointer<Leg>, _ now: UInt64
    ) {
        let number = legs.baseAddress.unsafelyUnwrapped.distance(to: leg)
        let call = calls[number / 2]
        let bytes = UnsafeRawBufferPointer(start: packet, count: min(Int(datagram.length), Self.incomingStride))
        (number.isMultiple(of: 2) ? call.caller : call.callee).webRTC?.take(bytes, now: now)
    }

    /// Judges a datagram and counts it.
    @inline(__always)
    mutating func inspect(
        _ packet: UnsafeMutableRawPointer, _ datagram: batch_datagram, _ leg: UnsafeMutablePointer<Leg>, _ now: UInt64
    ) {
        guard datagram.from_elsewhere == 0 else {
            tally.unexpected &+= 1
            return
        }
        let arrived = datagram.arrived > 0 ? datagram.arrived : now
        let length = min(Int(datagram.length), Self.incomingStride)
        guard let session = leg.pointee.inbound else { return inspectPlain(packet, length, leg, arrived) }
        guard length > workload.packetLength, length <= workload.packetLength &+ 16 else {
            tally.unexpected &+= 1
            return
        }
        let sequence = UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        guard sequence % Self.sample == 0 else { return inspectSealed(packet, sequence, leg, arrived) }
        switch SRTPTransform.unprotect(session, packet, length) {
        case .packet(let length): inspectPlain(packet, length, leg, arrived)
        case .repeated: tally.duplicated &+= 1
        case .refused: tally.corrupted &+= 1
        }
    }

    /// An encrypted packet of which only the header is looked at.
    @inline(__always)
    private mutating func inspectSealed(
        _ packet: UnsafeMutableRawPointer, _ sequence: UInt16, _ leg: UnsafeMutablePointer<Leg>, _ arrived: UInt64
    ) {
        let peer = legs.baseAddress.unsafelyUnwrapped + Int(leg.pointee.peer)
        let ssrc = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        // How many packets the peer has sent since this one.
        let later = UInt64(
            peer.pointee.firstSequence &+ UInt16(truncatingIfNeeded: peer.pointee.sent) &- 1 &- sequence)
        guard ssrc == peer.pointee.ssrc, later < peer.pointee.sent, later < 32_768 else {
            tally.unexpected &+= 1
            return
        }
        take(peer.pointee.sent &- 1 &- later, sentAt: 0, leg, arrived)
    }

    @inline(__always)
    private mutating func inspectPlain(
        _ packet: UnsafeMutableRawPointer, _ length: Int, _ leg: UnsafeMutablePointer<Leg>, _ arrived: UInt64
    ) {
        guard length == workload.packetLength else {
            tally.unexpected &+= 1
            return
        }
        switch PacketStamp.read(from: packet + 12, length: length &- 12) {
        case .foreign: tally.unexpected &+= 1
        case .corrupted: tally.corrupted &+= 1
        case .intact(let stamp):
            guard stamp.flow == UInt32(bitPattern: leg.pointee.peer) else {
                tally.unexpected &+= 1
                return
            }
            take(stamp.number, sentAt: stamp.sentAt, leg, arrived)
        }
    }

    /// Counts a packet of the leg's peer. `sentAt` is 0 where the packet does not say.
    @inline(__always)
    private mutating func take(
        _ number: UInt64, sentAt: UInt64, _ leg: UnsafeMutablePointer<Leg>, _ arrived: UInt64
    ) {
        let arrival = leg.pointee.arrivals.arrived(number)
        guard let left = sentAt > 0 ? sentAt : departure(of: number, from: Int(leg.pointee.peer)),
            left >= windowStart, left < windowEnd
        else { return }
        count(arrival, delay: arrived > left ? arrived &- left : 0)
    }

    @inline(__always)
    private mutating func count(_ arrival: ArrivalWindow.Arrival, delay: UInt64) {
        switch arrival {
        case .duplicate:
            tally.duplicated &+= 1
            return
        case .late: tally.reordered &+= 1
        case .inOrder: break
        }
        tally.received &+= 1
        counts[DelayHistogram.bucket(of: delay)] &+= 1
        longest = max(longest, delay)
    }
}
