internal import COpus
internal import CSpanDSP
internal import Forwarding
internal import RTP

/// Makes samples of the payloads of one stream. Any octets may come: what is no payload of the codec is refused.
struct SoundDecoder: ~Copyable {
    private enum Codec {
        case opus(OpaquePointer)
        case g711(OpaquePointer)
        case g722(OpaquePointer)
        case gsm(OpaquePointer)
        case linear(channels: Int)
    }

    /// Octets and samples of a frame of GSM 06.10.
    private static let gsmOctets = 33
    private static let gsmSamples = 160

    private let codec: Codec
    /// What comes out.
    let format: SoundFormat
    /// Conceals losses where the codec has no means of its own.
    private let concealer: UnsafeMutablePointer<plc_state_t>

    /// A decoder of `source`; `nil` when there is no memory for it, or it is no sound.
    init?(_ source: CodedFormat, to format: SoundFormat) {
        let codec: Codec?
        switch source.encoding {
        case .opus:
            codec = opus_decoder_create(Int32(format.rate), Int32(format.channels), nil).map { .opus($0) }
        case .pcmu: codec = g711_init(nil, Int32(G711_ULAW)).map { .g711($0) }
        case .pcma: codec = g711_init(nil, Int32(G711_ALAW)).map { .g711($0) }
        case .g722: codec = g722_decode_init(nil, 64_000, format.g722Options).map { .g722($0) }
        case .gsm: codec = gsm0610_init(nil, Int32(GSM0610_PACKING_VOIP)).map { .gsm($0) }
        case .l16: codec = .linear(channels: source.channels)
        case .telephoneEvent, .comfortNoise: codec = nil
        }
        guard let codec else { return nil }
        self.codec = codec
        self.format = format
        concealer = .allocate(capacity: 1)
        concealer.initialize(to: plc_state_t())
        plc_init(concealer)
    }

    deinit {
        switch codec {
        case .opus(let state): opus_decoder_destroy(state)
        case .g711(let state): g711_free(state)
        case .g722(let state): g722_decode_free(state)
        case .gsm(let state): gsm0610_free(state)
        case .linear: break
        }
        concealer.deallocate()
    }

    /// Samples of one channel that `payload` is going to make; `nil` when it is none of the codec's, or longer than
    /// ``SoundFormat/longestPacketMilliseconds``.
    func sampleCount(of payload: UnsafeRawBufferPointer) -> Int? {
        guard let start = payload.baseAddress, payload.count > 0 else { return nil }
        let count: Int
        switch codec {
        case .opus:
            let octets = start.assumingMemoryBound(to: UInt8.self)
            count = Int(opus_packet_get_nb_samples(octets, Int32(clamping: payload.count), Int32(format.rate)))
        case .g711: count = payload.count
        case .g722: count = format.rate == 8000 ? payload.count : payload.count * 2
        case .gsm:
            guard payload.count % Self.gsmOctets == 0 else { return nil }
            count = payload.count / Self.gsmOctets * Self.gsmSamples
        case .linear(let channels):
            guard payload.count % (2 * channels) == 0 else { return nil }
            count = payload.count / (2 * channels)
        }
        guard count > 0, count <= format.samples(milliseconds: SoundFormat.longestPacketMilliseconds) else {
            return nil
        }
        return count
    }

    /// Decodes `payload` into the front of `sound`. Returns the samples of one channel; `nil` when it is none of the
    /// codec's.
    mutating func decode(_ payload: UnsafeRawBufferPointer, into sound: UnsafeMutableBufferPointer<Int16>) -> Int? {
        guard let expected = sampleCount(of: payload), expected * format.channels <= sound.count,
            let start = payload.baseAddress, let samples = sound.baseAddress
        else { return nil }
        let octets = start.assumingMemoryBound(to: UInt8.self)
        let length = Int32(payload.count)
        let count: Int32
        switch codec {
        case .opus(let state):
            count = opus_decode(state, octets, length, samples, Int32(expected), 0)
            return count > 0 ? Int(count) : nil
        case .g711(let state): count = g711_decode(state, samples, octets, length)
        case .g722(let state): count = g722_decode(state, samples, octets, length)
        case .gsm(let state): count = gsm0610_decode(state, samples, octets, length)
        case .linear(let channels):
            count = Int32(expected)
            Self.unpack(payload, channels: channels, into: samples, format.channels, count: expected)
        }
        guard count == expected else { return nil }
        if format.channels == 1 { plc_rx(concealer, samples, count) }
        return expected
    }

    /// Makes up `count` samples of each channel for packets that did not come. Returns how many it made, since Opus
    /// counts in steps of 2.5 ms.
    ///
    /// - Parameter next: the payload behind the gap, which may say again what was lost last (RFC 6716 §2.1.7).
    mutating func conceal(
        _ count: Int, before next: UnsafeRawBufferPointer?, into sound: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        let count = min(count, sound.count / format.channels)
        guard count > 0, let samples = sound.baseAddress else { return 0 }
        guard case .opus(let state) = codec else {
            guard format.channels == 1 else {
                sound.prefix(count * format.channels).update(repeating: 0)
                return count
            }
            CSpanDSP_conceal(concealer, samples, Int32(count))
            return count
        }
        let step = format.rate / 400
        let whole = count / step * step
        guard whole > 0 else { return 0 }
        var made = 0
        var said = 0
        if let next, let octets = next.baseAddress?.assumingMemoryBound(to: UInt8.self) {
            // Redundancy is of one packet, which most likely was as long as this one.
            said = min(whole, sampleCount(of: next) ?? 0)
            made = whole - said
            if made > 0, opus_decode(state, nil, 0, samples, Int32(made), 0) < 0 { return 0 }
            guard said > 0 else { return made }
            let place = samples + made * format.channels
            let decoded = opus_decode(state, octets, Int32(next.count), place, Int32(said), 1)
            return made + max(0, Int(decoded))
        }
        return max(0, Int(opus_decode(state, nil, 0, samples, Int32(whole), 0)))
    }

    /// Samples in network byte order, of as many channels as are wanted.
    private static func unpack(
        _ payload: UnsafeRawBufferPointer, channels: Int, into samples: UnsafeMutablePointer<Int16>, _ wanted: Int,
        count: Int
    ) {
        func sample(_ place: Int) -> Int16 {
            Int16(bitPattern: UInt16(payload[place * 2]) << 8 | UInt16(payload[place * 2 + 1]))
        }
        for place in 0..<count {
            if channels == wanted {
                for channel in 0..<wanted {
                    samples[place * wanted + channel] = sample(place * wanted + channel)
                }
            } else {
                // Two channels become one.
                samples[place] = Int16((Int(sample(place * 2)) + Int(sample(place * 2 + 1))) / 2)
            }
        }
    }
}

extension SoundFormat {
    /// Of spandsp's G.722, which can leave the upper half of the band out.
    var g722Options: Int32 { rate == 8000 ? Int32(G722_SAMPLE_RATE_8000) : 0 }
}
