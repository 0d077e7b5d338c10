internal import Negotiation

extension OptionGroup {
    /// The transport profile and what hangs on it (ng-protocol §5.4, Transport protocol).
    static let transport = OptionGroup(
        keys: [
            OptionKey(
                "transport-protocol",
                .words { request, word in
                    if word.folded == "accept" {
                        request.options.transport.profile = .accept
                        return true
                    }
                    guard let profile = profiles[word.folded] else { return false }
                    request.options.transport.profile = .named(profile)
                    return true
                })
        ],
        flags: [
            OptionFlag("WebRTC", expandWebRTC),
            OptionFlag("recrypt") { $0.options.transport.recrypts = true },
            OptionFlag("reset") { $0.options.transport.resets = true },
            OptionFlag("loop-protect") { $0.options.transport.protectsLoops = true },
        ])

    /// The registered spellings by folded ones.
    private static let profiles = Dictionary(
        uniqueKeysWithValues: [
            "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udptl",
        ].map { (OptionName.fold($0), $0) })

    /// What a browser needs, in one word. Bundle belongs to it although the peer's manual leaves it out.
    @Sendable private static func expandWebRTC(_ request: inout NGRequest) {
        request.options.transport.profile = .named("UDP/TLS/RTP/SAVPF")
        request.options.ice.policy = .force
        request.options.ice.trickles = true
        request.options.rtcp.mux.formUnion([.offer, .require])
        request.options.rtcp.omitsAttribute = true
        request.options.sdes.isOff = true
        request.options.bundle.generatesMID = true
        request.options.bundle.policy.formUnion([.offer, .require])
    }
}
