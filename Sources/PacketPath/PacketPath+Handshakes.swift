public import Forwarding
internal import NetTypes
public import SRTP

extension PacketPath {
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
        leg.pointee.isHandshakeSourceProven = true
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
    /// learned with the keys of the handshake, else the one that takes part in it, else the one that was signalled. Without effect while
    /// none is known, when it has to be proven by more bytes from there first, or when `association` is not the one
    /// that the plan of `port` asks for.
    ///
    /// - Parameter bytes: memory of the caller, which must stay valid until the batch was sent.
    public mutating func sendHandshake(
        _ bytes: UnsafeRawBufferPointer, from port: LocalPortID, association: UInt64,
        into output: inout TransmissionList
    ) {
        guard let start = bytes.baseAddress, bytes.count > 0, let count = Int32(exactly: bytes.count),
            let leg = leg(of: port, association: association), let destination = handshakeDestination(of: leg),
            isOpen(leg.pointee.via), destination != leg.pointee.handshakeSource || leg.pointee.mayAnswer(bytes.count)
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
        let hasKeys = leg.pointee.receiver != nil
        if leg.pointee.agent != nil || (hasKeys && port.pointee.filter.hasLearned) { return port.pointee.endpoint }
        return leg.pointee.handshakeSource ?? port.pointee.endpoint
    }

    /// A DTLS datagram on a port with `leg`.
    @inline(never)
    mutating func receiveHandshake(
        _ packet: UnsafeRawBufferPointer, on port: UnsafeMutablePointer<PortSlot>, _ leg: UnsafeMutablePointer<Leg>,
        source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) -> DropReason? {
        guard leg.pointee.hasAssociation else { return .malformed }
        guard let owner = owner(of: leg), owner.pointee.hasAssociation else { return .handshakeRefused }
        if let seat = leg.pointee.agent {
            guard isAuthenticated(source, leg, seat) else { return .handshakeRefused }
        } else {
            switch invitation(of: packet, from: source, on: port, owner, now: now) {
            case .accepted: break
            case .refused: return .handshakeRefused
            case .unverified(let hello):
                askForCookie(hello, leg, source: source, into: &output)
                return nil
            }
        }
        guard owner.pointee.budget.take(isDone: owner.pointee.receiver != nil, now: now),
            handshakes.append(
                packet, port: owner.pointee.port, association: owner.pointee.association, source: source)
        else { return .handshakeRefused }
        row(Int(leg.pointee.port.slot)).add(1 << 32, CounterRow.Word.protection)
        noteReadiness(of: owner)
        return nil
    }
}
