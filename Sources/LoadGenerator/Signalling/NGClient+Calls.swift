import Bencode
import NetTypes

/// What a plain two-party call needs of ng.
enum CallRequest {
    /// The keys of an offer.
    static func offer(_ identity: String, sdp: String, security: CallSecurity = CallSecurity()) -> BencodeDictionary {
        var keys: BencodeDictionary = [
            "sdp": .text(sdp), "ICE": .text(security.callee.ice), "replace": ["origin"], "call-id": .text(identity),
            "from-tag": "caller",
        ]
        guard security != CallSecurity() else { return keys }
        keys.append("transport-protocol", .text(security.callee.profile))
        // Towards a caller with DTLS the relay is to be the server of the handshake.
        keys.append("DTLS", .text(security.caller == .webRTC ? "passive" : "off"))
        if security.caller == .webRTC { keys.append("rtcp-mux", ["demux"]) }
        return keys
    }

    /// The keys of the answer to it.
    static func answer(_ identity: String, sdp: String, security: CallSecurity = CallSecurity()) -> BencodeDictionary {
        [
            "sdp": .text(sdp), "ICE": .text(security.caller.ice), "replace": ["origin"], "call-id": .text(identity),
            "from-tag": "caller", "to-tag": "callee",
        ]
    }

    /// The keys that end the call at once.
    static func delete(_ identity: String) -> BencodeDictionary {
        ["call-id": .text(identity), "from-tag": "caller", "delete-delay": 0, "flags": ["fast"]]
    }
}

extension NGClient {
    /// As ``init(relay:timeout:attempts:)``, with the errors of measurements.
    static func connected(
        to relay: TransportAddress, timeout: Int = 500, attempts: Int = 6
    ) throws(LoadError) -> NGClient {
        do { return try NGClient(relay: relay, timeout: timeout, attempts: attempts) } catch { throw .control(error) }
    }

    /// Sets up a plain call between two new ends on `address`.
    func placeCall(
        _ identity: String, on address: IPAddress, workload: MediaWorkload, multiplexed: Bool
    ) throws(LoadError) -> PlacedCall {
        try CallPlan(address: address, workload: workload, multiplexed: multiplexed).place(identity, at: self)
    }

    /// Ends a call at once, without delay.
    func deleteCall(_ identity: String) throws(LoadError) {
        do { try request("delete", CallRequest.delete(identity)) } catch { throw .control(error) }
    }

    /// The SDP in the reply to an offer or answer.
    func description(in command: String, _ keys: BencodeDictionary) throws(LoadError) -> String {
        let reply: BencodeDictionary
        do { reply = try request(command, keys) } catch { throw .control(error) }
        return reply.first("sdp")?.text ?? ""
    }

    /// Ports in use on all interfaces as `statistics` tells; `nil` when the relay does not say.
    func usedPorts() -> Int? {
        guard let reply = try? request("statistics"),
            let interfaces = reply.first("statistics")?.dictionary?.first("interfaces")?.list
        else { return nil }
        let used = interfaces.compactMap { $0.dictionary?.first("ports")?.dictionary?.first("used") }
            .compactMap { $0.integer ?? $0.text.flatMap { Int64($0) } }
        return used.isEmpty ? nil : Int(clamping: used.reduce(0, &+))
    }

    /// Calls that the relay has, at most 1000; `nil` when it does not say.
    func callCount() -> Int? {
        (try? request("list", ["limit": 1000]))?.first("calls")?.list?.count
    }
}
