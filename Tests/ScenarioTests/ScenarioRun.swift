import Bencode
import CallControl
import NGProtocol
import Negotiation
import TestSupport
import Wire

/// Plays one scenario against a fresh relay.
struct ScenarioRun {
    let relay: TestRelay
    /// What was answered otherwise than recorded.
    private(set) var differences: [String] = []
    private var matcher: TemplateMatcher

    /// `nil` when the scenario was recorded with options that are not known here.
    init?(_ scenario: Scenario) {
        var configured: (inout CallControlConfiguration) -> Void = { _ in }
        for argument in scenario.arguments {
            let fields = argument.split(separator: "=", maxSplits: 1)
            let number = fields.count > 1 ? Int(fields[1]) : nil
            let earlier = configured
            switch fields.first {
            case "--sip-source":
                configured = {
                    earlier(&$0); $0.rules.usesSIPSource = true
                }
            case "--save-interface-ports":
                configured = {
                    earlier(&$0); $0.rules.savesInterfacePorts = true
                }
            case "--dtls-passive":
                configured = {
                    earlier(&$0); $0.rules.prefersPassiveDTLS = true
                }
            case "--max-sessions":
                configured = {
                    earlier(&$0); $0.limits.sessions = number
                }
            case "--delete-delay":
                configured = {
                    earlier(&$0); $0.timeouts.deleteDelay = number ?? 0
                }
            default: return nil
            }
        }
        relay = TestRelay(interfaces: scenario.interfaces, configure: configured)
        matcher = TemplateMatcher(scenario.placeholders)
        for (index, step) in scenario.steps.enumerated() { play(step, label: "step \(index + 1) (\(step.name))") }
    }

    private mutating func play(_ step: Scenario.Step, label: String) {
        let cookie = relay.freshCookie()
        let datagram = datagram(of: step, cookie: cookie)
        let reply = relay.exchange(datagram)
        if step.isRepeated, relay.exchange(datagram) != reply {
            differences.append("\(label): the repeated request got another answer")
        }
        guard let expected = step.response else {
            if reply != nil { differences.append("\(label): no answer was recorded") }
            return
        }
        guard let reply, reply.starts(with: Array((cookie + " ").utf8)) else {
            differences.append("\(label): no answer")
            return
        }
        let payload = NGPayload(reply[(cookie.utf8.count + 1)...])
        guard case .success(let dictionary) = payload.content, (payload.encoding == .json) == step.usesJSON else {
            differences.append("\(label): the answer cannot be read")
            return
        }
        var comparison = ReplyComparison(matcher)
        comparison.compare(expected, .dictionary(dictionary))
        matcher = comparison.matcher
        differences += comparison.differences.map { "\(label) \($0)" }
    }

    private func datagram(of step: Scenario.Step, cookie: String) -> [UInt8] {
        switch step.message {
        case .raw(let text):
            let parts = text.split(separator: "{COOKIE}", omittingEmptySubsequences: false)
            return parts.joined(separator: cookie).octets
        case .request(let template):
            let request = filled(.dictionary(template), key: "")
            return Array((cookie + " ").utf8) + (step.usesJSON ? Array(request.json.utf8) : request.encoded)
        }
    }

    /// The request with the placeholders filled in, and descriptions joined from their lines.
    private func filled(_ value: BencodeValue, key: String) -> BencodeValue {
        switch value {
        case .integer: value
        case .string(let octets): .text(matcher.substitute(String(octets: octets)))
        case .list(let members) where key == "sdp":
            .text(members.compactMap(\.text).map { matcher.substitute($0) + "\r\n" }.joined())
        case .list(let members): .list(members.map { filled($0, key: "") })
        case .dictionary(let dictionary):
            .dictionary(
                BencodeDictionary(
                    dictionary.entries.map { entry in
                        BencodeDictionary.Entry(
                            key: matcher.substitute(entry.key), value: filled(entry.value, key: entry.key))
                    }))
        }
    }
}
