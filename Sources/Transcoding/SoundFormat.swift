internal import Forwarding

/// How samples lie between a decoder and an encoder: linear, 16 bits, channels interleaved.
struct SoundFormat: Equatable {
    /// Samples of one channel in a second.
    var rate: Int
    /// 1 or 2.
    var channels: Int

    /// Longest sound that one packet may bring: the longest packet of Opus (RFC 6716 §3.2.5).
    static let longestPacketMilliseconds = 120
    /// The rates that Opus decodes to and encodes from.
    static let opusRates = [8000, 12_000, 16_000, 24_000, 48_000]
    /// Of any packet, all channels together.
    static let sampleLimit = 48 * longestPacketMilliseconds * 2

    /// Samples of one channel in so many milliseconds.
    func samples(milliseconds: Int) -> Int { rate * milliseconds / 1000 }

    /// What a decoder of `source` gives and an encoder of `target` takes; they differ only where no rate suits both.
    /// `nil` when one of them is no sound, or has an impossible clock rate or number of channels.
    ///
    /// Opus takes whatever rate the other side has, and G.722 8000 Hz where the other side has no more, so that a
    /// resampler is needed for rates of L16 alone.
    static func between(_ source: CodedFormat, _ target: CodedFormat) -> (decoded: SoundFormat, encoded: SoundFormat)? {
        guard source.isSound, target.isSound else { return nil }
        let channels = min(source.soundChannels, target.soundChannels)
        var rates = (decoded: source.preferredRate, encoded: target.preferredRate)
        if source.adapts(to: rates.encoded) {
            rates.decoded = rates.encoded
        } else if target.adapts(to: rates.decoded) {
            rates.encoded = rates.decoded
        }
        return (
            SoundFormat(rate: rates.decoded, channels: channels), SoundFormat(rate: rates.encoded, channels: channels)
        )
    }
}

extension CodedFormat {
    /// Channels that there is sound on: what a=rtpmap says of Opus is always 2 (RFC 7587 §7).
    fileprivate var soundChannels: Int {
        encoding == .opus ? (OpusSettings(parameters).isStereo ? 2 : 1) : channels
    }

    fileprivate var preferredRate: Int {
        switch encoding {
        case .g722: 16_000
        case .l16, .opus: Int(clockRate)
        default: 8000
        }
    }

    /// The codec itself works at `rate` just as well.
    fileprivate func adapts(to rate: Int) -> Bool {
        switch encoding {
        case .opus: SoundFormat.opusRates.contains(rate)
        case .g722: rate == 8000
        default: false
        }
    }
}
