internal import Negotiation

extension OptionGroup {
    /// ICE (ng-protocol §5.4, ICE).
    static let ice = OptionGroup(
        keys: [
            OptionKey("ICE", .words(applyICE)),
            OptionKey(
                "ICE-lite",
                .words { request, word in
                    guard let lite = lite(word.folded) else { return false }
                    request.options.ice.lite = lite
                    return true
                }),
        ],
        flags: [
            OptionFlag("trickle-ICE") { $0.options.ice.trickles = true },
            OptionFlag("reject-ICE") { $0.options.ice.rejects = true },
            OptionFlag("fragment") { $0.options.ice.isFragment = true },
        ])

    @Sendable private static func applyICE(_ request: inout NGRequest, _ word: OptionWord) -> Bool {
        switch word.folded {
        case "remove": request.options.ice.policy = .remove
        case "force": request.options.ice.policy = .force
        case "default": request.options.ice.policy = .standard
        case "optional": request.options.ice.policy = .optional
        case "force-relay": request.options.ice.policy = .forceRelay
        case "trickle": request.options.ice.trickles = true
        case "ice2": request.options.ice.announcesICE2 = true
        case "lite": request.options.ice.lite = .forward
        case "no-lite": request.options.ice.lite = .off
        default:
            guard let remainder = word.remainder(after: "lite-"), let lite = lite(OptionName.fold(remainder)) else {
                return false
            }
            request.options.ice.lite = lite
        }
        return true
    }

    private static func lite(_ folded: String) -> ICEOptions.Lite? {
        switch folded {
        case "off", "none", "no": .off
        case "forward", "offer", "fwd", "fw": .forward
        case "backward", "backwards", "reverse", "answer", "back", "bkw", "bk": .backward
        case "both": .both
        default: nil
        }
    }
}
