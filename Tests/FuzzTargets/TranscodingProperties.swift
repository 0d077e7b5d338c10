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
        var receiver = TranscodingReceiver(
            soundType: source.encoding == .opus && target.encoding == .opus && source != target
                ? nil : target.payloadType,
            payloadTypes: [target.payloadType, events.target.payloadType, 96, 97])
        var (sequence, timestamp, now) = (UInt16(0), UInt32(0), UInt64(1))
        let types: [UInt8] = [source.payloadType, source.payloadType, 101, 13, 96, 97, 0x80 | source.payloadType]
        for _ in 0..<packetLimit where !reader.isAtEnd {
            let kind = reader.byte()
            let step = reader.byte()
            sequence &+= step < 200 ? 1 : UInt16(truncatingIfNeeded: Int(Int8(bitPattern: step &* 37)))
            let pace = reader.byte()
            timestamp &+= pace < 200 ? source.clockRate / 50 : UInt32(1) << UInt32(pace & 31)
            var payload = reader.octets(Int(reader.byte()) * (kind & 0x80 == 0 ? 1 : 8))
            let type = types[Int(kind & 0x7F) % types.count]
            if type == 101 {
                // Behind the first event, where the receiver finds which one it is.
                payload = Array((payload + [0, 0, 0, 0]).prefix(4))
                for shift in [24, 16, 8, 0] as [UInt32] {
                    payload.append(UInt8(truncatingIfNeeded: timestamp >> shift))
                }
            }
            var packet = header(type, sequence, timestamp) + payload
            if kind & 0x40 != 0 { packet[0] |= 0x20 }
            now &+= UInt64(pace) << 20
            batch.removeAll()
            if kind & 0x20 != 0 { transcoder.deadlineReached(now: now, with: workspace, into: &batch) }
            _ = packet.withUnsafeBytes { transcoder.receive($0, now: now, with: workspace, into: &batch) }
            if let violation = violation(batch, &receiver) { return violation }
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

    private static func violation(_ batch: borrowing PacketBatch, _ receiver: inout TranscodingReceiver) -> String? {
        if batch.missed > 0 { return "one packet became more than there is room for" }
        for index in 0..<batch.count {
            if let violation = receiver.violation(UnsafeRawBufferPointer(batch[index])) { return violation }
        }
        return nil
    }
}

/// Whoever receives a transcoded stream, and what it can rely on.
private struct TranscodingReceiver {
    /// Of what is encoded; `nil` when that may be passed as it came.
    let soundType: UInt8?
    let payloadTypes: Set<UInt8>
    private var next: UInt16?
    private var soundTime: UInt32?
    private var event: (source: UInt32, time: UInt32)?

    init(soundType: UInt8?, payloadTypes: Set<UInt8>) {
        self.soundType = soundType
        self.payloadTypes = payloadTypes
    }

    mutating func violation(_ packet: UnsafeRawBufferPointer) -> String? {
        guard let header = RTPHeader(packet), let payload = header.payload(of: packet) else {
            return "what is sent is no RTP"
        }
        if header.ssrc != 1 { return "another SSRC" }
        guard payloadTypes.contains(header.payloadType) else { return "a payload type that is nobody's" }
        let isSound = header.payloadType == soundType
        if let next, header.sequenceNumber != next {
            // Only before what is not made here a loss stays one.
            if isSound { return "sequence numbers have a gap before sound" }
            if header.sequenceNumber &- next > 3000 { return "sequence numbers go back" }
        }
        next = header.sequenceNumber &+ 1
        if isSound {
            if let soundTime, Int32(bitPattern: header.timestamp &- soundTime) <= 0 { return "sound goes back" }
            soundTime = header.timestamp
        } else if header.payloadType == 102, payload.count >= 8 {
            return violation(ofEvent: header, payload)
        }
        return nil
    }

    private mutating func violation(ofEvent header: RTPHeader, _ payload: UnsafeRawBufferPointer) -> String? {
        let source = (4..<8).reduce(0 as UInt32) { $0 << 8 | UInt32(payload[$1]) }
        defer { event = (source, header.timestamp) }
        guard let event else { return nil }
        let later = Int32(bitPattern: header.timestamp &- event.time)
        if event.source != source { return later > 0 ? nil : "two events have one time" }
        // One from long ago is not known any more.
        return later == 0 || later > 60 * 8000 ? nil : "an event has two times"
    }
}
