import Bencode

/// The ng requests of a call between a WebRTC party and a plain one, as a SIP proxy sends them.
enum BridgedCall {
    /// The WebRTC offer, to be passed on as plain RTP.
    static func offer(_ identity: String, sdp: String) -> BencodeDictionary {
        [
            "sdp": .text(sdp), "ICE": "remove", "rtcp-mux": ["demux"], "transport-protocol": "RTP/AVP",
            "replace": ["origin"], "call-id": .text(identity), "from-tag": "caller",
        ]
    }

    /// The plain answer, to be passed back as the offerer can read it.
    static func answer(_ identity: String, sdp: String) -> BencodeDictionary {
        [
            "sdp": .text(sdp), "ICE": "force", "rtcp-mux": ["offer"], "transport-protocol": "UDP/TLS/RTP/SAVPF",
            "replace": ["origin"], "call-id": .text(identity), "from-tag": "caller", "to-tag": "callee",
        ]
    }
}
