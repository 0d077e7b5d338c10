/// How the media between one end of a call and the relay is protected.
public enum EndSecurity: String, Equatable, Sendable {
    /// RTP as it is.
    case plain
    /// SRTP with keys in the SDP (RFC 4568).
    case sdes
    /// ICE, and SRTP with keys from DTLS (RFC 5764), as browsers have it.
    case webRTC

    /// The transport of its media line.
    var profile: String {
        switch self {
        case .plain: "RTP/AVP"
        case .sdes: "RTP/SAVP"
        case .webRTC: "UDP/TLS/RTP/SAVPF"
        }
    }

    /// What `ICE` asks of the relay for this end.
    var ice: String { self == .webRTC ? "force" : "remove" }
}

/// How both ends of a call are protected.
public struct CallSecurity: Equatable, Sendable {
    /// The end that offers.
    public var caller: EndSecurity
    /// The end that answers.
    public var callee: EndSecurity
    /// The suite of protected ends. Where both have SDES, the callee chooses another one, so that the relay has to
    /// decrypt and encrypt and cannot pass packets through.
    public var suite = SRTPSuite.aesCM128Tag80

    /// Ends of these kinds.
    public init(caller: EndSecurity = .plain, callee: EndSecurity = .plain) {
        self.caller = caller
        self.callee = callee
    }

    /// The suite of the callee's packets.
    var calleeSuite: SRTPSuite {
        guard caller == .sdes else { return suite }
        return suite == .aesCM128Tag80 ? .aesCM128Tag32 : .aesCM128Tag80
    }

    /// Two words for a chart.
    var shortTitle: String {
        switch (caller, callee) {
        case (.plain, .plain): "RTP"
        case (.webRTC, _): "WebRTC"
        case (.sdes, .sdes): "SRTP-SRTP"
        default: "SRTP"
        }
    }

    /// A few words for a title, or nothing for plain RTP.
    var title: String {
        guard self != CallSecurity() else { return "" }
        return "\(Self.name(of: caller, suite)) to \(Self.name(of: callee, calleeSuite))"
    }

    private static func name(of end: EndSecurity, _ suite: SRTPSuite) -> String {
        switch end {
        case .plain: "RTP"
        case .sdes: "SRTP (SDES, \(suite.rawValue))"
        case .webRTC: "WebRTC (ICE, DTLS-SRTP, \(suite.rawValue))"
        }
    }
}
