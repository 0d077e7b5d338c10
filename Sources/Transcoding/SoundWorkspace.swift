/// Memory for what is between two steps of one packet, shared by all streams of a thread.
public struct SoundWorkspace: ~Copyable {
    let decoded: UnsafeMutableBufferPointer<Int16>
    let resampled: UnsafeMutableBufferPointer<Int16>

    /// Memory for the longest packet.
    public init() {
        decoded = .allocate(capacity: SoundFormat.sampleLimit)
        decoded.initialize(repeating: 0)
        // A resampler may give some samples of the packet before.
        resampled = .allocate(capacity: SoundFormat.sampleLimit * 6 + 4096)
        resampled.initialize(repeating: 0)
    }

    deinit {
        decoded.deallocate()
        resampled.deallocate()
    }
}
