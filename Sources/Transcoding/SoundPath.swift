internal import Forwarding

/// From payloads of one format to those of another: decoder, resampler where there is no other way, and the beginning of
/// the packet that is filled next.
final class SoundPath {
    let conversion: Conversion
    var decoder: SoundDecoder
    private var resampler: Resampler?
    var encoder: SoundEncoder
    /// Of what the encoder takes, ``SoundEncoder/frameSamples`` long.
    private let frame: UnsafeMutablePointer<Int16>
    /// Samples of each channel that are in the frame.
    private(set) var filled = 0

    /// `nil` when there is no such conversion, or no memory for it.
    init?(_ conversion: Conversion) {
        guard let formats = SoundFormat.between(conversion.source, conversion.target),
            let decoder = SoundDecoder(conversion.source, to: formats.decoded),
            let encoder = SoundEncoder(
                conversion.target, from: formats.encoded, milliseconds: conversion.packetMilliseconds)
        else { return nil }
        let needsResampler = formats.decoded != formats.encoded
        let resampler = needsResampler ? Resampler(from: formats.decoded, to: formats.encoded) : nil
        guard (resampler != nil) == needsResampler else { return nil }
        let samples = encoder.frameSamples * formats.encoded.channels
        self.conversion = conversion
        self.decoder = decoder
        self.encoder = encoder
        self.resampler = resampler
        frame = .allocate(capacity: samples)
        frame.initialize(repeating: 0, count: samples)
    }

    deinit {
        frame.deallocate()
    }

    /// Units of the target's clock that the sound in the frame takes.
    var filledTicks: UInt32 { encoderTicks(filled) }

    /// Samples of the encoder in units of the target's clock.
    func encoderTicks(_ samples: Int) -> UInt32 {
        UInt32(samples * Int(conversion.target.clockRate) / encoder.format.rate)
    }

    /// Units of the target's clock in samples of the decoder.
    func decoderSamples(_ ticks: Int) -> Int {
        ticks * decoder.format.rate / Int(conversion.target.clockRate)
    }

    /// Samples of the decoder in units of the target's clock.
    func decoderTicks(_ samples: Int) -> Int {
        samples * Int(conversion.target.clockRate) / decoder.format.rate
    }

    /// `count` samples of each channel as the encoder wants them: without a resampler the same ones, else in `other`.
    func resample(
        _ sound: UnsafeMutableBufferPointer<Int16>, count: Int, into other: UnsafeMutableBufferPointer<Int16>
    ) -> UnsafeBufferPointer<Int16> {
        let channels = decoder.format.channels
        guard resampler != nil, let start = sound.baseAddress else {
            return UnsafeBufferPointer(rebasing: sound[..<(count * channels)])
        }
        let made = resampler?.resample(start, count: count, into: other) ?? 0
        return UnsafeBufferPointer(rebasing: other[..<(made * channels)])
    }

    /// Fills the frame from the front of `sound`. Returns how many values it took, all channels together.
    func fill(_ sound: UnsafeBufferPointer<Int16>) -> Int {
        let channels = encoder.format.channels
        let taken = min(sound.count / channels, encoder.frameSamples - filled)
        guard taken > 0, let start = sound.baseAddress else { return sound.count }
        (frame + filled * channels).update(from: start, count: taken * channels)
        filled += taken
        return taken * channels
    }

    /// Fills the rest of the frame with silence. Returns how many units of the clock that was.
    func pad() -> UInt32 {
        let channels = encoder.format.channels
        let missing = encoder.frameSamples - filled
        (frame + filled * channels).update(repeating: 0, count: missing * channels)
        filled = encoder.frameSamples
        return encoderTicks(missing)
    }

    /// Forgets the frame.
    func discard() { filled = 0 }

    /// Samples of one channel that the decoder makes in the time of a packet.
    var noiseSamples: Int { encoder.frameSamples * decoder.format.rate / encoder.format.rate }

    var isFull: Bool { filled == encoder.frameSamples }

    /// Encodes the frame and empties it.
    func encode(into payload: UnsafeMutableRawBufferPointer) -> Int? {
        filled = 0
        return encoder.encode(frame, into: payload)
    }
}
