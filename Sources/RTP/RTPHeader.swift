/// The header of one RTP packet (RFC 3550 §5.1), with the place of what follows it.
public struct RTPHeader: Sendable, Equatable, BitwiseCopyable {
    /// Bytes of a header without CSRC list and extension.
    public static let minimumCount = 12

    /// Bytes in front of the payload: fixed header, CSRC list and header extension.
    public private(set) var payloadOffset: Int
    /// Time of the first sample, in units of the clock rate.
    public var timestamp: UInt32
    /// The synchronisation source.
    public var ssrc: UInt32
    /// The sequence number, without cycles.
    public var sequenceNumber: UInt16
    /// 0…127
    public var payloadType: UInt8
    /// The marker bit; its meaning is the profile's.
    public var hasMarker: Bool
    /// The last byte of the packet counts the padding. Under SRTP that byte is encrypted, so it is looked at in
    /// ``payload(of:)`` only.
    public private(set) var hasPadding: Bool
    /// The X bit: an extension follows the CSRC list.
    public private(set) var hasExtension: Bool
    /// Number of contributing sources, 0…15.
    public private(set) var contributorCount: UInt8

    /// A header for a new packet, without CSRC list, extension and padding.
    public init(payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32, hasMarker: Bool = false) {
        self.payloadType = payloadType & 0x7F
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.hasMarker = hasMarker
        hasPadding = false
        hasExtension = false
        contributorCount = 0
        payloadOffset = RTPHeader.minimumCount
    }

    /// Reads the header of `packet`; `nil` for another version than 2, or when the packet ends before its CSRC list or
    /// its extension does.
    public init?(_ packet: UnsafeRawBufferPointer) {
        guard packet.count >= RTPHeader.minimumCount else { return nil }
        let first = packet[0]
        guard first >> 6 == 2 else { return nil }
        var offset = RTPHeader.minimumCount &+ Int(first & 0x0F) &* 4
        if first & 0x10 != 0 {
            guard offset &+ 4 <= packet.count else { return nil }
            offset = offset &+ 4 &+ Int(packet.uint16(at: offset &+ 2)) &* 4
        }
        guard offset <= packet.count else { return nil }
        payloadOffset = offset
        contributorCount = first & 0x0F
        hasExtension = first & 0x10 != 0
        hasPadding = first & 0x20 != 0
        hasMarker = packet[1] & 0x80 != 0
        payloadType = packet[1] & 0x7F
        sequenceNumber = packet.uint16(at: 2)
        timestamp = packet.uint32(at: 4)
        ssrc = packet.uint32(at: 8)
    }
}

extension RTPHeader {
    /// A header extension as it stands in the packet (RFC 3550 §5.3.1).
    public struct Extension {
        /// "Defined by profile": 0xBEDE for one-byte elements (RFC 8285 §4.2).
        public let profile: UInt16
        /// The data, a multiple of four bytes, valid as long as the packet's buffer.
        public let bytes: UnsafeRawBufferPointer
    }

    /// The payload of the packet this header was read from, without padding; `nil` when the padding count is zero or
    /// longer than what follows the header. Not to be asked of an encrypted packet.
    public func payload(of packet: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard payloadOffset <= packet.count else { return nil }
        let available = packet.count - payloadOffset
        guard hasPadding else { return packet.slice(payloadOffset, available) }
        guard available > 0 else { return nil }
        let padding = Int(packet[packet.count - 1])
        guard padding > 0, padding <= available else { return nil }
        return packet.slice(payloadOffset, available - padding)
    }

    /// The contributing source at `index` of the packet this header was read from; `nil` past the last one.
    public func contributor(_ index: Int, of packet: UnsafeRawBufferPointer) -> UInt32? {
        let offset = RTPHeader.minimumCount + index * 4
        guard index >= 0, index < Int(contributorCount), offset + 4 <= packet.count else { return nil }
        return packet.uint32(at: offset)
    }

    /// The header extension of the packet this header was read from, if it has one.
    public func headerExtension(of packet: UnsafeRawBufferPointer) -> Extension? {
        let offset = RTPHeader.minimumCount + Int(contributorCount) * 4
        guard hasExtension, offset + 4 <= payloadOffset, payloadOffset <= packet.count else { return nil }
        return Extension(
            profile: packet.uint16(at: offset), bytes: packet.slice(offset + 4, payloadOffset - offset - 4))
    }

    /// Writes the fixed header, without CSRC list, extension and padding, to the front of `packet`.
    ///
    /// - Returns: the bytes written, ``minimumCount``, or `nil` when they do not fit.
    @discardableResult
    public func write(to packet: UnsafeMutableRawBufferPointer) -> Int? {
        guard packet.count >= RTPHeader.minimumCount else { return nil }
        packet[0] = 0x80
        packet[1] = (hasMarker ? 0x80 : 0) | payloadType & 0x7F
        packet.store(sequenceNumber, at: 2)
        packet.store(timestamp, at: 4)
        packet.store(ssrc, at: 8)
        return RTPHeader.minimumCount
    }
}
