import Forwarding
import RTP
import Transcoding

/// Transcoding: whatever comes, the outgoing stream is one that its receiver can follow, and no packet costs more than it
/// may.
///
/// The first two octets choose formats and packet time; then follow packets: length, steps of sequence number and
/// timestamp, payload type, payload.
enum TranscodingProperties {
    private static let formats: [CodedFormat] = [
        CodedFormat(payloadType: 0, encoding: .pcmu, clockRate: 8000),
        CodedFormat(payloadType: 111, encoding: .opus, clockRate: 48_000, channels: 2, parameters: "stereo=1;usedtx=1"),
        CodedFormat(payloadType: 9, encoding: .g722, clockRate: 8000),
        CodedFormat(payloadType: 3, encoding: .gsm, clockRate: 8000),
        CodedFormat(payloadType: 120, encoding: .l16, clockRate: 16_000),
        CodedFormat(payloadType: 121, encoding: .l16, clockRate: 48_000, channels: 2),
        CodedFormat(payloadType: 112, encoding: .opus, clockRate: 48_000, channels: 2, bitrate: 1),
        // No such format.
        CodedFormat(payloadType: 122, encoding: .l16, clockRate: 44_100),
    ]
    private static let events = Conversion(
        source: CodedFormat(payloadType: 101, encoding: .telephoneEvent, clockRate: 48_000),
        target: CodedFormat(payloadType: 102, encoding: .telephoneEvent, clockRate: 8000))
    private static let packetLimit = 64

    static func violation(_ bytes: [UInt8]) -> String? {
        var reader = ByteReader(bytes)
        let shape = reader.byte()
        let source = formats[Int(shape & 7)]
        let target = formats[Int(shape >> 3 & 7)]
        let milliseconds = Int(reader.byte())
        var plan = ForwardingPlan(port: LocalPortID(worker: 0, slot: 0, generation: 0), carries: .rtp)
        plan.conversions = [
            Conversion(source: source, target: target, packetMilliseconds: milliseconds), events,
            Conversion(
                source: CodedFormat(payloadType: 13, encoding: .comfortNoise, clockRate: 8000), target: target),
        ]
        plan.clockRates = [96: 90_000, 97: 8000]
        var transcoder = Transcoder(ConversionSet(plan), ssrc: 1)
        let workspace = SoundWorkspace()
        var batch = PacketBatch()
        var next: UInt16?
        var (sequence, timestamp, now) = (UInt16(0), UInt32(0), UInt64(1))
        let types: [UInt8] = [source.payloadType, source.payloadType, 101, 13, 96, 97, 0x80 | source.payloadType]
        for _ in 0..<packetLimit where !reader.isAtEnd {
            let kind = reader.byte()
            let step = reader.byte()
            sequence &+= step < 200 ? 1 : UInt16(truncatingIfNeeded: Int(Int8(bitPattern: step &* 37)))
            let pace = reader.byte()
            timestamp &+= pace < 200 ? source.clockRate / 50 : UInt32(1) << UInt32(pace & 31)
            let payload = reader.octets(Int(reader.byte()) * (kind & 0x80 == 0 ? 1 : 8))
            var packet = header(types[Int(kind & 0x7F) % types.count], sequence, timestamp) + payload
            if kind & 0x40 != 0 { packet[0] |= 0x20 }
            now &+= UInt64(pace) << 20
            batch.removeAll()
            if kind & 0x20 != 0 { transcoder.deadlineReached(now: now, with: workspace, into: &batch) }
            _ = packet.withUnsafeBytes { transcoder.receive($0, now: now, with: workspace, into: &batch) }
            if let violation = violation(batch, &next) { return violation }
            if pace == 77 { transcoder.update(ConversionSet(plan)) }
        }
        return nil
    }

    private static func header(_ type: UInt8, _ sequence: UInt16, _ timestamp: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: RTPHeader.minimumCount)
        _ = bytes.withUnsafeMutableBytes {
            RTPHeader(
                payloadType: type & 0x7F, sequenceNumber: sequence, timestamp: timestamp, ssrc: 1,
                hasMarker: type & 0x80 != 0
            ).write(to: $0)
        }
        return bytes
    }

    private static func violation(_ batch: borrowing PacketBatch, _ next: inout UInt16?) -> String? {
        if batch.missed > 0 { return "one packet became more than there is room for" }
        for index in 0..<batch.count {
            let packet = UnsafeRawBufferPointer(batch[index])
            guard let header = RTPHeader(packet) else { return "what is sent is no RTP" }
            if header.ssrc != 1 { return "another SSRC" }
            if let next, header.sequenceNumber != next { return "sequence numbers have a gap" }
            next = header.sequenceNumber &+ 1
        }
        return nil
    }
}
