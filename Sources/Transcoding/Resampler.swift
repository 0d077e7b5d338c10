internal import CSpeexDSP

/// Changes the rate of one stream's samples.
struct Resampler: ~Copyable {
    /// Of libspeexdsp, 0…10; 4 is meant for speech in real time.
    private static let quality: Int32 = 4

    private let state: OpaquePointer
    private let channels: Int

    /// From one format to another with the same channels; `nil` when there is no memory for it.
    init?(from source: SoundFormat, to target: SoundFormat) {
        guard
            let state = speex_resampler_init(
                UInt32(source.channels), UInt32(source.rate), UInt32(target.rate), Self.quality, nil)
        else { return nil }
        self.state = state
        channels = source.channels
    }

    deinit {
        speex_resampler_destroy(state)
    }

    /// Resamples `count` samples of each channel into the front of `output`. Returns how many samples of each channel
    /// there are then.
    mutating func resample(
        _ input: UnsafePointer<Int16>, count: Int, into output: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        var taken = UInt32(count)
        var made = UInt32(output.count / channels)
        guard speex_resampler_process_interleaved_int(state, input, &taken, output.baseAddress, &made) == 0 else {
            return 0
        }
        return Int(made)
    }
}
