internal import COpus
internal import CSpanDSP
internal import Forwarding

/// Makes payloads of samples, for one stream.
struct SoundEncoder: ~Copyable {
    private enum Codec {
        case opus(OpaquePointer)
        case g711(OpaquePointer)
        case g722(OpaquePointer)
        case gsm(OpaquePointer)
        case linear(channels: Int)
    }

    /// Octets that a payload may have, so that the packet fits into any path's MTU with SRTP and IPv6 around it.
    static let payloadLimit = 1400
    /// Of Opus, 0…10: beyond 5 it costs more than it sounds.
    private static let complexity: Int32 = 5
    /// Losses that redundancy is made for, in percent.
    private static let expectedLoss: Int32 = 10
    /// Lengths of a packet that Opus can encode at once, in milliseconds. What lies between becomes the next shorter one, so
    /// that a packet is never longer than a=ptime or a=maxptime of the other side: 20 for 30. Joining frames to 30 ms would
    /// need all of one mode and bandwidth (RFC 6716 §3.2), which the encoder changes as it likes.
    private static let opusMilliseconds = [5, 10, 20, 40, 60, 80, 100, 120]

    private let codec: Codec
    /// Such payloads of Opus say that there is nothing to send (RFC 7587 §3.1.3).
    private let quietOctets: Int
    /// What goes in.
    let format: SoundFormat
    /// Samples of one channel in a packet.
    let frameSamples: Int
    /// The same in units of the clock.
    let frameTicks: UInt32

    /// An encoder to `target`, with packets as close to `milliseconds` as it can make them; `nil` when there is no memory
    /// for it, or it is no sound.
    init?(_ target: CodedFormat, from format: SoundFormat, milliseconds: Int) {
        let parameters = OpusSettings(target.parameters)
        let codec: Codec?
        switch target.encoding {
        case .opus: codec = Self.makeOpus(target, parameters, format).map { .opus($0) }
        case .pcmu: codec = g711_init(nil, Int32(G711_ULAW)).map { .g711($0) }
        case .pcma: codec = g711_init(nil, Int32(G711_ALAW)).map { .g711($0) }
        case .g722: codec = g722_encode_init(nil, 64_000, format.g722Options).map { .g722($0) }
        case .gsm: codec = gsm0610_init(nil, Int32(GSM0610_PACKING_VOIP)).map { .gsm($0) }
        case .l16: codec = .linear(channels: target.channels)
        case .telephoneEvent, .comfortNoise: codec = nil
        }
        guard let codec else { return nil }
        self.codec = codec
        self.format = format
        quietOctets = target.encoding == .opus && parameters.usesDTX ? 2 : 0
        let length = Self.packetLength(target, milliseconds)
        frameSamples = format.samples(milliseconds: length)
        frameTicks = target.clockRate / 1000 * UInt32(length)
    }

    deinit {
        switch codec {
        case .opus(let state): opus_encoder_destroy(state)
        case .g711(let state): g711_free(state)
        case .g722(let state): g722_encode_free(state)
        case .gsm(let state): gsm0610_free(state)
        case .linear: break
        }
    }

    /// Milliseconds of a packet.
    private static func packetLength(_ target: CodedFormat, _ wanted: Int) -> Int {
        let longest = SoundFormat.longestPacketMilliseconds
        let wanted = min(max(wanted, 5), longest)
        switch target.encoding {
        case .opus: return opusMilliseconds.last { $0 <= wanted } ?? 20
        case .gsm: return max(20, wanted / 20 * 20)
        case .l16: return min(wanted, payloadLimit / (Int(target.clockRate) / 1000 * 2 * target.channels))
        default: return wanted
        }
    }

    private static func makeOpus(
        _ target: CodedFormat, _ parameters: OpusSettings, _ format: SoundFormat
    ) -> OpaquePointer? {
        guard
            let state = opus_encoder_create(Int32(format.rate), Int32(format.channels), OPUS_APPLICATION_VOIP, nil)
        else { return nil }
        let wanted = target.bitrate.map { min(max(Int32(clamping: $0), 6000), 510_000) }
        // What the encoder would choose for packets of 20 ms.
        let own = Int32(format.rate * format.channels) + 3000
        _ = COpus_set_bitrate(state, min(wanted ?? own, parameters.largestBitrate ?? .max))
        _ = COpus_set_complexity(state, complexity)
        _ = COpus_set_vbr(state, parameters.isConstantRate ? 0 : 1)
        _ = COpus_set_dtx(state, parameters.usesDTX ? 1 : 0)
        if parameters.usesFEC {
            _ = COpus_set_inband_fec(state, 1)
            _ = COpus_set_expected_loss(state, expectedLoss)
        }
        let bandwidth =
            switch parameters.playbackRate {
            case ..<12_000: OPUS_BANDWIDTH_NARROWBAND
            case ..<16_000: OPUS_BANDWIDTH_MEDIUMBAND
            case ..<24_000: OPUS_BANDWIDTH_WIDEBAND
            case ..<48_000: OPUS_BANDWIDTH_SUPERWIDEBAND
            default: OPUS_BANDWIDTH_FULLBAND
            }
        _ = COpus_set_max_bandwidth(state, bandwidth)
        return state
    }

    /// Encodes ``frameSamples`` samples of each channel. Returns the octets of the payload; 0 when there is nothing to
    /// send, `nil` when the codec failed.
    mutating func encode(
        _ samples: UnsafePointer<Int16>, into payload: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard payload.count >= Self.payloadLimit, let start = payload.baseAddress else { return nil }
        let octets = start.assumingMemoryBound(to: UInt8.self)
        let count: Int32
        switch codec {
        case .opus(let state):
            count = opus_encode(state, samples, Int32(frameSamples), octets, Int32(Self.payloadLimit))
            if count > 0, count <= quietOctets { return 0 }
        case .g711(let state): count = g711_encode(state, octets, samples, Int32(frameSamples))
        case .g722(let state): count = g722_encode(state, octets, samples, Int32(frameSamples))
        case .gsm(let state): count = gsm0610_encode(state, octets, samples, Int32(frameSamples))
        case .linear(let channels): count = Int32(pack(samples, channels, into: payload))
        }
        return count > 0 ? Int(count) : nil
    }

    /// Samples in network byte order, one channel doubled where two are wanted.
    private func pack(
        _ samples: UnsafePointer<Int16>, _ channels: Int, into payload: UnsafeMutableRawBufferPointer
    ) -> Int {
        var place = 0
        for index in 0..<frameSamples {
            for channel in 0..<channels {
                let sample = samples[index * format.channels + min(channel, format.channels - 1)]
                payload[place] = UInt8(truncatingIfNeeded: sample >> 8)
                payload[place + 1] = UInt8(truncatingIfNeeded: sample)
                place += 2
            }
        }
        return place
    }
}
