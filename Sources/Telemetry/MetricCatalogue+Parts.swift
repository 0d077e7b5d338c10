internal import NGProtocol

/// The parts of the relay: control, interfaces, media threads, handshakes, the process.
extension MetricCatalogue {
    static let control: [MetricDeclaration] = [
        .init(
            "rtpengine_requests_total", .counter, labels: ["proxy", "request"], "Requests of the ng protocol",
            .elements(
                path: ["controlstatistics", "proxies"], keys: ["proxy"], series: commands { $0 + "count" })),
        .init(
            "rtpengine_request_seconds_total", .counter, in: .seconds, labels: ["proxy", "request"],
            "Time that requests took",
            .elements(
                path: ["controlstatistics", "proxies"], keys: ["proxy"], series: commands { $0 + "duration" })),
        .init(
            "rtpengine_errors_total", .counter, labels: ["proxy"], "Requests that led to an error reply",
            .elements(path: ["controlstatistics", "proxies"], keys: ["proxy"], series: [.init("errorcount")])),
        .init(
            "millrace_sessions_limit", .gauge, "Most calls at a time; -1 for no limit",
            .values([.init("limits", "sessions")])),
        .init(
            "millrace_draining", .gauge, "1 while new calls are refused until the last one has ended",
            .values([.init("limits", "draining")])),
    ]

    private static func commands(_ key: (String) -> String) -> [MetricSeries] {
        NGCommand.allCases.map { command in
            MetricSeries(key(command.shortName.lowercased()), labels: [command.rawValue])
        }
    }

    private static func onInterfaces(
        _ name: String, _ kind: MetricDeclaration.Kind, in unit: MetricUnit? = nil, labels: [String] = [],
        _ help: String,
        _ series: [MetricSeries]
    ) -> MetricDeclaration {
        .init(
            name, kind, in: unit, labels: ["name", "address"] + labels, help,
            .elements(path: ["interfaces"], keys: ["name", "address"], series: series))
    }

    private static func directions(_ name: String, _ unit: MetricUnit, _ key: String) -> MetricDeclaration {
        // Gauges by rtpengine's word, though they only go up.
        onInterfaces(
            name, .gauge, in: unit, labels: ["direction"], "\(key) of the interface".capitalizedFirst,
            [.init("ingress", key, labels: ["ingress"]), .init("egress", key, labels: ["egress"])])
    }

    static let interfaces: [MetricDeclaration] =
        [
            onInterfaces("rtpengine_ports_used", .gauge, "Ports in use", [.init("ports", "used")]),
            onInterfaces("rtpengine_ports_free", .gauge, "Ports that are free", [.init("ports", "free")]),
            onInterfaces("rtpengine_ports", .gauge, "Ports in all", [.init("ports", "totals")]),
            directions("rtpengine_interface_packets", .packets, "packets"),
            directions("rtpengine_interface_bytes", .bytes, "bytes"),
            directions("rtpengine_interface_errors", .packets, "errors"),
            onInterfaces(
                "rtpengine_interface_packets_lost", .counter, in: .packets, "Packets lost on the way to the interface",
                [.init("packets_lost")]),
            onInterfaces(
                "rtpengine_interface_duplicates", .counter, in: .packets, "Packets that the interface received twice",
                [.init("duplicates")]),
        ]
        + sampled.flatMap { measure in
            [("total", "Sum"), ("2_total", "Sum of squares"), ("samples_total", "Number")].map { suffix, what in
                let separator = suffix.hasPrefix("2") ? "" : "_"
                return onInterfaces(
                    "rtpengine_interface_\(measure.name)\(separator)\(suffix)", .counter,
                    in: suffix == "total" ? measure.unit : nil,
                    "\(what) of the interface's samples of \(measure.meaning)",
                    [.init("voip_metrics", measure.name + separator + suffix)])
            }
        }

    private static func onWorkers(
        _ name: String, _ kind: MetricDeclaration.Kind, in unit: MetricUnit? = nil, _ help: String, _ key: String
    ) -> MetricDeclaration {
        .init(
            name, kind, in: unit, labels: ["worker"], help,
            .elements(path: ["workers"], keys: ["worker"], series: [.init(key)]))
    }

    private static func onPollers(_ name: String, _ help: String, _ key: String) -> MetricDeclaration {
        .init(
            name, .counter, labels: ["index", "pid", "type"], help,
            .elements(path: ["poller_threads"], keys: ["index", "pid"], series: [.init(key, labels: ["user"])]))
    }

    static let media: [MetricDeclaration] = [
        onPollers("rtpengine_poller_wakeups", "Times that a media thread came back from waiting", "wakeups"),
        onPollers("rtpengine_poller_items", "Datagrams that a media thread received", "items"),
        .init(
            "millrace_io_backend_info", .gauge, labels: ["backend", "reason"],
            "1, with the way in which packets are read and written and why it is this one",
            .elements(path: ["backends"], keys: ["backend", "reason"], series: [.init()])),
        onWorkers(
            "millrace_worker_wakeups_total", .counter, "Times that a media thread came back from waiting", "wakeups"),
        onWorkers("millrace_worker_batches_total", .counter, "Times that a media thread found packets", "batches"),
        onWorkers(
            "millrace_worker_received_packets_total", .counter, in: .packets, "Datagrams that a media thread received",
            "received"),
        onWorkers(
            "millrace_worker_sent_packets_total", .counter, in: .packets, "Datagrams that a media thread sent", "sent"),
        onWorkers(
            "millrace_worker_send_errors_total", .counter, in: .packets, "Datagrams that the kernel refused to send",
            "send errors"),
        onWorkers(
            "millrace_worker_receive_errors_total", .counter, "Errors of sockets, such as ICMP messages",
            "receive errors"),
        onWorkers(
            "millrace_worker_buffer_exhaustions_total", .counter, "Times that no receive buffer was left",
            "buffer exhaustions"),
        onWorkers("millrace_worker_open_ports", .gauge, "Sockets of a media thread", "ports"),
        onWorkers(
            "millrace_worker_parked_ports", .gauge, "Sockets that a media thread keeps for the next calls", "parked"),
        .init(
            "millrace_handshakes_total", .counter, labels: ["result"], "DTLS handshakes that came to an end",
            .values([
                .init("handshakes", "established", labels: ["established"]),
                .init("handshakes", "mismatched", labels: ["fingerprint_mismatch"]),
                .init("handshakes", "failed", labels: ["failed"]),
            ])),
        .init(
            "millrace_handshakes_under_way", .gauge, "DTLS handshakes under way",
            .values([.init("handshakes", "under way")])),
        .init(
            "millrace_dtls_associations", .gauge, "DTLS associations, idle and established ones included",
            .values([.init("handshakes", "associations")])),
        .init(
            "millrace_handshake_drops_total", .counter, in: .packets, labels: ["reason"],
            "DTLS datagrams dropped by a limit",
            .values([
                .init("handshakes", "queue drops", labels: ["queue"]),
                .init("handshakes", "limit drops", labels: ["association_limit"]),
                .init("handshakes", "concurrency drops", labels: ["concurrency"]),
            ])),
        .init(
            "millrace_transcoded_streams", .gauge, "Streams of RTP that are transcoded",
            .values([.init("transcoding", "streams")])),
        .init(
            "millrace_transcoded_packets_total", .counter, in: .packets, "Packets that transcoding has made",
            .values([.init("transcoding", "packets")])),
        .init(
            "millrace_transcoded_packets_lost_total", .counter, in: .packets,
            "Packets that transcoding has made, and no media thread was in time to send",
            .values([.init("transcoding", "missed")])),
    ]

    static let daemon: [MetricDeclaration] = [
        .init(
            "millrace_build_info", .gauge, labels: ["version"], "1, with the version of the program",
            .elements(path: ["builds"], keys: ["version"], series: [.init()])),
        .init(
            "process_cpu_seconds_total", .counter, in: .seconds, "CPU time of the process, user and system",
            .values([.init("process", "cpu seconds")])),
        .init(
            "process_resident_memory_bytes", .gauge, in: .bytes, "Memory of the process that is in use",
            .values([.init("process", "resident bytes")])),
        .init(
            "process_open_fds", .gauge, "Descriptors of the process", .values([.init("process", "descriptors")])),
        .init(
            "process_start_time_seconds", .gauge, in: .seconds, "Start of the process, since the Unix epoch",
            .values([.init("process", "start seconds")])),
    ]
}

extension String {
    /// The text with its first letter capital.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
