import Forwarding
import ICE
import NetTypes
import PacketPath
import SDP

/// ICE attributes, one on each line without `a=`: they read the same after writing, and an agent that is given them
/// sends checks to usable candidates only, at its pace.
enum ICEProperties {
    private static let second: UInt64 = 1_000_000_000

    static func violation(_ bytes: [UInt8]) -> String? {
        let lines = String(decoding: bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.prefix(
            100)
        let head = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n"
        let section = Array((head + lines.map { "a=\($0)\r\n" }.joined()).utf8)
        if let violation = SDPProperties.violation(section) { return violation }
        func values(_ name: String) -> [String] {
            lines.filter { $0.hasPrefix(name + ":") }.map { String($0.dropFirst(name.count + 1)) }
        }
        let port = LocalPortID(worker: 0, slot: 0, generation: 1)
        let local = TransportAddress(IPAddress(ipv4: 0xC000_020A), 30_000)
        var ice = ICEPlan(
            agent: 1, isLite: false, isControlling: true,
            candidates: [
                ICEPlan.Candidate(port: port, address: local, component: 1, localPreference: .max, foundation: "a")
            ], local: ICEPlan.Credentials(usernameFragment: "ours", password: "0123456789abcdefghijkl"))
        ice.remote = ICEPlan.Credentials(
            usernameFragment: values("ice-ufrag").first ?? "them",
            password: values("ice-pwd").first ?? "abcdefghijkl0123456789")
        ice.remoteCandidates = values("candidate")
        ice.isRemoteComplete = true
        var plan = ForwardingPlan(port: port, carries: .multiplexed)
        plan.ice = ice
        return violation(plan, usable: Set(values("candidate").compactMap(candidate)))
    }

    /// Where checks may go because of a candidate.
    private static func candidate(_ text: String) -> TransportAddress? {
        let words = text.split(separator: " ")
        guard words.count >= 8, let component = UInt16(words[1]), let priority = UInt32(words[3]),
            let port = UInt16(words[5])
        else { return nil }
        return ICERemoteCandidate(
            foundation: String(words[0]), component: component, transport: String(words[2]), priority: priority,
            host: String(words[4]), port: port, type: words[7].lowercased())?.address
    }

    private static func violation(_ plan: ForwardingPlan, usable: Set<TransportAddress>) -> String? {
        var path = PacketPath(capacity: 1)
        var output = TransmissionList(capacity: 16)
        var now = second
        var checks = 0
        path.open(plan.port, now: now)
        _ = path.install(plan, now: now)
        while let deadline = path.nextDeadline, deadline < 6 * second {
            now = max(now, deadline)
            path.deadlineReached(now: now, into: &output)
            for index in 0..<output.count {
                checks += 1
                guard usable.contains(output[index].destination) else { return "a check goes to no candidate" }
                guard output[index].destination.port != 0 else { return "a check goes to port 0" }
            }
            output.removeAll()
            path.batchSent()
            guard checks <= 5 * 20 + 20 else { return "more checks than the pace allows" }
            now += 1
        }
        path.close(plan.port)
        return path.nextDeadline == nil ? nil : "an agent is left"
    }
}
