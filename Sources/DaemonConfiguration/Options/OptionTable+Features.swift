/// Options of rtpengine's that wait for the part of the relay they belong to.
extension OptionTable {
    private static let record = OptionStatus.notYet("recording")
    private static let play = OptionStatus.notYet("media playback")
    private static let codec = OptionStatus.notYet("transcoding")
    private static let dtmf = OptionStatus.notYet("DTMF events")
    private static let redisStore = OptionStatus.notYet("Redis")
    private static let homer = OptionStatus.notYet("HEP capture")
    private static let mqtt = OptionStatus.notYet("MQTT")
    private static let graphite = OptionStatus.notYet("Graphite")

    static let security: [OptionDeclaration] = [
        .init("dtls-passive", .flag, "Wait for the peer's ClientHello where its SDP leaves the choice"),
        .init("dtls-mtu", .integer(576...65_507), default: "1200", "Octets that no DTLS datagram exceeds"),
        .init(
            "dtls-cert-cipher", .word(["prime256v1", "RSA"]), default: "prime256v1",
            "Kind of key of the DTLS certificate, which is made at every start"),
        .init("dtls-rsa-key-size", .integer(2048...16_384), default: "2048", "Bits of an RSA key"),
        .init(
            "dtls-signature", .word(["SHA-256", "SHA-1", "SHA-224", "SHA-384", "SHA-512"]), default: "SHA-256",
            "Hash in the signature of the DTLS certificate"),
        .init(
            "dtls-cert-lifetime", .integer(60...315_360_000), default: "2592000",
            "Seconds for which a DTLS certificate is valid; new calls get another one after half of them"),
        .init("dtls-ciphers", .text("LIST"), "Ciphers for DTLS, in OpenSSL's words"),
    ]

    static let recording: [OptionDeclaration] = [
        .init("recording-dir", .text("DIRECTORY"), "Directory of recordings; without it, nothing is recorded"),
        .init(
            "recording-method", .word(["pcap", "proc", "all"]), default: "pcap",
            "How calls are recorded; only pcap exists, and proc refuses every recording"),
        .init("recording-format", .word(["raw", "eth"]), default: "raw", "Link layer of pcap files"),
        .init("record-egress", .flag, "Record what is sent, not what is received"),
        .init("record-both", .flag, "Record what is received and what is sent"),
        .init("vsc-start-rec", .text("DIGITS"), "Digits that start recording", record),
        .init("vsc-stop-rec", .text("DIGITS"), "Digits that stop recording", record),
        .init("vsc-start-stop-rec", .text("DIGITS"), "Digits that start or stop recording", record),
        .init("vsc-pause-rec", .text("DIGITS"), "Digits that pause recording", record),
        .init("vsc-pause-resume-rec", .text("DIGITS"), "Digits that pause or resume recording", record),
        .init("vsc-start-pause-resume-rec", .text("DIGITS"), "Digits that start, pause or resume recording", record),
    ]

    static let player: [OptionDeclaration] = [
        .init(
            "audio-player", .word(["on-demand", "play-media", "transcoding", "always"]), default: "on-demand",
            "When the player runs", play),
        .init("audio-buffer-length", anyInteger, default: "500", "Milliseconds of audio kept", play),
        .init("audio-buffer-delay", anyInteger, default: "5", "Milliseconds by which audio is held back", play),
        .init("player-cache", .flag, "Keep encoded media", play),
        .init("preload-media-files", .list("FILE"), "Media files to load at start", play),
        .init("media-files-reload", anyInteger, "Seconds between looks at media files", play),
        .init("media-files-expire", anyInteger, "Seconds until unused media files are dropped", play),
        .init("preload-db-media", .list("ID"), "Media of the database to load at start", play),
        .init("db-media-reload", anyInteger, "Seconds between looks at the database", play),
        .init("db-media-expire", anyInteger, "Seconds until unused media is dropped", play),
        .init("db-media-cache", .text("DIRECTORY"), "Directory of media from the database", play),
        .init("preload-db-cache", .list("ID"), "Media to load into the directory at start", play),
        .init("db-cache-reload", anyInteger, "Seconds between looks at the directory", play),
        .init("cache-media-reload", anyInteger, "Another name of db-cache-reload", play),
        .init("db-cache-expire", anyInteger, "Seconds until unused files are removed", play),
        .init("expiry-timer", anyInteger, "Seconds between runs of the expiry", play),
        .init("moh-max-duration", anyInteger, default: "1800000", "Milliseconds of music on hold", play),
        .init("moh-max-repeats", anyInteger, default: "999", "Repetitions of music on hold", play),
        .init("moh-attr-name", .text("NAME"), "SDP attribute that marks music on hold", play),
        .init("moh-prevent-double-hold", .flag, "No music on hold to a party that plays its own", play),
        .init("mysql-host", .text("HOST"), "Database of media", play),
        .init("mysql-port", anyInteger, "Port of the database", play),
        .init("mysql-user", .text("NAME"), "User of the database", play),
        .init("mysql-pass", .text("PASSWORD"), "Password of the database", play),
        .init("mysql-query", .text("QUERY"), "Query for media", play),
    ]

    static let transcoding: [OptionDeclaration] = [
        .init("transcode-config", .text("PREFIX"), "Sections of the file with transcoding rules", codec),
        .init("jitter-buffer", anyInteger, default: "0", "Packets in the jitter buffer", codec),
        .init("jb-clock-drift", .flag, "Compensate for clock drift", codec),
        .init("jb-adaptive", .flag, "Let the jitter buffer adapt", codec),
        .init("jb-adaptive-min", anyInteger, default: "0", "Least milliseconds of the adaptive buffer", codec),
        .init("jb-adaptive-max", anyInteger, default: "300", "Most milliseconds of the adaptive buffer", codec),
        .init("dtx-delay", anyInteger, default: "0", "Milliseconds until DTX handling", codec),
        .init("max-dtx", anyInteger, default: "30", "Seconds of DTX at most", codec),
        .init("dtx-buffer", anyInteger, default: "10", "Packets in the DTX buffer", codec),
        .init("dtx-lag", anyInteger, default: "100", "Milliseconds in the DTX buffer", codec),
        .init("dtx-shift", anyInteger, default: "5", "Milliseconds by which DTX timing is moved", codec),
        .init("dtx-cn-params", .integerList(0...255), "Comfort noise made from DTX", codec),
        .init("amr-dtx", .word(["native", "CN"]), default: "native", "DTX of AMR", codec),
        .init("evs-dtx", .word(["native", "CN"]), default: "native", "DTX of EVS", codec),
        .init("evs-lib-path", .text("FILE"), "EVS codec library", codec),
        .init("silence-detect", .decimal(0...100), default: "0", "Level in percent that counts as silence", codec),
        .init("cn-payload", .integerList(0...255), default: "32", "Comfort noise that replaces silence", codec),
    ]

    static let reporting: [OptionDeclaration] = [
        .init("dtmf-log-dest", .text("HOST:PORT"), "Send DTMF events to this UDP address", dtmf),
        .init("dtmf-log-ng-tcp", .flag, "Send DTMF events to ng clients on TCP", dtmf),
        .init("dtmf-no-suppress", .flag, "Let audio pass during DTMF events", dtmf),
        .init("dtmf-digit-delay", anyInteger, default: "2500", "Milliseconds between digits of a sequence", dtmf),
        .init("dtmf-no-log-injects", .flag, "Do not report injected DTMF", dtmf),
        .init(
            "mos", .wordList(["CQ", "LQ", "G.107", "G.107.2", "legacy"]), default: "CQ", "How MOS is computed",
            .notYet("other formulas of MOS")),
        .init("measure-rtp", .flag, "Measure RTP also when it is only forwarded", .harmless("RTP is always measured")),
        .init(
            "ssrc-reporting", .word(["full", "inline", "global", "none"]), default: "full",
            "SSRC lists in query replies", .notYet("other forms of the reply")),
        .init(
            "rtcp-interval", anyInteger, default: "5000", "Milliseconds between own RTCP reports",
            .notYet("own RTCP reports")),
        .init("graphite", "g", .text("HOST:PORT"), "Graphite server", graphite),
        .init("graphite-interval", "G", anyInteger, default: "0", "Seconds between reports", graphite),
        .init("graphite-prefix", .text("TEXT"), "Prefix of every line", graphite),
        .init("graphite-timeout", anyInteger, default: "0", "Seconds until a connection fails", graphite),
        .init("homer", .text("HOST:PORT"), "HEP capture server", homer),
        .init("homer-protocol", .word(["udp", "tcp"]), default: "udp", "Transport of HEP", homer),
        .init("homer-id", anyInteger, default: "2001", "Capture id", homer),
        .init("homer-disable-rtcp-stats", .flag, "No RTCP in captures", homer),
        .init("homer-enable-ng", .flag, "Capture ng messages", homer),
        .init("homer-ng-capture-proto", anyInteger, default: "61", "Protocol number of ng messages", homer),
        .init("mqtt-host", .text("HOST"), "MQTT broker", mqtt),
        .init("mqtt-port", anyInteger, default: "1883", "Port of the broker", mqtt),
        .init("mqtt-id", .text("TEXT"), "Client id", mqtt),
        .init("mqtt-keepalive", anyInteger, default: "30", "Seconds between keepalives", mqtt),
        .init("mqtt-user", .text("NAME"), "User at the broker", mqtt),
        .init("mqtt-pass", .text("PASSWORD"), "Password at the broker", mqtt),
        .init("mqtt-cafile", .text("FILE"), "Certificates of authorities", mqtt),
        .init("mqtt-capath", .text("DIRECTORY"), "Directory of certificates of authorities", mqtt),
        .init("mqtt-certfile", .text("FILE"), "Client certificate", mqtt),
        .init("mqtt-keyfile", .text("FILE"), "Client key", mqtt),
        .init("mqtt-tls-alpn", .text("TEXT"), "ALPN of the connection", mqtt),
        .init("mqtt-publish-qos", .integer(0...2), default: "0", "Quality of service", mqtt),
        .init("mqtt-publish-topic", .text("TEXT"), "Topic", mqtt),
        .init("mqtt-publish-interval", anyInteger, default: "5000", "Milliseconds between reports", mqtt),
        .init(
            "mqtt-publish-scope", .word(["global", "summary", "call", "media"]), default: "global", "What is reported",
            mqtt),
    ]

    static let redis: [OptionDeclaration] = [
        .init("redis", "r", .text("[PW@]HOST:PORT/DB"), "Redis server that keeps calls", redisStore),
        .init("redis-write", "w", .text("[PW@]HOST:PORT/DB"), "Redis server for writing", redisStore),
        .init("redis-subscribe", .text("[PW@]HOST:PORT/DB"), "Redis server for notifications", redisStore),
        .init("subscribe-keyspace", "k", .integerList(0...Int.max), "Databases to follow", redisStore),
        .init("no-redis-required", "q", .flag, "Start without Redis", redisStore),
        .init("redis-num-threads", anyInteger, default: "4", "Threads that restore calls", redisStore),
        .init("redis-expires", anyInteger, default: "86400", "Seconds until keys expire", redisStore),
        .init("redis-allowed-errors", anyInteger, default: "-1", "Errors until Redis is left alone", redisStore),
        .init("redis-disable-time", anyInteger, default: "10", "Seconds that Redis is left alone", redisStore),
        .init("redis-cmd-timeout", anyInteger, default: "0", "Milliseconds for a command", redisStore),
        .init("redis-connect-timeout", anyInteger, default: "1000", "Milliseconds for a connection", redisStore),
        .init("redis-delete-async", "y", .flag, "Delete keys in the background", redisStore),
        .init("redis-delete-async-interval", anyInteger, "Seconds between deletions in the background", redisStore),
        .init("redis-format", .word(["native", "bencode", "JSON"]), default: "native", "Form of the keys", redisStore),
        .init("redis-resolve-on-reconnect", .flag, "Resolve the host name again", redisStore),
        .init("redis-tcp-keepalive-time", anyInteger, default: "0", "TCP keepalive time", redisStore),
        .init("redis-tcp-keepalive-intvl", anyInteger, default: "1", "TCP keepalive interval", redisStore),
        .init("redis-tcp-keepalive-probes", anyInteger, default: "3", "TCP keepalive probes", redisStore),
        .init("active-switchover", .flag, "Take over calls on activity", redisStore),
    ]
}
