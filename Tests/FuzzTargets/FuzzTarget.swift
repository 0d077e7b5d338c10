/// A parser of hostile input with the properties it must have. The fuzzer and an ordinary test run the same bodies.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case bencode
    case ng
    case sdp
    case rtp
    case rtcp
    case stun
    case calls
    case srtp
    case sdes
    case ice
    case dtls
    case path
    case capture
    case transcoding

    /// Feeds `bytes` to the parser. Returns which property failed, if one did; traps and hangs are failures as well.
    public func findViolation(in bytes: [UInt8]) -> String? {
        switch self {
        case .bencode: BencodeProperties.violation(bytes)
        case .ng: NGProperties.violation(bytes)
        case .sdp: SDPProperties.violation(bytes)
        case .rtp: bytes.withUnsafeBytes(RTPProperties.violation)
        case .rtcp: bytes.withUnsafeBytes(RTCPProperties.violation)
        case .stun: bytes.withUnsafeBytes(STUNProperties.violation)
        case .calls: CallProperties.violation(bytes)
        case .srtp: SRTPProperties.violation(bytes)
        case .sdes: SDESProperties.violation(bytes)
        case .ice: ICEProperties.violation(bytes)
        case .dtls: DTLSProperties.violation(bytes)
        case .path: PathProperties.violation(bytes)
        case .capture: CaptureProperties.violation(bytes)
        case .transcoding: TranscodingProperties.violation(bytes)
        }
    }
}
