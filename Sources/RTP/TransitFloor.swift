/// The least transit time of a stretch of packets, relative to a base in timestamp units, and when it was met.
///
/// The fastest packet of many has waited nowhere, so the difference between two such floors is the drift of the clocks,
/// where that of two packets would be jitter.
struct TransitFloor: Sendable, Equatable, BitwiseCopyable {
    var units: Int32 = .max
    /// Since the first packet of the stream.
    var milliseconds: UInt32 = 0
}
