/// Names of keys, flags and words, compared without case and with `-`, `_` and space equal (ng-protocol §5.1).
enum OptionName {
    /// The form in which names are compared: lower case with dashes. The length in bytes stays the same, so a folded
    /// prefix measures off the original, too.
    static func fold(_ name: String) -> String {
        let isFolded = name.utf8.withContiguousStorageIfAvailable { octets in octets.allSatisfy { folded($0) == $0 } }
        if isFolded == true { return name }
        return String(decoding: name.utf8.map(folded), as: UTF8.self)
    }

    /// The form in which one octet of a name is compared.
    static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "_"), UInt8(ascii: " "): UInt8(ascii: "-")
        default: byte
        }
    }

    /// The one name of a key, folded.
    static func key(_ spelled: String) -> String { OptionTable.keys[spelled]?.name ?? fold(spelled) }

    /// Appendix A, keys.
    static let keyAliases = aliases([
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
    static let flagAliases = aliases([
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

    /// Each group's names after the first, with the first, all folded.
    private static func aliases(_ groups: [[String]]) -> [(alias: String, name: String)] {
        groups.flatMap { group in group.dropFirst().map { (fold($0), fold(group[0])) } }
    }
}
