/// How far one stream of a context has come: what another context with the same key needs to go on from there.
public struct SRTPStreamPosition: Sendable, Hashable {
    /// The stream.
    public var ssrc: UInt32
    /// The highest SRTP index, 48 bits: roll-over counter and sequence number. `nil` before the first packet.
    public var rtpIndex: UInt64?
    /// The highest SRTCP index, 31 bits. `nil` before the first packet.
    public var rtcpIndex: UInt32?

    /// A position from its parts.
    public init(ssrc: UInt32, rtpIndex: UInt64?, rtcpIndex: UInt32?) {
        self.ssrc = ssrc
        self.rtpIndex = rtpIndex
        self.rtcpIndex = rtcpIndex
    }
}
