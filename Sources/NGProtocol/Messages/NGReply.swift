public import Bencode

/// One reply: a dictionary with a string `result` (ng-protocol §2).
public struct NGReply: Sendable, Equatable {
    /// The entries in the order in which they are sent.
    public let dictionary: BencodeDictionary

    private init(_ dictionary: BencodeDictionary) {
        self.dictionary = dictionary
    }

    /// The answer to `ping`.
    public static let pong = NGReply(["result": "pong"])

    /// Made once: nearly every reply has it.
    private static let success: BencodeValue = "ok"

    /// Success. `result` stands behind `entries`.
    public static func ok(_ entries: consuming BencodeDictionary = BencodeDictionary()) -> NGReply {
        entries.append("result", success)
        return NGReply(entries)
    }

    /// Failure: `result`, `error-reason`, then `entries`.
    public static func error(
        _ reason: NGErrorText, _ entries: BencodeDictionary = BencodeDictionary()
    ) -> NGReply {
        var dictionary: BencodeDictionary = ["result": "error", "error-reason": .text(reason.rawValue)]
        dictionary.append(contentsOf: entries)
        return NGReply(dictionary)
    }

    /// A call that a limit refuses. A client that supports the result `load limit` gets it; any other gets the text
    /// that clients have always compared with (ng-protocol §2).
    public static func loadLimit(_ limit: LoadLimit, supported: Bool) -> NGReply {
        guard supported else { return .error(.parallelSessionLimit) }
        return NGReply(["message": .text(limit.rawValue), "result": "load limit"])
    }

    /// A limit on new calls. The raw value is the protocol's text.
    public enum LoadLimit: String, Sendable, CaseIterable {
        case sessions = "Parallel session limit reached"
        case cpu = "CPU usage limit exceeded"
        case load = "Load limit exceeded"
        case bandwidth = "Bandwidth limit exceeded"
    }
}
