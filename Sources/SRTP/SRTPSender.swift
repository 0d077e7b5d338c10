internal import SRTPKeying

/// Protects what goes out with one master key: RTP and RTCP of any number of SSRCs (RFC 3711 §3.3).
///
/// Belongs to one thread at a time. A packet costs no allocation. Keys are overwritten when the sender goes.
///
/// No index is used twice, so that no keystream is: a packet that repeats the index of an earlier one, or comes
/// later than the window, is refused as ``SRTPResult/replayed``. Its receiver would have to discard it anyway.
///
/// A packet that somebody else has protected with the same key already must keep its index, since another one may
/// belong to another packet of theirs. It may be protected as often as wanted: that gives the same keystream for the
/// same octets.
public struct SRTPSender: ~Copyable {
    private let transforms: TransformPair
    private var streams: StreamTable
    /// Of the next SRTCP packet, whatever its SSRC. One count for all keeps every pair of SSRC and index unique,
    /// even for an SSRC whose state made room.
    private var nextRTCPIndex: UInt32 = 0

    /// A sender at the start of all its indices.
    public init(_ policy: SRTPPolicy) throws(SRTPError) {
        self.init(policy, transforms: try TransformPair(policy, operation: .encrypt))
    }

    init(_ policy: SRTPPolicy, transforms: consuming TransformPair) {
        self.transforms = transforms
        streams = StreamTable(capacity: policy.streamLimit, replayWindow: policy.replayWindow, forgets: false)
    }

    /// What a packet needs besides the context itself.
    public var memory: ContextMemory {
        ContextMemory(keys: transforms.rtp.block.start, stream: streams.records)
    }

    /// How many octets more than it has must be there behind an RTP packet.
    public var rtpOverhead: Int { transforms.rtp.trailerLength }
    /// How many octets more than it has must be there behind an RTCP packet.
    public var rtcpOverhead: Int { transforms.rtcp.rtcpTrailerLength }

    /// Protects the RTP packet in the first `length` octets of `buffer`, in place; the rest of the buffer is room.
    ///
    /// - Parameter given: the index with which the packet came, protected with this key.
    public mutating func protectRTP(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, keeping given: UInt64? = nil
    ) -> SRTPResult {
        guard let start = buffer.baseAddress, length <= buffer.count,
            let headerLength = PacketHeader.rtpHeaderLength(start, length: length)
        else { return .malformed }
        guard buffer.count &- length >= transforms.rtp.trailerLength else { return .bufferTooSmall }
        let ssrc = PacketHeader.rtpSSRC(start)
        guard let stream = streams.find(ssrc) ?? streams.insert(unlessForgetting: ssrc) else { return .keyExpired }
        guard let index = given ?? stream.pointee.rtp.estimate(PacketHeader.sequenceNumber(start)) else {
            return .keyExpired
        }
        let isNew = stream.pointee.rtp.accepts(index)
        guard isNew || given != nil else { return .replayed }
        let packet = PacketTransform.RTPPacket(
            start: start, headerLength: headerLength, length: length, ssrc: ssrc, index: index)
        if isNew { stream.pointee.rtp.record(index) }
        guard transforms.rtp.seal(packet) else { return .cipherFailed }
        return .ok(length: length &+ transforms.rtp.trailerLength)
    }

    /// Protects the compound RTCP packet in the first `length` octets of `buffer`, in place; the rest of the buffer
    /// is room.
    ///
    /// - Parameter given: the index with which the packet came, protected with this key.
    public mutating func protectRTCP(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, keeping given: UInt64? = nil
    ) -> SRTPResult {
        guard let start = buffer.baseAddress, length <= buffer.count, PacketHeader.isRTCP(start, length: length) else {
            return .malformed
        }
        let overhead = transforms.rtcp.rtcpTrailerLength
        guard buffer.count &- length >= overhead else { return .bufferTooSmall }
        let index = given.map { UInt32(truncatingIfNeeded: $0) } ?? nextRTCPIndex
        guard index < PacketTransform.RTCPPacket.encryptionFlag else { return .keyExpired }
        let flag = transforms.rtcp.encrypts ? PacketTransform.RTCPPacket.encryptionFlag : 0
        let packet = PacketTransform.RTCPPacket(
            start: start, length: length, ssrc: PacketHeader.rtcpSSRC(start), indexWord: flag | index)
        nextRTCPIndex = max(nextRTCPIndex, index &+ 1)
        guard transforms.rtcp.seal(packet) else { return .cipherFailed }
        return .ok(length: length &+ overhead)
    }

    /// Where all streams stand, to go on from in another sender with the same key. The SRTCP index, being common to
    /// all, is ``lastRTCPIndex``.
    public var positions: [SRTPStreamPosition] { streams.positions }

    /// The index of the last SRTCP packet.
    public var lastRTCPIndex: UInt32? { nextRTCPIndex == 0 ? nil : nextRTCPIndex &- 1 }

    /// Goes on from where another sender with the same key stood, unless this one is beyond that. All earlier indices count
    /// as used.
    public mutating func resume(at position: SRTPStreamPosition) {
        if let index = position.rtpIndex {
            guard let stream = streams.find(position.ssrc) ?? streams.insert(unlessForgetting: position.ssrc)
            else { return }
            let next = stream.pointee.rtp.isEmpty ? index : max(index, stream.pointee.rtp.highest)
            streams.resume(stream, at: SRTPStreamPosition(ssrc: position.ssrc, rtpIndex: next, rtcpIndex: nil))
        }
        if let index = position.rtcpIndex {
            nextRTCPIndex = max(nextRTCPIndex, (index & ~PacketTransform.RTCPPacket.encryptionFlag) &+ 1)
        }
    }
}

// The memory behind it has one owner, which is whoever holds the sender; libcrypto ties no context to a thread.
extension SRTPSender: @unchecked Sendable {}
