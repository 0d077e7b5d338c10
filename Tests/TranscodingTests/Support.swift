import Forwarding
import RTP

@testable import Transcoding

/// One packet that a transcoder has made.
struct SentPacket {
    var header: RTPHeader
    var payload: [UInt8]
    var origin: PacketOrigin
}

extension CodedFormat {
    static let pcmu = CodedFormat(payloadType: 0, encoding: .pcmu, clockRate: 8000)
    static let pcma = CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000)
    static let g722 = CodedFormat(payloadType: 9, encoding: .g722, clockRate: 8000)
    static let gsm = CodedFormat(payloadType: 3, encoding: .gsm, clockRate: 8000)
    static let opus = CodedFormat(
        payloadType: 111, encoding: .opus, clockRate: 48_000, channels: 2, parameters: "minptime=10;useinbandfec=1")
    static let l16 = CodedFormat(payloadType: 120, encoding: .l16, clockRate: 16_000)
    static let events = CodedFormat(payloadType: 101, encoding: .telephoneEvent, clockRate: 8000)
    static let fastEvents = CodedFormat(payloadType: 110, encoding: .telephoneEvent, clockRate: 48_000)
    static let noise = CodedFormat(payloadType: 13, encoding: .comfortNoise, clockRate: 8000)

    /// Every one that is sound.
    static let sounds = [pcmu, pcma, g722, gsm, opus, l16]
}

extension ConversionSet {
    init(_ conversions: [Conversion], clockRates: PayloadTypeTable<UInt32> = [:], events: PayloadTypeSet = []) {
        var plan = ForwardingPlan(port: LocalPortID(worker: 0, slot: 0, generation: 0), carries: .rtp)
        plan.conversions = conversions
        plan.clockRates = clockRates
        plan.eventPayloadTypes = events
        self.init(plan)
    }
}

/// A source of one stream, and the transcoder behind it.
struct Bench: ~Copyable {
    static let ssrc: UInt32 = 0xCAFE_F00D

    var transcoder: Transcoder
    private let workspace = SoundWorkspace()
    private var batch = PacketBatch()
    /// Everything that was sent.
    private(set) var sent: [SentPacket] = []
    private(set) var receipts: [Transcoder.Receipt] = []
    var now: UInt64 = 1_000_000_000

    init(_ set: ConversionSet) {
        transcoder = Transcoder(set, ssrc: Self.ssrc)
    }

    init(_ conversions: Conversion...) {
        self.init(ConversionSet(conversions))
    }

    mutating func receive(
        _ payload: [UInt8], type: UInt8, sequence: UInt16, timestamp: UInt32, marker: Bool = false
    ) {
        let header = RTPHeader(
            payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: Self.ssrc, hasMarker: marker)
        var packet = [UInt8](repeating: 0, count: RTPHeader.minimumCount)
        _ = packet.withUnsafeMutableBytes { header.write(to: $0) }
        receive(packet + payload)
    }

    mutating func receive(_ packet: [UInt8]) {
        batch.removeAll()
        let receipt = packet.withUnsafeBytes {
            transcoder.receive($0, now: now, with: workspace, into: &batch)
        }
        receipts.append(receipt)
        collect()
    }

    mutating func wait(nanoseconds: UInt64) {
        now += nanoseconds
        batch.removeAll()
        transcoder.deadlineReached(now: now, with: workspace, into: &batch)
        collect()
    }

    private mutating func collect() {
        for index in 0..<batch.count {
            let packet = UnsafeRawBufferPointer(batch[index])
            guard let header = RTPHeader(packet) else { continue }
            sent.append(
                SentPacket(
                    header: header, payload: Array(packet[header.payloadOffset...]), origin: batch.origin(at: index)))
        }
    }

    mutating func forget() { sent = [] }
}

/// Speech for tests: tones, and how strong they are in what comes out.
enum Tone {
    /// `count` samples of a sine from `first` on.
    static func samples(_ frequency: Double, rate: Int, first: Int = 0, count: Int, amplitude: Double = 8000) -> [Int16]
    {
        (first..<(first + count)).map {
            Int16((amplitude * sine(2 * .pi * frequency * Double($0) / Double(rate))).rounded())
        }
    }

    /// Amplitude of `frequency` in `samples` (Goertzel).
    static func amplitude(_ frequency: Double, in samples: ArraySlice<Int16>, rate: Int) -> Double {
        let step = 2 * Double.pi * frequency / Double(rate)
        let (coefficient, count) = (2 * sine(step + .pi / 2), samples.count)
        var (last, before) = (0.0, 0.0)
        for sample in samples { (last, before) = (Double(sample) + coefficient * last - before, last) }
        let power = last * last + before * before - coefficient * last * before
        return 2 * power.squareRoot() / Double(count)
    }

    /// Root of the mean square.
    static func level(_ samples: ArraySlice<Int16>) -> Double {
        (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))).squareRoot()
    }

    /// Bhaskara's formula is not exact enough; this is the series.
    private static func sine(_ angle: Double) -> Double {
        var angle = angle.truncatingRemainder(dividingBy: 2 * .pi)
        if angle > .pi { angle -= 2 * .pi }
        var (term, sum) = (angle, angle)
        for index in 1...11 {
            term *= -angle * angle / Double((2 * index) * (2 * index + 1))
            sum += term
        }
        return sum
    }
}

/// An encoder or a decoder of the tests' own side.
enum Codec {
    /// Payloads of `milliseconds` each of a tone.
    static func payloads(_ format: CodedFormat, _ frequency: Double, count: Int, milliseconds: Int = 20) -> [[UInt8]] {
        let shape = SoundFormat.between(format, format)?.encoded ?? SoundFormat(rate: 8000, channels: 1)
        guard var encoder = SoundEncoder(format, from: shape, milliseconds: milliseconds) else { return [] }
        let length = encoder.frameSamples
        return (0..<count).map { index in
            let sound = Tone.samples(frequency, rate: shape.rate, first: index * length, count: length)
            var payload = [UInt8](repeating: 0, count: 1500)
            let octets = payload.withUnsafeMutableBytes { bytes in
                sound.withUnsafeBufferPointer { sound in
                    sound.baseAddress.flatMap { encoder.encode($0, into: bytes) } ?? 0
                }
            }
            return Array(payload[..<octets])
        }
    }

    /// What a decoder makes of `payloads`.
    static func sound(_ format: CodedFormat, _ payloads: [[UInt8]]) -> (samples: [Int16], rate: Int) {
        let shape = SoundFormat.between(format, format)?.decoded ?? SoundFormat(rate: 8000, channels: 1)
        guard var decoder = SoundDecoder(format, to: shape) else { return ([], shape.rate) }
        var samples: [Int16] = []
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: SoundFormat.sampleLimit)
        defer { buffer.deallocate() }
        for payload in payloads {
            let count = payload.withUnsafeBytes { decoder.decode($0, into: buffer) } ?? 0
            samples += buffer[..<count]
        }
        return (samples, shape.rate)
    }
}
