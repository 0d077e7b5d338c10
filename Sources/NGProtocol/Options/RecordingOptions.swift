internal import Negotiation

extension OptionGroup {
    /// Options of the recording commands, and of offers and answers that begin a recording (ng-protocol §4.7, §5.4).
    static let recording = OptionGroup(
        keys: [
            OptionKey(
                "recording-file",
                .text { request, path in
                    request.options.recording.file = path
                    return true
                }),
            OptionKey(
                "recording-dir",
                .text { request, path in
                    request.options.recording.directory = path
                    return true
                }),
            OptionKey(
                "pause",
                .words { request, word in
                    // In `play DTMF` it is a number, the gap between tones.
                    guard request.command == .stopRecording else { return false }
                    switch word.folded {
                    case "yes", "on", "true": request.options.recording.pauses = true
                    case "no", "off", "false": request.options.recording.pauses = false
                    default: return false
                    }
                    return true
                }),
        ],
        flags: [OptionFlag("pause") { $0.options.recording.pauses = true }])
}
