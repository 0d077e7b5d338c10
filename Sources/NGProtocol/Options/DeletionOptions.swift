internal import Negotiation

extension OptionGroup {
    /// Options of `delete` (ng-protocol §4.4).
    static let deletion = OptionGroup(
        keys: [
            OptionKey(
                "delete-delay",
                .integer { request, seconds in
                    guard seconds >= 0 else { return false }
                    request.options.deletion.delaySeconds = seconds
                    return true
                })
        ],
        flags: [
            OptionFlag("fatal") { $0.options.deletion.isFatal = true },
            OptionFlag("fast") { $0.options.deletion.isFast = true },
            OptionFlag("to-tag") { $0.options.deletion.honoursToTag = true },
            OptionFlag("discard-recording") { $0.options.recording.discards = true },
        ])
}
