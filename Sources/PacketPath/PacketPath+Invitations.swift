internal import Forwarding
internal import NetTypes

/// Who takes part in a handshake where neither checks nor media have shown where the peer is.
extension PacketPath {
    /// Whoever has begun a handshake keeps it from others of the same rank until silent for this long.
    /// Longer than a peer that repeats its flight may be quiet in the usual case: 1, 2 and 4 s (RFC 6347 §4.2.4.1).
    private static let handshakeHold: UInt64 = 8_000_000_000
    /// And for so long at most while it comes to nothing.
    private static let handshakeTurn: UInt64 = 20_000_000_000

    /// What becomes of a DTLS datagram.
    enum Invitation {
        case accepted
        case refused
        /// Its sender has to show first that it receives at its address.
        case unverified(ClientHello)
    }

    /// Without ICE: whether `source` may take part in the handshake.
    ///
    /// As client the relay hears only whom it has sent its ClientHello to. As server it hears whoever has shown first
    /// that it receives where it says it is (RFC 6347 §4.2.1), and lets somebody else who has shown that begin anew if
    /// it agrees better with the signalled endpoint.
    mutating func invitation(
        of packet: UnsafeRawBufferPointer, from source: TransportAddress, on port: UnsafeMutablePointer<PortSlot>,
        _ leg: UnsafeMutablePointer<Leg>, now: UInt64
    ) -> Invitation {
        guard let rank = port.pointee.filter.handshakeRank(of: source) else { return .refused }
        let holder = leg.pointee.handshakeSource
        if source == holder {
            leg.pointee.handshakeSeenAt = now
            leg.pointee.handshakeCredit += packet.count * Leg.answerFactor
            return .accepted
        }
        if leg.pointee.receiver != nil { return rank == .exact ? .accepted : .refused }
        let role = leg.pointee.handshake?.role ?? .server
        if role != .server, source == handshakeDestination(of: leg) { return .accepted }
        guard role != .client, let hello = ClientHello(packet) else { return .refused }
        let isFree = holder == nil || now >= leg.pointee.handshakeSeenAt &+ Self.handshakeHold
        if hello.isVerified(source, by: helloSecret) {
            guard
                isFree || rank.rawValue > leg.pointee.handshakeRank
                    || now >= leg.pointee.handshakeBeganAt &+ Self.handshakeTurn
            else { return .refused }
            letBegin(leg, source, rank, isProven: true, now: now)
            return .accepted
        }
        // libssl takes a verified hello in one piece only. Those in several are long, and so may the answer be.
        guard isFree, hello.isFragment else { return .unverified(hello) }
        letBegin(leg, source, rank, isProven: false, now: now)
        leg.pointee.handshakeCredit = packet.count * Leg.answerFactor
        return .accepted
    }

    /// `source` has the handshake now. What somebody else has begun is over: his flights must not go to the new one.
    private mutating func letBegin(
        _ leg: UnsafeMutablePointer<Leg>, _ source: TransportAddress, _ rank: SourceFilter.Rank, isProven: Bool,
        now: UInt64
    ) {
        if leg.pointee.handshakeSource != nil, leg.pointee.hasBegun, let plan = leg.pointee.handshake {
            events.append(.end(leg.pointee.port, association: plan.association))
            leg.pointee.isReady = true
            events.append(.begin(leg.pointee.port, plan, isReady: false))
        }
        leg.pointee.handshakeSource = source
        leg.pointee.handshakeRank = rank.rawValue
        leg.pointee.handshakeSeenAt = now
        leg.pointee.handshakeBeganAt = now
        leg.pointee.isHandshakeSourceProven = isProven
    }

    /// Asks the sender of `hello` for the cookie that proves its address.
    mutating func askForCookie(
        _ hello: ClientHello, _ leg: UnsafeMutablePointer<Leg>, source: TransportAddress,
        into output: inout TransmissionList
    ) {
        guard output.count < output.capacity, let buffer = scratch.pointee.take(), let start = buffer.baseAddress
        else { return }
        let count = hello.writeVerifyRequest(source, helloSecret, to: buffer)
        let key = leg.pointee.key
        _ = output.append(
            Transmission(
                slot: key.slot, generation: key.generation, destination: source, bytes: UnsafeRawPointer(start),
                count: Int32(truncatingIfNeeded: count), isRTCP: false, isControl: true))
    }
}

extension Leg {
    /// Bytes that may be sent for each one that came from an address which nobody has vouched for.
    static let answerFactor = 3

    /// Whether `count` bytes may go to whoever has the handshake.
    mutating func mayAnswer(_ count: Int) -> Bool {
        guard handshakeSource != nil, !isHandshakeSourceProven else { return true }
        guard handshakeCredit >= count else { return false }
        handshakeCredit -= count
        return true
    }
}
