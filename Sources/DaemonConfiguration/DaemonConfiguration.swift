public import Forwarding
public import NetTypes

/// Everything that is decided once, at start: checked, in the units of the code, one struct for each subsystem.
public struct DaemonConfiguration: Sendable, Equatable {
    /// Control listeners.
    public var control: ControlConfiguration
    /// The media plane.
    public var media: MediaConfiguration
    /// Rules for calls.
    public var calls: CallConfiguration
    /// DTLS handshakes.
    public var dtls: DTLSSettings
    /// Recordings.
    public var recording: RecordingSettings
    /// Log lines.
    public var logging: LoggingConfiguration
    /// The process.
    public var process: ProcessConfiguration
    /// What the operator should know, one line each: options without effect yet, unknown keys, doubtful addresses.
    public var warnings: [String]
}

/// Where control clients are listened to.
public struct ControlConfiguration: Sendable, Equatable {
    /// `listen-ng`.
    public var ngUDP: [ListenEndpoint]
    /// `listen-tcp-ng`.
    public var ngTCP: [ListenEndpoint]
    /// Where ng datagrams are taken, with every address of this machine beside a wildcard.
    public var datagramAddresses: [TransportAddress]
    /// `control-tos`: TOS byte of replies.
    public var tos: UInt8
    /// `listen-cli`.
    public var cli: [ListenEndpoint]
    /// `listen-http`.
    public var http: [ListenEndpoint]
    /// `listen-https`.
    public var https: [ListenEndpoint]
    /// `https-cert`: certificate and its chain, in PEM.
    public var httpsCertificate: String?
    /// `https-key`: in PEM; `nil` for a key in the certificate's file.
    public var httpsKey: String?
    /// `http-threads`; `nil` for as many as make sense.
    public var httpThreads: Int?
    /// `http-buf-size`, in octets; `nil` for the default.
    public var httpBodyBytes: Int?
    /// `http-idle-timeout`; `nil` for the default.
    public var httpIdleSeconds: Int64?
    /// `control-socket`: name of a local socket for operators.
    public var socket: String?
    /// `control-socket-mode`: permission of its file.
    public var socketMode: UInt32
}

/// The media plane: addresses, ports, threads, packet input and output.
public struct MediaConfiguration: Sendable, Equatable {
    /// How packets are read and written.
    public enum Backend: String, Sendable, CaseIterable {
        /// io_uring where the kernel lets us, else epoll.
        case automatic = "auto"
        case ioUring = "io_uring"
        case epoll
    }

    /// Logical interfaces and their port pools.
    public var interfaces: InterfaceTable
    /// `tos`: TOS byte of media packets.
    public var tos: UInt8
    /// `num-threads`: media threads; `nil` for one for each processor.
    public var workers: Int?
    /// `codec-num-threads`: threads that transcode.
    public var converters: Int
    /// `fill-threads`, and 0 with `low-latency`: percent of a processor up to which one media thread takes new calls
    /// before the next one does.
    public var fillPercent: Int
    /// `io-backend`.
    public var backend: Backend
    /// `scheduling`: policy of media threads; `default` for what is best, `none` for what the kernel does.
    public var scheduling: String
    /// `priority`: of media threads under the real-time policies.
    public var priority: Int
    /// `max-wait-us`, and 0 with `low-latency`: longest time from one wake-up to the next under load.
    public var maximumWaitMicroseconds: UInt32
    /// `flight-recorder`, in bytes: memory of each media thread for what happened last; 0 for none.
    public var flightRecorderBytes: Int
    /// `software-id`, with a dash for all that is no letter or digit.
    public var softwareName: String?
    /// `save-interface-ports`: sockets on the first address of an interface only.
    public var usesFirstAddressOnly: Bool
}

/// Rules for calls.
public struct CallConfiguration: Sendable, Equatable {
    /// When calls end by themselves.
    public var timeouts: CallTimeouts
    /// When new calls are refused.
    public var limits: CallLimits
    /// `delete-delay`.
    public var deleteDelay: Duration
    /// `sip-source`: the source of the SIP message counts, not SDP, unless a message says otherwise.
    public var usesSIPSourceAddress: Bool
    /// `endpoint-learning`.
    public var learning: EndpointLearning
    /// `foreign-sources`: packets from other sources after learning, where a message asks for nothing else.
    public var foreignSources: ForeignSourcePolicy
    /// `reject-invalid-sdp`.
    public var rejectsInvalidSDP: Bool
    /// `ended-calls`: how many can still be explained; 0 for none.
    public var endedCalls: Int
    /// `ended-calls-time`
    public var endedCallsTime: Duration
    /// `templates`: `rtpp-flags` texts by name of the template.
    public var templates: [String: String]
}

/// When calls end by themselves (ng-protocol §3.4).
public struct CallTimeouts: Sendable, Equatable {
    /// `timeout`: no packet on any stream that should receive.
    public var media: Duration
    /// `silent-timeout`: the same when all streams are held.
    public var silent: Duration
    /// `offer-timeout`: never answered.
    public var offer: Duration
    /// `final-timeout`: absolute age; `nil` for no end.
    public var final: Duration?
}

/// When new calls are refused (ng-protocol §2). `nil` for no limit.
public struct CallLimits: Sendable, Equatable {
    /// `max-sessions`; 0 refuses every call.
    public var sessions: Int?
    /// `max-load`: load average of the last minute.
    public var load: Double?
    /// `max-cpu`: percent of all processors.
    public var cpuPercent: Double?
    /// `max-bandwidth`: bytes a second.
    public var bytesPerSecond: UInt64?
    /// `max-calls-per-second`.
    public var callsPerSecond: Int?
}

/// How handshakes are made.
public struct DTLSSettings: Sendable, Equatable {
    /// `dtls-passive`.
    public var prefersPassive: Bool
    /// `dtls-mtu`: octets of UDP payload that no datagram exceeds.
    public var maximumDatagramLength: Int
    /// `dtls-cert-cipher=RSA`.
    public var usesRSA: Bool
    /// `dtls-rsa-key-size`.
    public var rsaBits: Int
    /// `dtls-signature`, lower case: `sha-256`.
    public var signature: String
    /// `dtls-cert-lifetime`: seconds.
    public var certificateLifetime: Int
    /// `dtls-ciphers`; `nil` for the default.
    public var ciphers: String?
}

/// How calls are recorded.
public struct RecordingSettings: Sendable, Equatable {
    /// `recording-method`
    public enum Method: String, Sendable, CaseIterable {
        case pcap
        /// Over the peer's kernel module, which there is none of here.
        case proc
        case all
    }

    /// `recording-dir`; `nil` for no recordings.
    public var directory: String?
    /// `recording-method`
    public var method: Method
    /// `recording-format=eth`
    public var usesEthernet: Bool
    /// What is received is recorded: not under `record-egress`.
    public var recordsIngress: Bool
    /// What is sent is recorded: `record-egress`, `record-both`.
    public var recordsEgress: Bool
}

/// What is logged, and where to.
public struct LoggingConfiguration: Sendable, Equatable {
    /// `log-level`: least important syslog level that is logged, 0…7.
    public var level: Int
    /// `log-level-…`: the same by subsystem; negative for nothing at all.
    public var subsystemLevels: [String: Int]
    /// `log-stderr`; otherwise syslog.
    public var usesStandardError: Bool
    /// `log-facility`.
    public var facility: String
    /// `log-name`.
    public var name: String
    /// The opposite of `no-log-timestamps`.
    public var hasTimestamps: Bool
    /// `log-json`: each line is a JSON object.
    public var usesJSON = false
}

/// The process itself.
public struct ProcessConfiguration: Sendable, Equatable {
    /// `foreground`.
    public var staysInForeground: Bool
    /// `pidfile`.
    public var pidFile: String?
}
