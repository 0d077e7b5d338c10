internal import Bencode
internal import CallControl

/// `call …`, `terminate …` and `debug …`.
enum CallWords {
    static let words = [
        CommandWord(
            "terminate", "End calls at once", leastArguments: 1,
            next: [
                CommandWord("all", "All calls") { _, context in
                    context.controller.endAllCalls()
                    return "All calls terminated by operator.\n"
                },
                CommandWord("own", "Calls of this relay") { _, context in
                    context.controller.endAllCalls()
                    return "All own calls terminated by operator.\n"
                },
                CommandWord("foreign", "Calls of other relays") { _, _ in
                    "All foreign calls terminated by operator.\n"
                },
            ]
        ) { rest, context in
            context.controller.terminate(String(rest[0]))
                ? "\nCall Id (\(rest[0])) successfully terminated by operator.\n\n"
                : "\nCall Id not found (\(rest[0])).\n\n"
        },
        CommandWord("call", "One call", leastArguments: 2) { rest, context in
            ofCall(String(rest[0]), rest[1], rest.dropFirst(2), context)
        },
        CommandWord("why", "What is wrong with a call", leastArguments: 1) { rest, context in
            why(String(rest[0]), context)
        },
        CommandWord("debug", "Log everything about a call", leastArguments: 1) { rest, context in
            debug(String(rest[0]), rest.count > 1 ? rest[1] : "on", context)
        },
    ]

    private static func ofCall(
        _ callID: String, _ word: Substring, _ rest: ArraySlice<Substring>, _ context: OperatorContext
    ) -> String {
        if word == "why" { return why(callID, context) }
        guard let (overview, details) = context.controller.description(of: callID) else {
            return "No such call '\(callID)'\n"
        }
        switch word {
        case "info": return CallText.block(overview, details)
        case "terminate":
            _ = context.controller.terminate(callID)
            return "Call terminated.\n"
        case "debug": return debug(callID, rest.first ?? "on", context)
        case "tag":
            guard rest.count > 1, let tag = rest.first else { return "More parameters required.\n\n" }
            guard let party = details.first("tags")?.dictionary?.first(String(tag))?.dictionary else {
                return "No such tag '\(tag)'\n"
            }
            guard rest.dropFirst().first == "info" else {
                return "Delaying media and detecting DTMF are not possible in this relay.\n"
            }
            return CallText.party(party, isFirst: true, now: overview.readSeconds)
        default: return "Unknown command: \(word)\n"
        }
    }

    private static func why(_ callID: String, _ context: OperatorContext) -> String {
        context.controller.explanation(of: callID).map { DiagnosisText.text($0) } ?? "No such call '\(callID)'\n"
    }

    private static func debug(_ callID: String, _ word: Substring, _ context: OperatorContext) -> String {
        guard word == "on" || word == "off" else { return "Unknown command: \(word)\n" }
        guard context.controller.description(of: callID) != nil else { return "No such call '\(callID)'\n" }
        return context.controller.setDebugging(of: callID, word == "on")
            ? "Debug for call '\(callID)' is now \(word).\n" : "Too many calls are logged in full.\n"
    }
}
