internal import Negotiation

extension OptionGroup {
    /// What happens to packets (ng-protocol §5.4, Timing and QoS, Media behaviour, Recording, T.38).
    static let media = OptionGroup(
        keys: [
            OptionKey(
                "TOS",
                .integer { request, tos in
                    request.options.media.tos = tos
                    return true
                }),
            OptionKey(
                "drop-traffic",
                .words { request, word in
                    switch word.folded {
                    case "start": request.options.media.dropsTraffic = true
                    case "stop": request.options.media.dropsTraffic = false
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "DTMF-security",
                .words { request, word in
                    switch word.folded {
                    case "off": request.options.media.eventSecurity = .off
                    case "drop", "silence", "tone", "random", "zero", "dtmf":
                        request.options.media.eventSecurity = .drop
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "trigger",
                .text { request, _ in
                    request.options.media.awaitsTrigger = true
                    return true
                }),
            OptionKey(
                "media-echo",
                .words { request, word in
                    switch word.folded {
                    case "blackhole", "sinkhole": request.options.media.echo = .blackhole
                    case "forward", "fwd", "fw": request.options.media.echo = .forward
                    case "backward", "backwards", "reverse", "back", "bkw", "bk": request.options.media.echo = .backward
                    case "both": request.options.media.echo = .both
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "record-call",
                .words { request, word in
                    switch word.folded {
                    case "yes", "on": request.options.media.records = .on
                    case "no", "off": request.options.media.records = .off
                    case "discard": request.options.media.records = .discard
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "T.38",
                .words { request, word in
                    guard let canonical = t38Words[word.folded] else { return false }
                    request.options.media.t38.insert(canonical)
                    return true
                }),
        ],
        flags: [
            OptionFlag("record-call") { $0.options.media.records = .on },
            OptionFlag("block-DTMF") { $0.options.media.blocksEvents = true },
        ])

    private static let t38Words: [String: String] = {
        var words = Dictionary(
            uniqueKeysWithValues: ["decode", "force", "stop", "no-ecm", "no-iaf", "fec"].map { ($0, $0) })
        for version in ["17", "27ter", "29", "34"] {
            words["no-v.\(version)"] = "no-v.\(version)"
            words["no-v\(version)"] = "no-v.\(version)"
        }
        return words
    }()
}
