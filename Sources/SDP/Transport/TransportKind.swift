import Wire

/// What the transport of an `m=` line means to a relay.
public enum TransportKind: Sendable, Hashable {
    /// RTP in a known profile.
    case rtp(TransportProfile)
    /// T.38 over UDPTL.
    case udptl
    /// Other datagrams, unknown names included: forwarded without looking inside.
    case udp
    /// `TCP` and `TCP/…`: not relayed.
    case tcp

    /// Sorts a transport in any case.
    public init(_ transport: String) {
        switch TransportProfile(transport) {
        case .udptl?:
            self = .udptl
        case let profile?:
            self = .rtp(profile)
        case nil:
            let name = transport.utf8.firstIndex(of: UInt8(ascii: "/")).map { transport[..<$0] } ?? transport[...]
            self = "TCP".equalsIgnoringASCIICase(name) ? .tcp : .udp
        }
    }

    /// The registered spelling of a transport that is known.
    public var name: String? {
        switch self {
        case .rtp(let profile): profile.text
        case .udptl: TransportProfile.udptl.text
        case .udp, .tcp: nil
        }
    }

    /// Whether the section carries RTP in a known profile.
    public var isRTP: Bool { profile != nil }

    /// The RTP profile.
    public var profile: TransportProfile? {
        if case .rtp(let profile) = self { profile } else { nil }
    }
}

extension MediaDescription {
    /// The meaning of ``transport``.
    public var transportKind: TransportKind { TransportKind(transport) }
}
