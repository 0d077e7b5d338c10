/// Options of logging, threads, and the kernel module.
extension OptionTable {
    /// Syslog facilities by the names that `--log-facility` takes.
    static let facilities = [
        "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp", "local0",
        "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ]

    /// Subsystems that have a log level of their own: the name, and whether it logs anything today.
    public static let subsystems: [(name: String, isPresent: Bool)] = [
        ("core", true), ("control", true), ("ffmpeg", false), ("internals", false), ("spandsp", false),
        ("transcoding", false), ("codec", false), ("rtcp", false), ("ice", false), ("crypto", false), ("srtp", false),
        ("http", true), ("dtx", false),
    ]

    static let logging: [OptionDeclaration] =
        [
            .init("log-level", "L", .integer(0...7), default: "6", "Least important syslog level that is logged")
        ]
        + subsystems.map { subsystem in
            .init(
                "log-level-" + subsystem.name, .integer(-1...8), "The same for the subsystem \(subsystem.name)",
                subsystem.isPresent ? .effective : .harmless("the subsystem logs nothing"))
        }
        + [
            .init("log-stderr", "E", .flag, "Log to standard error instead of syslog"),
            .init("log-facility", .word(facilities), default: "daemon", "Syslog facility"),
            .init("log-name", .text("NAME"), default: "millrace", "Program name in syslog"),
            .init("no-log-timestamps", .flag, "No time in lines on standard error"),
            .init("log-json", .flag, "Each log line is a JSON object"),
            .init(
                "log-format", .word(["default", "parsable"]), default: "default", "Form of the prefix of log lines",
                .notYet("rtpengine's call prefixes")),
            .init(
                "log-mark-prefix", .text("TEXT"), "Text before private data in log lines",
                .notYet("marked private data")),
            .init(
                "log-mark-suffix", .text("TEXT"), "Text after private data in log lines", .notYet("marked private data")
            ),
            .init(
                "max-log-line-length", anyInteger, default: "0", "Length at which log lines are broken",
                .harmless("lines are never broken")),
            .init("split-logs", .flag, "One log line for each line of a message", .harmless("messages have one line")),
            .init("log-srtp-keys", .flag, "Log SRTP keys", .notYet("SRTP")),
            .init("debug-srtp", .flag, "Log the inner workings of SRTP", .notYet("SRTP")),
            .init("log-facility-cdr", .word(facilities), "Syslog facility of call records", .notYet("call records")),
            .init("log-facility-rtcp", .word(facilities), "Syslog facility of RTCP reports", .notYet("RTCP logging")),
            .init("log-facility-dtmf", .word(facilities), "Syslog facility of DTMF events", .notYet("DTMF events")),
        ]

    static let kernel: [OptionDeclaration] = [
        .init(
            "table", "t", anyInteger, default: "-1", "Table of rtpengine's kernel module",
            .harmless("packets are forwarded in user space")),
        .init("no-fallback", "F", .flag, "Fail without the kernel module", .notYet("kernel forwarding")),
        .init("nftables-chain", .text("NAME"), "Chain of the firewall rule", .notYet("kernel forwarding")),
        .init("nftables-base-chain", .text("NAME"), "Chain that refers to the rule", .notYet("kernel forwarding")),
        .init("nftables-append", .flag, "Append the firewall rule", .notYet("kernel forwarding")),
        .init(
            "nftables-family", .text("FAMILY"), "Address families of the firewall rule", .notYet("kernel forwarding")),
        .init("nftables-start", .flag, "Add the firewall rule and exit", .notYet("kernel forwarding")),
        .init("nftables-stop", .flag, "Remove the firewall rule and exit", .notYet("kernel forwarding")),
        .init("nftables-status", .flag, "Show the firewall rule and exit", .notYet("kernel forwarding")),
        .init("xtables", .flag, "Use iptables for the firewall rule", .notYet("kernel forwarding")),
        .init("iptables-chain", .text("NAME"), "Chain of the iptables rule", .notYet("kernel forwarding")),
        .init("kernel-num-threads", anyInteger, "Threads of the kernel module", .notYet("kernel forwarding")),
        .init("kernel-slots", anyInteger, default: "0", "Slots of the kernel module", .notYet("kernel forwarding")),
        .init("kernel-player", anyInteger, default: "0", "Players in the kernel module", .notYet("kernel forwarding")),
        .init(
            "kernel-player-media", anyInteger, default: "128", "Media files in the kernel module",
            .notYet("kernel forwarding")),
    ]

    private static let policies = ["default", "none", "fifo", "rr", "other", "batch", "idle"]
    private static let ownThreads = OptionStatus.harmless("media threads have their own arrangement")

    static let threads: [OptionDeclaration] = [
        .init("thread-stack", anyInteger, default: "2048", "Stack of a thread in kB", ownThreads),
        .init("poller-size", anyInteger, default: "128", "Events for each turn of a poller", ownThreads),
        .init("max-recv-iters", anyInteger, default: "50", "Packets for each turn of a socket", ownThreads),
        .init("timer-accuracy", anyInteger, default: "500", "Microseconds by which timers may be off", ownThreads),
        .init("poller-per-thread", .flag, "One poller for each thread", ownThreads),
        .init("io-uring", .flag, "Use io_uring", .harmless("io-backend decides, and prefers io_uring")),
        .init("io-uring-buffers", anyInteger, default: "16384", "Buffers for io_uring", ownThreads),
        .init("socket-cpu-affinity", anyInteger, default: "0", "CPU that sockets are bound to", ownThreads),
        .init(
            "scheduling", .word(policies), default: "default",
            "Scheduling policy of media threads; default is rr where the kernel allows it"),
        .init("priority", anyInteger, default: "1", "Priority of media threads under fifo and rr"),
        .init(
            "idle-scheduling", .word(policies), default: "default", "Scheduling policy of idle threads",
            .notYet("thread scheduling")),
        .init("idle-priority", anyInteger, "Priority of idle threads", .notYet("thread scheduling")),
        .init("media-num-threads", anyInteger, "Threads for media playback", .harmless("there is no playback")),
    ]
}
