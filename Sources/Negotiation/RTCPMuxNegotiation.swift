import CallModel

/// RTP/RTCP multiplexing between two parties (RFC 5761, sdp-behaviour §9), as pure decisions.
enum RTCPMuxNegotiation {
    /// Whether the offerer gets multiplexing in the answer: settled by options, or left to the answerer.
    static func offererDecision(announced: Bool, _ policy: Set<RTCPOptions.MuxPolicy>) -> PartyMedia.MuxDecision {
        guard announced, !policy.contains(.reject) else { return .no }
        return policy.contains(.accept) || policy.contains(.demux) ? .yes : .undecided
    }

    /// What the answerer is offered.
    static func offer(
        announced: Bool, wasMuxed: Bool, _ policy: Set<RTCPOptions.MuxPolicy>
    ) -> (offersMux: Bool, needsPair: Bool) {
        if policy.contains(.require) { return (true, false) }
        if policy.contains(.offer) { return (true, !wasMuxed) }
        if policy.contains(.demux) { return (false, true) }
        if wasMuxed { return (true, false) }
        return (announced, true)
    }

    /// Applies an answer: `answerer` said what it said, `offerer` is about to be told.
    static func settle(answerer: inout PartyMedia, offerer: inout PartyMedia) {
        // An answerer that announces multiplexing unasked does it all the same.
        answerer.isMuxed = answerer.announcesMux
        switch offerer.muxDecision {
        case .yes: offerer.isMuxed = true
        case .no: offerer.isMuxed = false
        case .undecided: offerer.isMuxed = offerer.announcesMux && answerer.isMuxed
        }
    }
}
