internal import NetTypes

/// A pair from before a restart that has a successor.
struct FormerPair: Sendable, BitwiseCopyable {
    let local: Int
    let remote: TransportAddress
    /// When media from there is no longer heard.
    let until: UInt64
}
