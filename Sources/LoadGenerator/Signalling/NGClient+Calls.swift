import Bencode
import NetTypes

/// What a plain two-party call needs of ng.
enum CallRequest {
    /// The keys of an offer.
    static func offer(_ identity: String, sdp: String) -> BencodeDictionary {
        [
            "sdp": .text(sdp), "ICE": "remove", "replace": ["origin"], "call-id": .text(identity), "from-tag": "caller",
        ]
    }

    /// The keys of the answer to it.
    static func answer(_ identity: String, sdp: String) -> BencodeDictionary {
        [
            "sdp": .text(sdp), "ICE": "remove", "replace": ["origin"], "call-id": .text(identity), "from-tag": "caller",
            "to-tag": "callee",
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

    /// Sets up a call between two new ends on `address`.
    func placeCall(
        _ identity: String, on address: IPAddress, workload: MediaWorkload, multiplexed: Bool
    ) throws(LoadError) -> PlacedCall {
        let caller = try CallEnd(bind: address)
        let callee = try CallEnd(bind: address)
        let offered = SessionText.text(at: caller.socket.local, workload: workload, multiplexed: multiplexed)
        callee.target = try mediaAddress(in: "offer", CallRequest.offer(identity, sdp: offered))
        let answered = SessionText.text(at: callee.socket.local, workload: workload, multiplexed: multiplexed)
        caller.target = try mediaAddress(in: "answer", CallRequest.answer(identity, sdp: answered))
        return PlacedCall(identity: identity, caller: caller, callee: callee)
    }

    /// Ends a call at once, without delay.
    func deleteCall(_ identity: String) throws(LoadError) {
        do { try request("delete", CallRequest.delete(identity)) } catch { throw .control(error) }
    }

    private func mediaAddress(in command: String, _ keys: BencodeDictionary) throws(LoadError) -> TransportAddress {
        let reply: BencodeDictionary
        do { reply = try request(command, keys) } catch { throw .control(error) }
        let sdp = reply.first("sdp")?.text ?? ""
        guard let address = SessionText.mediaAddress(of: sdp) else { throw .noMediaAddress(sdp) }
        return address
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
