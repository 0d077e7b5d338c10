/// What `a=fmtp` says of Opus (RFC 7587 §6.1), as far as the encoder heeds it.
struct OpusSettings: Equatable {
    /// `stereo=1`: two channels are wanted.
    var isStereo = false
    /// `useinbandfec=1`
    var usesFEC = false
    /// `usedtx=1`
    var usesDTX = false
    /// `cbr=1`
    var isConstantRate = false
    /// `maxaveragebitrate`, in bit/s.
    var largestBitrate: Int32?
    /// `maxplaybackrate`, in Hz.
    var playbackRate = 48_000

    /// Reads what stands behind `a=fmtp:PT `. What is unknown or no number is passed over.
    init(_ text: String?) {
        guard let text else { return }
        for parameter in text.split(separator: ";") {
            let parts = parameter.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " }.lowercased() }
            guard parts.count == 2, let value = Int32(parts[1]) else { continue }
            switch parts[0] {
            case "stereo": isStereo = value == 1
            case "useinbandfec": usesFEC = value == 1
            case "usedtx": usesDTX = value == 1
            case "cbr": isConstantRate = value == 1
            case "maxaveragebitrate": largestBitrate = min(max(value, 6000), 510_000)
            case "maxplaybackrate": playbackRate = Int(min(max(value, 8000), 48_000))
            default: break
            }
        }
    }
}
