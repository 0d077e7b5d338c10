/// Options of what the daemon does today.
extension OptionTable {
    static let general: [OptionDeclaration] = [
        .init("help", "h", .flag, "Print the options and exit"),
        .init("version", "v", .flag, "Print the version and exit"),
        .init("codecs", .flag, "Print the codecs that can be transcoded and exit"),
        .init("config-file", .text("FILE"), "Read this file; the word none reads no file"),
        .init("config-section", .text("NAME"), "Section of the file that holds the options"),
        .init("foreground", "f", .flag, "Stay in the foreground"),
        .init("pidfile", "p", .text("FILE"), "Write the process id to this file"),
        .init("software-id", .text("TEXT"), "Name of this software in STUN messages, 32 octets at most"),
    ]

    static let interfaces: [OptionDeclaration] = [
        .init("interface", "i", .list("[NAME/]ADDRESS[!ADVERTISED]"), "Local address for media; may be repeated"),
        .init("interfaces-config", .text("PREFIX"), "Sections of the file named PREFIX-NAME define interfaces"),
        .init("save-interface-ports", "S", .flag, "Open ports on the first address of an interface only"),
        .init("port-min", "m", port, default: "30000", "First port for media"),
        .init("port-max", "M", port, default: "39999", "Last port for media"),
    ]

    static let control: [OptionDeclaration] = [
        .init("listen-ng", "n", .list("[HOST:]PORT"), "Accept the ng protocol over UDP here; may be repeated"),
        .init("listen-tcp-ng", "N", .list("[HOST:]PORT"), "Accept the ng protocol over TCP here; may be repeated"),
        .init("control-tos", byte, default: "0", "TOS byte of ng packets"),
        .init(
            "control-pmtu", .word(["want", "dont"]), "Path MTU discovery on control sockets",
            .harmless("the kernel's default applies")),
        .init("listen-cli", "c", .list("[HOST:]PORT"), "Accept commands of operators over TCP here; may be repeated"),
        .init("listen-http", .list("[HOST:]PORT"), "Accept HTTP and WebSocket here; may be repeated"),
        .init("listen-https", .list("[HOST:]PORT"), "Accept HTTPS and secure WebSocket here; may be repeated"),
        .init("https-cert", .text("FILE"), "Certificate for HTTPS with its chain, in PEM"),
        .init("https-key", .text("FILE"), "Private key for HTTPS, in PEM; that of the certificate's file unless given"),
        .init("http-threads", .integer(0...64), "Threads for HTTP and operators; one or two unless given"),
        .init("http-buf-size", .integer(0...65_536), default: "0", "Limit of HTTP bodies in kB; 0 for 256"),
        .init(
            "http-idle-timeout", .integer(0...86_400), default: "0",
            "Seconds before idle HTTP connections close; 0 for 5"),
        .init("control-socket", .text("FILE"), "Accept commands of operators on this local socket"),
        .init(
            "control-socket-mode", .word(["0600", "0660"]), default: "0600", "Permission of the local socket"),
        .init(
            "listen-udp", "u", .list("[HOST:]PORT"), "Accept the old rtpproxy protocol over UDP",
            .notYet("the rtpproxy protocol")),
        .init(
            "listen-tcp", "l", .list("[HOST:]PORT"), "Accept the old rtpproxy protocol over TCP",
            .notYet("the rtpproxy protocol")),
        .init(
            "ng-client-timeout", natural, default: "50", "Milliseconds to wait for other relays",
            .notYet("the ng client")),
        .init("ng-client-retries", natural, default: "5", "Attempts to reach other relays", .notYet("the ng client")),
        .init(
            "janus-secret", .text("SECRET"), "Administrator's secret of the Janus interface",
            .notYet("the Janus interface")),
        .init(
            "b2b-url", "b", .text("URL"), "Report calls that time out to this XML-RPC server",
            .notYet("XML-RPC callbacks")),
        .init(
            "xmlrpc-format", "x", .integer(0...2), default: "0", "Form of the XML-RPC request",
            .notYet("XML-RPC callbacks")),
    ]

    static let calls: [OptionDeclaration] = [
        .init("timeout", "o", seconds, default: "60", "Seconds without any packet after which a call ends"),
        .init("silent-timeout", "s", seconds, default: "3600", "The same for calls whose media is all held"),
        .init("offer-timeout", seconds, default: "3600", "Seconds after which a call that is never answered ends"),
        .init("final-timeout", "a", seconds, default: "0", "Seconds after which any call ends; 0 for never"),
        .init("delete-delay", "d", seconds, default: "30", "Seconds between a delete and the end of the call"),
        .init(
            "sip-source", .flag, "Trust the source of the SIP message, not the address in SDP, unless told otherwise"),
        .init(
            "endpoint-learning", .word(["delayed", "immediate", "off", "heuristic"]), default: "heuristic",
            "How the address that a peer really sends from is learned"),
        .init(
            "foreign-sources", .word(["drop", "accept"]), default: "drop",
            "Packets from other sources once a peer is known: accept forwards them as rtpengine does"),
        .init("reject-invalid-sdp", .flag, "Refuse SDP with an empty line, which otherwise ends it"),
        .init(
            "ended-calls", .integer(0...1_000_000), default: "1000",
            "Ended calls that ctl why can still explain; 0 for none"),
        .init(
            "ended-calls-time", .integer(1...86_400), default: "600", "Seconds for which ended calls can be explained"),
        .init("templates", .text("NAME"), "Section of the file that holds signalling templates"),
    ]

    static let limits: [OptionDeclaration] = [
        .init("max-sessions", .integer(-1...Int.max), default: "-1", "Calls at most; -1 for no limit, 0 refuses all"),
        .init(
            "max-load", .decimal(0...100_000), default: "0", "Refuse new calls above this load average; 0 for no limit"),
        .init("max-cpu", percent, default: "0", "Refuse new calls above this CPU use in percent; 0 for no limit"),
        .init(
            "max-bandwidth", natural, default: "0", "Refuse new calls above this many bytes a second; 0 for no limit"),
        .init("max-calls-per-second", natural, default: "0", "Refuse new calls above this rate; 0 for no limit"),
    ]

    static let mediaPath: [OptionDeclaration] = [
        .init("tos", "T", byte, default: "0", "TOS byte of media packets"),
        .init("num-threads", .integer(1...1024), "Media threads; as many as CPUs unless given"),
        .init(
            "fill-threads", .integer(0...100), default: "40",
            "How busy one media thread gets before the next one, in percent; 0 spreads calls"),
        .init("codec-num-threads", .integer(0...64), default: "0", "Threads for transcoding; 0 for one"),
        .init(
            "io-backend", .word(["auto", "io_uring", "epoll"]), default: "auto",
            "How packets are read and written; auto falls back from io_uring to epoll"),
        .init("low-latency", .flag, "Never wait for more packets before waking up"),
        .init(
            "max-wait-us", .integer(0...10_000), default: "1500",
            "Longest time from one wake-up to the next under load, in microseconds"),
        .init(
            "flight-recorder", .integer(0...1_048_576), default: "2048",
            "Memory in kB of each media thread for the last seconds of its calls; 0 for none"),
    ]
}
