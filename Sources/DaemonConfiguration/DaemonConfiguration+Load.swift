import Forwarding
import NetTypes

extension DaemonConfiguration {
    /// Version of the program.
    public static let version = "0.1.0"

    /// Files read when the command line names none: the first that exists.
    public static let defaultFiles = ["/etc/millrace/millrace.conf", "/etc/rtpengine/rtpengine.conf"]
    /// Sections used when the command line names none: the first that the file has.
    public static let defaultSections = ["millrace", "rtpengine"]

    /// Reads the file that the command line asks for, merges it with the command line, and checks the whole.
    public init(_ arguments: CommandLineArguments, facts: SystemFacts) throws(ConfigurationError) {
        var warnings: [String] = []
        let source = try Self.source(arguments, facts)
        let values = try OptionValues(
            arguments, section: source.section, fileName: source.name, warnings: &warnings)
        for option in values.given {
            if case .notYet(let need) = option.status, values.isChanged(option) {
                warnings.append("\(values.place(of: option.name)) has no effect yet: it needs \(need)")
            }
        }
        control = try ControlConfiguration(values, facts)
        media = try MediaConfiguration(values, source, control, facts, warnings: &warnings)
        calls = try CallConfiguration(values, source)
        dtls = DTLSSettings(values)
        recording = RecordingSettings(values)
        if recording.directory != nil, recording.method != .pcap {
            warnings.append(
                "\(values.place(of: "recording-method")): there is no recording over the kernel module here, only pcap files"
            )
        }
        logging = LoggingConfiguration(values)
        process = ProcessConfiguration(
            staysInForeground: values.isSet("foreground"), pidFile: values.text("pidfile"))
        self.warnings = warnings
    }

    /// The configuration file in use; without one, empty.
    struct Source {
        var name = ""
        var file = KeyFile()
        var section: [KeyFile.Entry] = []
    }

    private static func source(
        _ arguments: CommandLineArguments, _ facts: SystemFacts
    ) throws(ConfigurationError) -> Source {
        let wanted = arguments.values["config-file"]?.last
        if wanted == "none" { return Source() }
        for name in wanted.map({ [$0] }) ?? defaultFiles {
            switch facts.readFile(name) {
            case .bytes(let bytes):
                return try source(bytes, name, section: arguments.values["config-section"]?.last)
            case .unreadable(let reason):
                throw .startup("cannot read configuration file \(name): \(reason)")
            case .absent:
                if wanted != nil { throw .startup("there is no configuration file \(name)") }
            }
        }
        return Source()
    }

    private static func source(
        _ bytes: [UInt8], _ name: String, section wanted: String?
    ) throws(ConfigurationError) -> Source {
        var source = Source(name: name)
        do throws(ConfigurationError) {
            source.file = try KeyFile(bytes)
        } catch {
            throw .usage("\(name): \(error)")
        }
        if let wanted, source.file.sections[wanted] == nil {
            throw .usage("\(name): there is no section [\(wanted)]")
        }
        let section = (wanted.map { [$0] } ?? defaultSections).lazy.compactMap { source.file.sections[$0] }.first
        source.section = section ?? []
        return source
    }
}

extension ControlConfiguration {
    init(_ values: OptionValues, _ facts: SystemFacts) throws(ConfigurationError) {
        ngUDP = try Self.endpoints("listen-ng", values, facts)
        ngTCP = try Self.endpoints("listen-tcp-ng", values, facts)
        datagramAddresses = ngUDP.flatMap(\.addresses).flatMap { listening in
            guard listening.address.isUnspecified else { return [listening] }
            return [listening] + facts.addresses.map { TransportAddress($0.address, listening.port) }
        }
        tos = UInt8(clamping: values.integer("control-tos") ?? 0)
        cli = try Self.endpoints("listen-cli", values, facts)
        http = try Self.endpoints("listen-http", values, facts)
        https = try Self.endpoints("listen-https", values, facts)
        httpsCertificate = values.text("https-cert")
        httpsKey = values.text("https-key")
        httpThreads = values.limit("http-threads")
        httpBodyBytes = values.limit("http-buf-size").map { $0 * 1024 }
        httpIdleSeconds = values.limit("http-idle-timeout").map { Int64($0) }
        socket = values.text("control-socket")
        socketMode = UInt32(values.word("control-socket-mode") ?? "", radix: 8) ?? 0o600
        guard !(ngUDP + ngTCP + http + https).isEmpty else {
            throw .usage("nothing to listen on: give --listen-ng or --listen-tcp-ng")
        }
        guard https.isEmpty || httpsCertificate != nil else {
            throw .usage("\(values.place(of: "listen-https")): HTTPS needs a certificate: give --https-cert")
        }
    }

    /// Every address that is listened on.
    var addresses: [TransportAddress] { (ngUDP + ngTCP + cli + http + https).flatMap(\.addresses) }

    private static func endpoints(
        _ name: String, _ values: OptionValues, _ facts: SystemFacts
    ) throws(ConfigurationError) -> [ListenEndpoint] {
        var endpoints: [ListenEndpoint] = []
        for text in values.list(name) {
            let endpoint = try ListenEndpoint(text, place: values.place(of: name), resolve: facts.resolve)
            if !endpoints.contains(where: { $0.addresses == endpoint.addresses }) { endpoints.append(endpoint) }
        }
        return endpoints
    }
}

extension MediaConfiguration {
    init(
        _ values: OptionValues, _ source: DaemonConfiguration.Source, _ control: ControlConfiguration,
        _ facts: SystemFacts, warnings: inout [String]
    ) throws(ConfigurationError) {
        let minimum = UInt16(clamping: values.integer("port-min") ?? 0)
        let maximum = UInt16(clamping: values.integer("port-max") ?? 0)
        guard minimum <= maximum else {
            throw .usage("\(values.place(of: "port-min")): \(minimum) is above port-max \(maximum)")
        }
        var entries: [InterfaceEntry] = []
        for text in values.list("interface") {
            entries.append(try InterfaceEntry(text, ports: minimum...maximum, place: values.place(of: "interface")))
        }
        if let prefix = values.text("interfaces-config") {
            for name in source.file.sectionNames where name.hasPrefix(prefix + "-") && name.count > prefix.count + 1 {
                let section = source.file.sections[name] ?? []
                entries.append(
                    try InterfaceEntry(
                        section: section, named: name, defaultName: String(name.dropFirst(prefix.count + 1)),
                        ports: minimum...maximum, fileName: source.name, warnings: &warnings))
            }
        }
        let controlPorts = control.addresses.map(\.port)
        var builder = InterfaceTableBuilder(facts: facts, controlPorts: Set(controlPorts))
        interfaces = try builder.build(entries)
        warnings += builder.warnings
        guard !interfaces.interfaces.isEmpty else { throw .usage("no local address for media: give --interface") }

        tos = UInt8(clamping: values.integer("tos") ?? 0)
        workers = values.integer("num-threads")
        converters = max(1, values.integer("codec-num-threads") ?? 1)
        fillPercent = values.isSet("low-latency") ? 0 : values.integer("fill-threads") ?? 0
        backend = values.word("io-backend").flatMap(Backend.init) ?? .automatic
        scheduling = values.word("scheduling") ?? "default"
        priority = min(max(values.integer("priority") ?? 1, 1), 99)
        let wait = values.isSet("low-latency") ? 0 : values.integer("max-wait-us") ?? 0
        maximumWaitMicroseconds = UInt32(clamping: wait)
        flightRecorderBytes = (values.integer("flight-recorder") ?? 0) * 1024
        softwareName = values.text("software-id").map { text in
            String(
                decoding: text.utf8.prefix(32).map { SoftwareName.allows($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
        }
        usesFirstAddressOnly = values.isSet("save-interface-ports")
    }
}

extension DTLSSettings {
    init(_ values: OptionValues) {
        prefersPassive = values.isSet("dtls-passive")
        maximumDatagramLength = values.integer("dtls-mtu") ?? 1_200
        usesRSA = values.word("dtls-cert-cipher") == "RSA"
        rsaBits = values.integer("dtls-rsa-key-size") ?? 2_048
        signature = values.word("dtls-signature")?.lowercased() ?? "sha-256"
        certificateLifetime = values.integer("dtls-cert-lifetime") ?? 2_592_000
        ciphers = values.text("dtls-ciphers")
    }
}

extension RecordingSettings {
    init(_ values: OptionValues) {
        directory = values.text("recording-dir").flatMap { $0.isEmpty ? nil : $0 }
        method = values.word("recording-method").flatMap(Method.init) ?? .pcap
        usesEthernet = values.word("recording-format") == "eth"
        recordsEgress = values.isSet("record-egress") || values.isSet("record-both")
        recordsIngress = !values.isSet("record-egress") || values.isSet("record-both")
    }
}

extension CallConfiguration {
    init(_ values: OptionValues, _ source: DaemonConfiguration.Source) throws(ConfigurationError) {
        timeouts = CallTimeouts(values)
        limits = CallLimits(values)
        deleteDelay = values.duration("delete-delay")
        endedCalls = values.integer("ended-calls") ?? 0
        endedCallsTime = values.duration("ended-calls-time")
        usesSIPSourceAddress = values.isSet("sip-source")
        learning =
            switch values.word("endpoint-learning") {
            case "delayed": .delayed
            case "immediate": .immediate
            case "off": .off
            default: .heuristic
            }
        foreignSources = values.word("foreign-sources") == "accept" ? .accept : .drop
        rejectsInvalidSDP = values.isSet("reject-invalid-sdp")
        templates = [:]
        if let name = values.text("templates") {
            guard let section = source.file.sections[name] else {
                throw .usage("\(values.place(of: "templates")): the configuration file has no section [\(name)]")
            }
            for entry in section { templates[entry.key] = entry.text }
        }
    }
}

extension CallTimeouts {
    /// As in rtpengine, 0 asks for the default, except of `final-timeout`.
    init(_ values: OptionValues) {
        media = values.positiveDuration("timeout")
        silent = values.positiveDuration("silent-timeout")
        offer = values.positiveDuration("offer-timeout")
        final = values.limit("final-timeout").map { .seconds($0) }
    }
}

extension CallLimits {
    init(_ values: OptionValues) {
        sessions = values.integer("max-sessions").flatMap { $0 < 0 ? nil : $0 }
        load = values.decimal("max-load").flatMap { $0 > 0 ? $0 : nil }
        cpuPercent = values.decimal("max-cpu").flatMap { $0 > 0 ? $0 : nil }
        bytesPerSecond = values.limit("max-bandwidth").map { UInt64($0) }
        callsPerSecond = values.limit("max-calls-per-second")
    }
}

extension LoggingConfiguration {
    init(_ values: OptionValues) {
        level = values.integer("log-level") ?? 0
        subsystemLevels = [:]
        for subsystem in OptionTable.subsystems {
            subsystemLevels[subsystem.name] = values.integer("log-level-" + subsystem.name)
        }
        usesStandardError = values.isSet("log-stderr")
        facility = values.word("log-facility") ?? ""
        name = values.text("log-name") ?? ""
        hasTimestamps = !values.isSet("no-log-timestamps")
        usesJSON = values.isSet("log-json")
    }
}

/// What `software-id` is made of.
private enum SoftwareName {
    static func allows(_ octet: UInt8) -> Bool {
        let character = Character(UnicodeScalar(octet))
        return octet < 0x80 && (character.isLetter || character.isNumber)
    }
}
