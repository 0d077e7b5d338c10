/// Names of keys, flags and words, compared without case and with `-`, `_` and space equal (ng-protocol §5.1).
enum OptionName {
    /// The form in which names are compared: lower case with dashes. The length in bytes stays the same, so a folded
    /// prefix measures off the original, too.
    static func fold(_ name: String) -> String {
        if name.utf8.allSatisfy({ folded($0) == $0 }) { return name }
        return String(decoding: name.utf8.map(folded), as: UTF8.self)
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "_"), UInt8(ascii: " "): UInt8(ascii: "-")
        default: byte
        }
    }

    /// The one name of a key, folded.
    static func key(_ spelled: String) -> String {
        let name = fold(spelled)
        return keyAliases[name] ?? name
    }

    /// The one name of a flag, folded.
    static func flag(_ spelled: String) -> String {
        let name = fold(spelled)
        return flagAliases[name] ?? name
    }

    /// Appendix A, keys.
    private static let keyAliases = aliases([
        ["label", "from-label"],
        ["digit", "code"],
        ["codec", "codecs"],
        ["codec-transcode", "transcode"],
        ["medias", "media"],
        ["frequency", "frequencies"],
        ["DTLS", "DTLS-reverse"],
        ["audio-player", "player"],
        ["ptime-reverse", "reverse-ptime"],
        ["passthrough", "passthru"],
        ["sip-code", "sip-response-code"],
        ["dtmf-log-dest", "dtmf-log-destination"],
        ["T.38", "T38"],
        ["T.38-version", "T38-version"],
        ["trigger-end", "end-trigger"],
        ["trigger-end-time", "end-trigger-time"],
        ["trigger-end-digits", "end-trigger-digits"],
        [
            "recording-file", "recording-dest", "recording-destination", "output-file", "output-dest",
            "output-destination",
        ],
        [
            "recording-dir", "recording-directory", "recording-path", "recording-folder", "output-dir",
            "output-directory", "output-path", "output-folder",
        ],
        ["recording-pattern", "output-pattern"],
        ["vsc-start-rec", "vsc-start-recording"],
        ["vsc-stop-rec", "vsc-stop-recording"],
        ["vsc-start-stop-rec", "vsc-start-stop-recording"],
        ["vsc-pause-rec", "vsc-pause-recording"],
        ["vsc-pause-resume-rec", "vsc-pause-resume-recording"],
        ["vsc-start-pause-resume-rec", "vsc-start-pause-resume-recording"],
    ])

    /// Appendix A, flags.
    private static let flagAliases = aliases([
        ["allow-asymmetric-codecs", "allow-asymmetric-codec"],
        [
            "allow-no-codec-media", "allow-no-codec-medias", "allow-empty-codec-media", "allow-empty-codec-medias",
        ],
        ["audio-player", "player"],
        ["block-short", "block-shorts", "block-short-packets"],
        ["debug", "debugging"],
        ["reject-ICE", "ICE-reject"],
        ["mirror-RTCP", "RTCP-mirror"],
        ["mix", "mixed"],
        ["reuse-codecs", "no-codec-renegotiation"],
        ["no-player", "no-audio-player"],
        ["skip-recording-db", "skip-recording-database"],
        ["static-codecs", "static-codec"],
        ["always-transcode", "codec-accept-all"],
        ["pad-crypto", "SDES-pad"],
    ])

    private static func aliases(_ groups: [[String]]) -> [String: String] {
        var table: [String: String] = [:]
        for group in groups {
            let names = group.map(fold)
            for alias in names.dropFirst() { table[alias] = names[0] }
        }
        return table
    }
}
