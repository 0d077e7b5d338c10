import SDP
import Testing

@Suite struct TransportTests {
    static let known: [(String, TransportProfile)] = [
        ("RTP/AVP", .rtpAVP), ("RTP/AVPF", .rtpAVPF), ("RTP/SAVP", .rtpSAVP), ("RTP/SAVPF", .rtpSAVPF),
        ("UDP/TLS/RTP/SAVP", .udpTLSRTPSAVP), ("UDP/TLS/RTP/SAVPF", .udpTLSRTPSAVPF), ("udptl", .udptl),
    ]

    @Test(arguments: known)
    func knownProfiles(_ text: String, _ profile: TransportProfile) {
        #expect(profile.text == text)
        for spelling in [text, text.lowercased(), text.uppercased()] {
            #expect(TransportProfile(spelling) == profile)
            #expect(TransportKind(spelling) == (profile == .udptl ? .udptl : .rtp(profile)))
        }
        #expect(profile.isSecure == text.contains("SAVP"))
        #expect(profile.hasFeedback == text.hasSuffix("AVPF"))
        #expect(profile.usesDTLSName == text.contains("TLS/"))
        #expect(profile.isRTP == text.contains("RTP"))
        #expect(TransportKind(text).profile == (profile == .udptl ? nil : profile))
    }

    @Test func tableIsComplete() {
        #expect(TransportTests.known.map(\.1) == TransportProfile.allCases)
    }

    @Test(arguments: [
        ("TCP", TransportKind.tcp), ("TCP/MSRP", .tcp), ("tcp/tls/msrp", .tcp), ("TCP/TLS/RTP/SAVPF", .tcp),
        ("TCP/DTLS/SCTP", .tcp), ("TCPX/Y", .udp), ("UDP", .udp), ("UDP/BFCP", .udp), ("UDP/DTLS/SCTP", .udp),
        ("FOO/BAR", .udp), ("", .udp), ("/", .udp), ("RTP/AVPX", .udp), ("RTP/AV", .udp), ("UDPTL/X", .udp),
    ])
    func others(_ text: String, _ kind: TransportKind) {
        #expect(TransportKind(text) == kind)
        #expect(TransportProfile(text) == nil)
        #expect(!kind.isRTP)
    }
}
