/// One packet of a compound RTCP datagram. Valid as long as the datagram's buffer.
///
/// The typed views are `nil` for a packet of another type, or one too short for what it announces.
public struct RTCPPacket {
    /// The packet type octet (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2).
    public struct Kind: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
        /// The octet.
        public let rawValue: UInt8

        /// The type of this number.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// SR
        public static let senderReport = Kind(rawValue: 200)
        /// RR
        public static let receiverReport = Kind(rawValue: 201)
        /// SDES
        public static let sourceDescription = Kind(rawValue: 202)
        /// BYE
        public static let goodbye = Kind(rawValue: 203)
        /// APP
        public static let application = Kind(rawValue: 204)
        /// RTPFB
        public static let transportFeedback = Kind(rawValue: 205)
        /// PSFB
        public static let payloadFeedback = Kind(rawValue: 206)
        /// XR
        public static let extendedReport = Kind(rawValue: 207)
    }

    /// The packet type.
    public let type: Kind
    /// The five bits of the first octet: a number of blocks, a number of sources, or a feedback format.
    public let count: UInt8
    /// What follows the first four octets, without padding.
    public let body: UnsafeRawBufferPointer

    /// The SSRC in front of most bodies: who sends this packet.
    public var senderSSRC: UInt32? {
        switch type {
        case .sourceDescription, .goodbye: nil
        default: body.count >= 4 ? body.uint32(at: 0) : nil
        }
    }

    /// The sender's own part of a sender report.
    public var senderInformation: SenderInformation? {
        guard type == .senderReport, body.count >= 4 + SenderInformation.byteCount else { return nil }
        return SenderInformation(body.slice(4, SenderInformation.byteCount))
    }

    /// The report blocks of a sender or receiver report.
    public var reportBlocks: ReportBlocks? {
        let offset: Int
        switch type {
        case .senderReport: offset = 4 + SenderInformation.byteCount
        case .receiverReport: offset = 4
        default: return nil
        }
        guard body.count >= offset + Int(count) * ReportBlock.byteCount else { return nil }
        return ReportBlocks(body.slice(offset, body.count - offset), count: Int(count))
    }

    /// The chunks of a source description.
    public var sourceDescription: SourceDescriptionReader? {
        type == .sourceDescription ? SourceDescriptionReader(body, chunks: Int(count)) : nil
    }

    /// A goodbye.
    public var goodbye: Goodbye? {
        guard type == .goodbye, body.count >= Int(count) * 4 else { return nil }
        return Goodbye(body, count: Int(count))
    }

    /// A feedback message.
    public var feedback: Feedback? {
        guard type == .transportFeedback || type == .payloadFeedback, body.count >= 8 else { return nil }
        return Feedback(
            format: Feedback.Format(type: type, number: count), senderSSRC: body.uint32(at: 0),
            mediaSSRC: body.uint32(at: 4), controlInformation: body.slice(8, body.count - 8))
    }

    /// The blocks of an extended report.
    public var extendedReport: ExtendedReportReader? {
        guard type == .extendedReport, body.count >= 4 else { return nil }
        return ExtendedReportReader(body.slice(4, body.count - 4))
    }
}
