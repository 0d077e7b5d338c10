package import Bencode
import Replay
import TestSupport

/// Offer and answer between two peers, with the relay in between.
extension World {
    /// Carries `caller`'s offer to `callee` and the answer back; `nil`, or what the relay refused.
    @discardableResult
    package func negotiate(
        _ caller: SimulatedPeer, _ callee: SimulatedPeer, direction: String = "sendrecv",
        _ extra: BencodeDictionary = [:]
    ) -> String? {
        var request: BencodeDictionary = ["from-tag": .text(caller.name)]
        if callee.hasAnswered { request.append("to-tag", .text(callee.name)) }
        request.append("sdp", .text(caller.edit(caller.offer(direction: direction).text)))
        request.append(contentsOf: callee.flavor.options)
        request.append(contentsOf: extra)
        let offer = relay.request("offer", request)
        guard offer.result == "ok" else { return offer.errorReason ?? "no reply" }
        callee.take(offer.section, isAnswer: false)
        callee.hasAnswered = true
        var response: BencodeDictionary = ["from-tag": .text(caller.name), "to-tag": .text(callee.name)]
        response.append("sdp", .text(callee.edit(callee.answer(direction: direction).text)))
        response.append(contentsOf: caller.flavor.options)
        response.append(contentsOf: extra)
        let answer = relay.request("answer", response)
        guard answer.result == "ok" else { return answer.errorReason ?? "no reply" }
        caller.take(answer.section, isAnswer: true)
        caller.hasAnswered = true
        return nil
    }

    /// Ends the call at once.
    package func hangUp() {
        _ = relay.request("delete", ["delete-delay": .integer(0)])
        for peer in peers { peer.hangUp() }
    }
}

extension SimulatedPeer.Flavor {
    /// What a proxy asks for a peer of this kind.
    package var options: BencodeDictionary {
        switch self {
        case .webRTC:
            ["transport-protocol": "UDP/TLS/RTP/SAVPF", "ICE": "force", "rtcp-mux": .list(["offer", "accept"])]
        case .dtls:
            ["transport-protocol": "UDP/TLS/RTP/SAVP", "ICE": "remove", "rtcp-mux": .list(["offer", "accept"])]
        case .sdes: ["transport-protocol": "RTP/SAVP", "ICE": "remove", "rtcp-mux": .list(["demux"])]
        case .plain: ["transport-protocol": "RTP/AVP", "ICE": "remove", "rtcp-mux": .list(["demux"])]
        }
    }

    var profile: String {
        switch self {
        case .webRTC: "UDP/TLS/RTP/SAVPF"
        case .dtls: "UDP/TLS/RTP/SAVP"
        case .sdes: "RTP/SAVP"
        case .plain: "RTP/AVP"
        }
    }

    var isMuxed: Bool { self == .webRTC || self == .dtls }
    var hasHandshake: Bool { self == .webRTC || self == .dtls }
}
