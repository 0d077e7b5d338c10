internal import RTP

/// Writes a compound RTCP datagram over itself. Nothing that is written is longer than what it stands for, so that it
/// never overtakes the reading.
struct RTCPRewriter {
    private let start: UnsafeMutableRawPointer
    private(set) var count = 0
    private var report = 0
    private var blocks = 0

    init(_ start: UnsafeMutableRawPointer) {
        self.start = start
    }

    /// Takes over a packet as it is, but for padding.
    mutating func copy(_ packet: RTCPPacket) {
        let body = packet.body
        writeHeader(packet.type, count: packet.count, words: body.count / 4)
        if let source = body.baseAddress {
            (start + count + 4).copyMemory(from: source, byteCount: body.count / 4 * 4)
        }
        count += 4 + body.count / 4 * 4
    }

    /// Takes over of an extended report what gives round trips: times, but nothing about packets.
    mutating func copyTimes(of packet: RTCPPacket) {
        guard let sender = packet.senderSSRC, var reader = packet.extendedReport else { return }
        let begin = count
        var end = count + 4
        store(sender, at: end)
        end += 4
        while let block = reader.nextSound() {
            guard block.referenceTime != nil || block.receiverReportCount > 0 else { continue }
            let (type, specific, body) = (block.type, block.specific, block.body)
            let words = UInt16(truncatingIfNeeded: body.count / 4)
            if let source = body.baseAddress { (start + end + 4).copyMemory(from: source, byteCount: body.count) }
            (start + end).storeBytes(of: type, as: UInt8.self)
            (start + end + 1).storeBytes(of: specific, as: UInt8.self)
            store(words, at: end + 2)
            end += 4 + body.count
        }
        guard end > begin + 8 else { return }
        writeHeader(packet.type, count: packet.count, words: (end - begin) / 4 - 1)
        count = end
    }

    /// Begins a sender report, or without information a receiver report.
    mutating func begin(_ sender: UInt32, _ information: SenderInformation?) {
        report = count
        blocks = 0
        isSender = information != nil
        store(sender, at: count + 4)
        count += 8
        guard let information else { return }
        store(information.ntpTimestamp, at: count)
        store(information.rtpTimestamp, at: count + 8)
        store(information.packets, at: count + 12)
        store(information.octets, at: count + 16)
        count += 20
    }

    private var isSender = false

    /// Adds a block to the report.
    mutating func append(_ block: ReportBlock) {
        store(block.ssrc, at: count)
        store(UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.cumulativeLost) & 0xFF_FFFF, at: count + 4)
        store(block.extendedHighestSequenceNumber, at: count + 8)
        store(block.jitter, at: count + 12)
        store(block.lastReport, at: count + 16)
        store(block.delaySinceLastReport, at: count + 20)
        count += 24
        blocks += 1
    }

    /// Ends the report.
    mutating func end() {
        let words = (count - report) / 4 - 1
        let length = count
        count = report
        writeHeader(isSender ? .senderReport : .receiverReport, count: UInt8(truncatingIfNeeded: blocks), words: words)
        count = length
    }

    private func writeHeader(_ type: RTCPPacket.Kind, count number: UInt8, words: Int) {
        (start + count).storeBytes(of: 0x80 | number & 0x1F, as: UInt8.self)
        (start + count + 1).storeBytes(of: type.rawValue, as: UInt8.self)
        store(UInt16(truncatingIfNeeded: words), at: count + 2)
    }

    private func store(_ value: some FixedWidthInteger & BitwiseCopyable, at place: Int) {
        (start + place).storeBytes(of: value.bigEndian, as: type(of: value).self)
    }
}
