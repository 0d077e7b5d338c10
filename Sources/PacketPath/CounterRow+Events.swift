internal import Forwarding
internal import NetTypes
internal import RTP
internal import STUN

/// What seldom happens on a port.
extension CounterRow {
    /// Remembers an event; the oldest one makes room.
    @inline(never)
    func note(_ kind: PortEvent.Kind, _ value: UInt64, now: UInt64) {
        let count = load(Word.eventCount)
        let word = Word.events + Int(count % UInt64(Word.eventLimit)) * 2
        beginChange()
        store(UInt64(kind.rawValue) << 56 | (now / 1000) & 0xFF_FFFF_FFFF_FFFF, word)
        store(value, word + 1)
        store(count &+ 1, Word.eventCount)
        endChange()
    }

    /// Drops a packet from a source that nobody knows, and remembers that source.
    @inline(never)
    func refuse(_ source: TransportAddress, traffic: Int, now: UInt64) {
        if load(Word.drops + Int(DropReason.foreignSource.rawValue)) == 0 {
            note(.foreignSource, UInt64(source.port), now: now)
        }
        drop(.foreignSource, traffic: traffic, now: now)
        beginChange()
        store(source.address.high, Word.foreign)
        store(source.address.low, Word.foreign + 1)
        store(Self.describe(source), Word.foreign + 2)
        store(now, Word.foreign + 3)
        endChange()
    }

    /// Drops a packet that could not be decrypted.
    ///
    /// - Parameter source: its SSRC, which nothing vouches for; `nil` for RTCP.
    @inline(never)
    func dropUndecrypted(_ reason: DropReason, source: UInt32?, traffic: Int, now: UInt64) {
        if reason == .authenticationFailed {
            if load(Word.drops + Int(reason.rawValue)) == 0 { note(.authenticationFailed, 0, now: now) }
            if let source { store(1 << 32 | UInt64(source), Word.failedSource) }
        }
        drop(reason, traffic: traffic, now: now)
    }

    /// Counts a packet of a payload type that nobody has spoken of.
    @inline(never)
    func noteUnnegotiated(_ payloadType: UInt8, now: UInt64) {
        if load(Word.unnegotiated) == 0 { note(.unnegotiatedPayloadType, UInt64(payloadType), now: now) }
        add(1, Word.unnegotiated)
        let word = Word.unnegotiated + 1 + Int(payloadType >> 6 & 1)
        store(load(word) | 1 << UInt64(payloadType & 63), word)
    }

    /// Drops a datagram that has no business on its port, and counts what it is.
    @inline(never)
    func dropUnknown(
        _ datagram: UnsafeRawBufferPointer, carriage: Carriage, as reason: DropReason = .malformed, now: UInt64
    ) {
        drop(reason, traffic: PacketPath.Traffic.received(isRTCP: carriage == .rtcp), now: now)
        let kind = DatagramKind(of: datagram)
        let isShort = datagram.count < Self.shortestPacket
        let member: Unexpected =
            switch kind {
            case .rtp where carriage == .rtcp && !isShort: .mediaOnReportPort
            case .stun where STUNMessage.isLikely(datagram): .checks
            case .dtls where !isShort: .handshakes
            default: isShort ? .keepalives : .others
            }
        count(member)
    }

    /// A header of RTP, and the shortest of all that is expected anywhere.
    private static let shortestPacket = 12

    /// Members of ``UnexpectedPackets`` in their order.
    enum Unexpected: Int {
        case checks, handshakes, mediaOnReportPort, keepalives, others, unencrypted, examined
    }

    /// Counts one more.
    func count(_ member: Unexpected) {
        let word = Word.unexpected + member.rawValue / 2
        let shift = UInt64(member.rawValue % 2) * 32
        let value = load(word)
        guard value >> shift & 0xFFFF_FFFF != 0xFFFF_FFFF else { return }
        store(value &+ 1 << shift, word)
    }

    /// How many there were.
    static func value(_ member: Unexpected, _ words: [UInt64]) -> UInt32 {
        UInt32(truncatingIfNeeded: words[Word.unexpected + member.rawValue / 2] >> (UInt64(member.rawValue % 2) * 32))
    }

    /// Counts a payload that was looked at. Once in 32 packets, so that 32 bits are enough.
    func countPayload(isSilent: Bool, isQuiet: Bool, isNegotiated: Bool, octets: Int) {
        add(1 << 32 | (isSilent ? 1 : 0), Word.silence)
        store(load(Word.silenceHistory) &<< 1 | (isSilent || isQuiet ? 1 : 0), Word.silenceHistory)
        store(load(Word.unnegotiatedHistory) &<< 1 | (isNegotiated ? 0 : 1), Word.unnegotiatedHistory)
        store(load(Word.payloadSizes) &<< 16 | UInt64(UInt16(clamping: octets)), Word.payloadSizes)
    }

    /// Counts an error of the socket: in place of a received packet, or of one that was to be sent.
    func noteSocketError(_ error: Int32, isReceived: Bool, now: UInt64) {
        let word = isReceived ? Word.socketErrors : Word.socketErrors + 3
        if isReceived, load(word) == 0 { note(.socketError, UInt64(UInt32(bitPattern: error)), now: now) }
        add(1, word)
        store(UInt64(UInt32(bitPattern: error)), word + 1)
        store(now, word + 2)
    }

    /// Counts an error that concerns the present endpoint.
    func noteUnreachable(now: UInt64) {
        add(1, Word.unreachable)
        store(now, Word.unreachable + 1)
    }
}
