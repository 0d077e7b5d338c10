internal import Forwarding
internal import NetTypes
internal import SDP

/// What a party was told of the relay's ports for one media section.
struct RewrittenSection: Equatable {
    /// Where the party sends RTP.
    var rtp: TransportAddress
    /// Where it sends RTCP.
    var rtcp: TransportAddress
    /// The relay's `ice-ufrag` and `ice-pwd`.
    var credentials: ICEPlan.Credentials?

    /// The sections of an SDP by their place; `nil` for those without a port. Empty for what is no SDP.
    static func all(of sdp: [UInt8]) -> [RewrittenSection?] {
        guard let description = try? SessionDescription.parse(sdp) else { return [] }
        func sessionValue(_ name: String) -> String? {
            description.lines.lazy.compactMap(\.attribute).first { $0.name == name }?.value
        }
        return description.media.map { media in
            guard media.port != 0, let address = (media.connection ?? description.connection)?.address else {
                return nil
            }
            let rtp = TransportAddress(address, media.port)
            var section = RewrittenSection(rtp: rtp, rtcp: TransportAddress(address, media.port &+ 1))
            if media.hasAttribute(named: "rtcp-mux") { section.rtcp = rtp }
            // `a=rtcp:53020`, perhaps with an address behind it (RFC 3605 §2.1).
            if let port = media.attributeValue(named: "rtcp")?.split(separator: " ").first.flatMap({ UInt16($0) }) {
                section.rtcp.port = port
            }
            if let fragment = media.attributeValue(named: "ice-ufrag") ?? sessionValue("ice-ufrag"),
                let password = media.attributeValue(named: "ice-pwd") ?? sessionValue("ice-pwd")
            {
                section.credentials = ICEPlan.Credentials(usernameFragment: fragment, password: password)
            }
            return section
        }
    }
}
