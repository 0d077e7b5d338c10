import Wire

/// The transports whose media the relay knows by name (IANA "proto" registry; RFC 3551, 3711, 4585, 5124, 5764, T.38).
public enum TransportProfile: String, Sendable, Hashable, CaseIterable {
    case rtpAVP = "RTP/AVP"
    case rtpAVPF = "RTP/AVPF"
    case rtpSAVP = "RTP/SAVP"
    case rtpSAVPF = "RTP/SAVPF"
    case udpTLSRTPSAVP = "UDP/TLS/RTP/SAVP"
    case udpTLSRTPSAVPF = "UDP/TLS/RTP/SAVPF"
    case udptl

    /// Reads a transport in any case.
    public init?(_ text: String) {
        for profile in TransportProfile.all where profile.rawValue.equalsIgnoringASCIICase(text) {
            self = profile
            return
        }
        return nil
    }

    private static let all = allCases

    /// The registered spelling.
    public var text: String { rawValue }

    /// RTP and RTCP, in contrast to UDPTL.
    public var isRTP: Bool { self != .udptl }

    /// `SAVP`, `SAVPF`: media is protected by SRTP.
    public var isSecure: Bool {
        switch self {
        case .rtpSAVP, .rtpSAVPF, .udpTLSRTPSAVP, .udpTLSRTPSAVPF: true
        case .rtpAVP, .rtpAVPF, .udptl: false
        }
    }

    /// `AVPF`, `SAVPF`: early RTCP feedback (RFC 4585).
    public var hasFeedback: Bool {
        switch self {
        case .rtpAVPF, .rtpSAVPF, .udpTLSRTPSAVPF: true
        case .rtpAVP, .rtpSAVP, .udpTLSRTPSAVP, .udptl: false
        }
    }

    /// `UDP/TLS/…`: the name says that keys come from DTLS (RFC 5764 §8).
    public var usesDTLSName: Bool {
        switch self {
        case .udpTLSRTPSAVP, .udpTLSRTPSAVPF: true
        case .rtpAVP, .rtpAVPF, .rtpSAVP, .rtpSAVPF, .udptl: false
        }
    }
}
