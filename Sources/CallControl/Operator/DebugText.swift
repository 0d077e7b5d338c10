import Bencode
import Forwarding
import Logging
import NetTypes
import Wire

/// Texts of debug lines. They hold no key and no password, and are bounded whatever clients send.
enum DebugText {
    private static let lineLimit = 400
    private static let longestLine = 300

    /// The lines of an SDP document without what is secret in them.
    static func lines(ofDocument document: [UInt8]) -> [String] {
        document.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }).prefix(lineLimit).map { line in
            redacted(String(octets: line.prefix(longestLine)))
        }
    }

    /// A line of SDP with keys and passwords left out.
    static func redacted(_ line: String) -> String {
        for prefix in ["a=ice-pwd:", "k="] where line.hasPrefix(prefix) { return prefix + "(hidden)" }
        guard line.hasPrefix("a=crypto:") else { return line }
        // Tag and suite stay (RFC 4568 §9.1).
        return line.split(separator: " ").prefix(2).joined(separator: " ") + " (hidden)"
    }

    /// A value of a request, shortened.
    static func text(_ value: BencodeValue) -> String {
        switch value {
        case .integer(let number): String(number)
        case .string: String((value.text ?? "").prefix(longestLine))
        case .list(let members): "[" + members.prefix(64).map(text).joined(separator: ",") + "]"
        case .dictionary(let dictionary):
            "{" + dictionary.entries.prefix(64).map { "\($0.key)=\(text($0.value))" }.joined(separator: ",") + "}"
        }
    }

    /// What a plan says, but for keys.
    static func metadata(of plan: ForwardingPlan) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "plan.port": "\(plan.port.slot)", "plan.carries": "\(plan.carries)", "plan.learning": "\(plan.learning)",
            "plan.sinks": "\(plan.sinks.map { "\($0.port.slot):\($0.traffic)" }.joined(separator: ","))",
            "plan.foreign": "\(plan.foreignSources)",
        ]
        if let remote = plan.remote { metadata["plan.remote"] = "\(remote)" }
        if plan.isBlocked { metadata["plan.blocked"] = "true" }
        if !plan.suppression.isEmpty { metadata["plan.suppression"] = "\(plan.suppression)" }
        if plan.ice != nil { metadata["plan.ice"] = "true" }
        if plan.security != nil { metadata["plan.secured"] = "true" }
        return metadata
    }
}
