internal import Negotiation

/// What the protocol knows and this relay does not do yet. Meeting one is reported in `SignallingOptions.unsupported`.
///
/// An entry is the name of a key, of a flag, or `key=word`; it is deleted when the thing works.
enum UnsupportedOptions {
    /// Whether a key has no effect, whatever its value.
    static func contains(key: String) -> Bool { keys.contains(key) }

    /// Whether one word of a key has no effect.
    static func contains(key: String, word: String) -> Bool {
        guard !keys.contains(key) else { return !granted.contains("\(key)=\(word)") }
        if key == transcoding { return !CodecOptions.canTranscode(word) }
        guard keysOfWords.contains(key) else { return false }
        let pair = "\(key)=\(word)"
        // `lite-forward` is one of many words that begin with `lite`.
        return words.contains(pair) || words.contains("\(key)=\(word.prefix { $0 != "-" })")
    }

    /// Whether a flag has no effect.
    static func contains(flag: String) -> Bool { flags.contains(flag) }

    private static func folded(_ names: [String]) -> Set<String> { Set(names.map(OptionName.fold)) }

    static let keys = folded([
        // ICE past the relay.
        "passthrough",
        "extmap-mask",
        // Parties and interfaces of commands to come.
        "from-tags", "alias-key", "interface", "inbound-peer", "outbound-peer", "peer", "xmlrpc-callback",
        // Media behaviour.
        "media-echo", "delay-buffer", "generate-RTCP",
        // DTMF.
        "DTMF-security", "DTMF-security-trigger", "DTMF-security-trigger-end", "DTMF-delay", "trigger", "trigger-end",
        "trigger-end-time", "trigger-end-digits", "digit", "frequency", "volume", "dtmf-log-dest",
        // Recording.
        "recording-pattern", "vsc-start-rec", "vsc-stop-rec",
        "vsc-start-stop-rec", "vsc-pause-rec", "vsc-pause-resume-rec", "vsc-start-pause-resume-rec",
        "recording-media-slot-offer", "recording-media-slot-answer", "recording-media-slots",
        // Player, music on hold, T.38.
        "audio-player", "moh", "T.38-version", "file", "blob", "blob64", "db-id", "repeat-times",
        "repeat-duration", "start-pos", "duration",
        // Keys of single commands.
        "calls", "tags", "medias", "to-call-id", "source-tag", "source-call-id", "instance", "body",
    ])

    private static let words = folded([
        "T.38=decode", "T.38=force",
    ])

    /// The keys that have some of ``words``, or take words that not all mean something here.
    static let keysOfWords = Set(words.map { word in String(word.prefix { $0 != "=" }) }).union([transcoding])

    /// Whose words are codecs.
    private static let transcoding = "codec-transcode"

    /// Words of an unsupported key that ask for nothing this relay would do anyway.
    private static let granted = folded([
        "passthrough=off", "passthrough=no", "passthrough=disable", "passthrough=disabled",
        "audio-player=off", "audio-player=no", "audio-player=disable", "audio-player=disabled",
        "generate-RTCP=off", "DTMF-security=drop", "DTMF-security=off",
    ])

    static let flags = folded([
        "recrypt", "passthrough",
        "allow-transcoding",
        "pierce-NAT", "NAT-wait", "generate-RTCP", "mirror-RTCP", "block-short",
        "block-egress", "inject-DTMF", "detect-DTMF",
        "bidirectional", "inactive", "mix", "SIPREC", "egress", "unsubscribe",
        "exclude-recording", "recording-announcement", "recording-vsc", "audio-player", "early-media",
    ])

    /// Words that scripts contain and that mean nothing to a relay, or ask for what it does in any case. Nobody needs
    /// to hear of them.
    static let harmless = folded([
        "symmetric", "force", "repacketize", "replace-session-connection", "asymmetric-codecs", "symmetric-codecs",
        "skip-recording-db", "reorder-codecs", "force-answer", "no-redis-update", "no-jitter-buffer", "no-player",
        "no-passthrough",
    ])
}
