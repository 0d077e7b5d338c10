internal import SRTPKeying

/// Unprotects what comes in with one master key: SRTP and SRTCP of any number of SSRCs (RFC 3711 §3.3).
///
/// Belongs to one thread at a time. A packet costs no allocation, unless it is the first of an SSRC. Keys are
/// overwritten when the receiver goes. Nothing is learnt from a packet before it is authenticated.
///
/// The roll-over counter of an SSRC not heard before starts at 0 (RFC 3711 §3.3.1). When the packet is not authentic
/// with it, up to ``SRTPPolicy/rolloverGuesses`` others are tried, so that a stream can be joined at any age; for an
/// SSRC that is known, the next two, so that more than 2^15 packets in a row may be lost. A counter never goes back.
/// All such attempts live on a credit, which forged packets use up: then they cost no more than twice the work.
public struct SRTPReceiver: ~Copyable {
    private let transforms: TransformPair
    private var streams: StreamTable
    private let checksWindow: Bool
    private let rolloverGuesses: Int
    private var guessCredit: Int
    /// The index of the packet that was let in last, for who protects it once more with the same key.
    public private(set) var lastIndex: UInt64 = 0

    /// Counters tried beyond the expected one for an SSRC that is known.
    private static let rolloverGuessesAhead = 2

    /// A receiver that has heard nothing yet.
    public init(_ policy: SRTPPolicy) throws(SRTPError) {
        self.init(policy, transforms: try TransformPair(policy, operation: .decrypt))
    }

    init(_ policy: SRTPPolicy, transforms: consuming TransformPair) {
        self.transforms = transforms
        streams = StreamTable(capacity: policy.streamLimit, replayWindow: policy.replayWindow)
        checksWindow = policy.authenticatesRTP
        rolloverGuesses = min(max(0, policy.rolloverGuesses), 0xFFFF)
        guessCredit = 4 * rolloverGuesses
    }

    /// What a packet needs besides the context itself.
    public var memory: ContextMemory {
        ContextMemory(keys: transforms.rtp.block.start, stream: streams.records)
    }

    /// Authenticates and decrypts the SRTP packet that fills `buffer`, in place.
    public mutating func unprotectRTP(_ buffer: UnsafeMutableRawBufferPointer) -> SRTPResult {
        let length = buffer.count &- transforms.rtp.trailerLength
        guard let start = buffer.baseAddress, let headerLength = PacketHeader.rtpHeaderLength(start, length: length)
        else { return .malformed }
        let ssrc = PacketHeader.rtpSSRC(start)
        var packet = PacketTransform.RTPPacket(
            start: start, headerLength: headerLength, length: length, ssrc: ssrc, index: 0)
        guard transforms.rtp.hasMasterKeyIdentifier(packet) else { return .authenticationFailed }
        guard let stream = streams.find(ssrc), !stream.pointee.rtp.isEmpty else { return unprotectFirst(packet) }
        guard let index = stream.pointee.rtp.estimate(PacketHeader.sequenceNumber(start)) else { return .keyExpired }
        guard !checksWindow || stream.pointee.rtp.accepts(index) else { return .replayed }
        packet.index = index
        if transforms.rtp.open(packet) {
            stream.pointee.rtp.record(index)
            lastIndex = index
            return .ok(length: length)
        }
        guard let found = guessRollover(packet, count: Self.rolloverGuessesAhead, above: stream.pointee.rtp.highest)
        else { return .authenticationFailed }
        stream.pointee.rtp.record(found)
        lastIndex = found
        return .ok(length: length)
    }

    /// A packet of an SSRC without state, or whose state made room.
    @inline(never)
    private mutating func unprotectFirst(_ plain: PacketTransform.RTPPacket) -> SRTPResult {
        var packet = plain
        let sequenceNumber = UInt64(PacketHeader.sequenceNumber(plain.start))
        let last = streams.retiredPosition(of: packet.ssrc)?.rtpIndex
        packet.index = sequenceNumber
        if let last {
            // All up to where it stopped counts as seen: its window is gone.
            packet.index |= last & ~0xFFFF
            if checksWindow, packet.index <= last { packet.index &+= 0x1_0000 }
            guard packet.index >> 48 == 0 else { return .keyExpired }
        }
        if !transforms.rtp.open(packet) {
            guard let found = guessRollover(packet, count: rolloverGuesses, above: last) else {
                return .authenticationFailed
            }
            packet.index = found
        }
        let stream = streams.find(packet.ssrc) ?? streams.insert(packet.ssrc)
        stream.pointee.rtp.record(packet.index)
        lastIndex = packet.index
        return .ok(length: packet.length)
    }

    /// Tries the next `count` roll-over counters above that of `packet`, and above `floor`. Returns the index with
    /// which it was authentic; it is then decrypted.
    @inline(never)
    private mutating func guessRollover(_ packet: PacketTransform.RTPPacket, count: Int, above floor: UInt64?)
        -> UInt64?
    {
        guard checksWindow else { return nil }
        guessCredit = min(guessCredit &+ 1, 4 * rolloverGuesses)
        guard count <= guessCredit else { return nil }
        var attempt = packet
        for _ in 0..<count {
            attempt.index &+= 0x1_0000
            guard attempt.index >> 48 == 0 else { return nil }
            if let floor, attempt.index <= floor { continue }
            if transforms.rtp.open(attempt) { return attempt.index }
            guessCredit &-= 1
        }
        return nil
    }

    /// Authenticates and decrypts the SRTCP packet that fills `buffer`, in place. Whether it is encrypted, the packet
    /// says.
    public mutating func unprotectRTCP(_ buffer: UnsafeMutableRawBufferPointer) -> SRTPResult {
        let length = buffer.count &- transforms.rtcp.rtcpTrailerLength
        guard let start = buffer.baseAddress, PacketHeader.isRTCP(start, length: length) else { return .malformed }
        let word = start.loadUnaligned(fromByteOffset: length &+ transforms.rtcp.indexWordOffset, as: UInt32.self)
        let packet = PacketTransform.RTCPPacket(
            start: start, length: length, ssrc: PacketHeader.rtcpSSRC(start), indexWord: UInt32(bigEndian: word))
        guard transforms.rtcp.hasMasterKeyIdentifier(packet) else { return .authenticationFailed }
        let known = streams.find(packet.ssrc)
        if let known {
            guard known.pointee.rtcp.accepts(packet.index) else { return .replayed }
        } else if let last = streams.retiredPosition(of: packet.ssrc)?.rtcpIndex {
            guard packet.index > UInt64(last) else { return .replayed }
        }
        guard transforms.rtcp.open(packet) else { return .authenticationFailed }
        let stream = known ?? streams.insert(packet.ssrc)
        stream.pointee.rtcp.record(packet.index)
        lastIndex = packet.index
        return .ok(length: length)
    }

    /// Where all streams stand, to go on from in another receiver with the same key.
    public var positions: [SRTPStreamPosition] { streams.positions }

    /// Goes on from where another receiver with the same key stood. All packets up to there count as received.
    public mutating func resume(at position: SRTPStreamPosition) {
        let stream = streams.find(position.ssrc) ?? streams.insert(position.ssrc)
        streams.resume(stream, at: position)
    }
}

// The memory behind it has one owner, which is whoever holds the receiver; libcrypto ties no context to a thread.
extension SRTPReceiver: @unchecked Sendable {}
