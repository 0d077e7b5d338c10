internal import Wire

/// Puts a compound RTCP datagram together (RFC 3550 §6.1). For peers that the load generator plays; a relay forwards.
public struct RTCPBuilder: Sendable {
    /// The datagram so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty datagram.
    public init() {}

    /// Appends a sender report with at most 31 blocks; later ones are left out.
    public mutating func appendSenderReport(
        ssrc: UInt32, information: SenderInformation, blocks: some Collection<ReportBlock> = []
    ) {
        let blocks = blocks.prefix(31)
        appendHeader(.senderReport, count: blocks.count, words: 6 + blocks.count * 6)
        append(ssrc)
        append(information.ntpTimestamp)
        append(information.rtpTimestamp)
        append(information.packets)
        append(information.octets)
        for block in blocks { append(block) }
    }

    /// Appends a receiver report with at most 31 blocks; later ones are left out.
    public mutating func appendReceiverReport(ssrc: UInt32, blocks: some Collection<ReportBlock> = []) {
        let blocks = blocks.prefix(31)
        appendHeader(.receiverReport, count: blocks.count, words: 1 + blocks.count * 6)
        append(ssrc)
        for block in blocks { append(block) }
    }

    /// Appends a source description with one chunk of one CNAME, at most 255 octets long.
    public mutating func appendSourceDescription(ssrc: UInt32, cname: String) {
        let octets = cname.octets.prefix(255)
        // SSRC, type, length and text, then one to four null octets.
        let words = (4 + 2 + octets.count) / 4 + 1
        appendHeader(.sourceDescription, count: 1, words: words)
        let end = bytes.count + words * 4
        append(ssrc)
        bytes.append(SourceDescriptionReader.Item.cname)
        bytes.append(UInt8(octets.count))
        bytes.append(contentsOf: octets)
        bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
    }

    /// Appends a goodbye of `ssrc`.
    public mutating func appendGoodbye(ssrc: UInt32) {
        appendHeader(.goodbye, count: 1, words: 1)
        append(ssrc)
    }

    /// Appends a feedback message; `controlInformation` is filled up to a multiple of four octets.
    public mutating func appendFeedback(
        _ format: Feedback.Format, senderSSRC: UInt32, mediaSSRC: UInt32, controlInformation: [UInt8] = []
    ) {
        let words = 2 + (controlInformation.count + 3) / 4
        appendHeader(format.type, count: Int(format.number), words: words)
        let end = bytes.count + words * 4
        append(senderSSRC)
        append(mediaSSRC)
        bytes.append(contentsOf: controlInformation)
        bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
    }

    private mutating func appendHeader(_ type: RTCPPacket.Kind, count: Int, words: Int) {
        bytes.append(0x80 | UInt8(truncatingIfNeeded: count & 0x1F))
        bytes.append(type.rawValue)
        append(UInt16(truncatingIfNeeded: words))
    }

    private mutating func append(_ block: ReportBlock) {
        append(block.ssrc)
        append(UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.cumulativeLost) & 0xFF_FFFF)
        append(block.extendedHighestSequenceNumber)
        append(block.jitter)
        append(block.lastReport)
        append(block.delaySinceLastReport)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
