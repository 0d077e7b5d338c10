public import Forwarding
internal import NetTypes
public import SRTP

extension PacketPath {
    /// Whoever has begun a handshake keeps it from others of the same rank until silent for this long.
    /// Longer than a peer that repeats its flight may be quiet in the usual case: 1, 2 and 4 s (RFC 6347 §4.2.4.1).
    private static let handshakeHold: UInt64 = 8_000_000_000

    /// Hands the oldest DTLS datagram that waits to `body`; false when there is none.
    ///
    /// A few hundred datagrams of up to 2 KiB wait at most; what is more is dropped.
    public mutating func nextHandshakeDatagram(_ body: (HandshakeDatagram) -> Void) -> Bool {
        handshakes.popFirst(body)
    }

    /// The oldest news for the handshakes; `nil` when there is none. To be drained after every installation, closing,
    /// received packet and deadline.
    public mutating func nextHandshakeEvent() -> HandshakeEvent? {
        events.popFirst()
    }

    /// Takes over the keys of a finished handshake. Ignored unless `association` is the one that the plan of `port`
    /// asks for.
    public mutating func installKeys(
        _ port: LocalPortID, association: UInt64, receiving: SRTPPolicy, sending: SRTPPolicy, now: UInt64
    ) {
        guard let leg = leg(of: port, association: association) else { return }
        setKeys(leg, receiving: receiving, sending: sending)
        publishProtection(of: leg, now: now)
        // Ports of further local addresses use the same keys.
        guard let seat = leg.pointee.agent else { return }
        for socket in seat.pointee.sockets where isOpen(socket.key) {
            guard let other = slots[Int(socket.key.slot)].leg, other.pointee.owner == leg.pointee.key else { continue }
            publishProtection(of: other, now: now)
        }
    }

    /// Appends a DTLS datagram for the peer of `port`: to the endpoint that ICE has found, else the one that was
    /// learned, else the one that takes part in the handshake, else the one that was signalled. Without effect while
    /// none is known, or when `association` is not the one that the plan of `port` asks for.
    ///
    /// - Parameter bytes: memory of the caller, which must stay valid until the batch was sent.
    public mutating func sendHandshake(
        _ bytes: UnsafeRawBufferPointer, from port: LocalPortID, association: UInt64,
        into output: inout TransmissionList
    ) {
        guard let start = bytes.baseAddress, bytes.count > 0, let count = Int32(exactly: bytes.count),
            let leg = leg(of: port, association: association), let destination = handshakeDestination(of: leg),
            isOpen(leg.pointee.via)
        else { return }
        _ = output.append(
            Transmission(
                slot: leg.pointee.via.slot, generation: leg.pointee.via.generation, destination: destination,
                bytes: start, count: count, isRTCP: false, isControl: true))
    }

    private func leg(of port: LocalPortID, association: UInt64) -> UnsafeMutablePointer<Leg>? {
        guard isOpen(port), let leg = slots[Int(port.slot)].leg, leg.pointee.hasAssociation,
            leg.pointee.association == association
        else { return nil }
        return leg
    }

    func handshakeDestination(of leg: UnsafeMutablePointer<Leg>) -> TransportAddress? {
        let port = slots + Int(leg.pointee.port.slot)
        if leg.pointee.agent != nil || port.pointee.filter.hasLearned { return port.pointee.endpoint }
        return leg.pointee.handshakeSource ?? port.pointee.endpoint
    }

    /// A DTLS datagram on a port with `leg`.
    @inline(never)
    mutating func receiveHandshake(
        _ packet: UnsafeRawBufferPointer, on port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>,
        source: TransportAddress, now: UInt64
    ) -> DropReason? {
        guard leg.pointee.hasAssociation else { return .malformed }
        guard let owner = owner(of: leg), owner.pointee.hasAssociation else { return .handshakeRefused }
        if let seat = leg.pointee.agent {
            guard isAuthenticated(source, leg, seat) else { return .handshakeRefused }
        } else {
            guard isInvited(source, on: port, owner, now: now) else { return .handshakeRefused }
        }
        guard owner.pointee.budget.take(isDone: owner.pointee.receiver != nil, now: now),
            handshakes.append(
                packet, port: owner.pointee.port, association: owner.pointee.association, source: source)
        else { return .handshakeRefused }
        row(Int(leg.pointee.port.slot)).add(1 << 32, CounterRow.Word.protection)
        noteReadiness(of: owner)
        return nil
    }

    /// Without ICE: whether `source` may take part in the handshake. Of several that may, the one that agrees best
    /// with the signalled endpoint does, and of equals the first one until it falls silent.
    private func isInvited(
        _ source: TransportAddress, on port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>,
        now: UInt64
    ) -> Bool {
        guard let rank = port.pointee.filter.handshakeRank(of: source)?.rawValue else { return false }
        if let holder = leg.pointee.handshakeSource, holder != source, rank <= leg.pointee.handshakeRank,
            now < leg.pointee.handshakeSeenAt &+ Self.handshakeHold
        {
            return false
        }
        leg.pointee.handshakeSource = source
        leg.pointee.handshakeRank = rank
        leg.pointee.handshakeSeenAt = now
        return true
    }
}
