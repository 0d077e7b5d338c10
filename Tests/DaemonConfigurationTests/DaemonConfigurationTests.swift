import Forwarding
import NetTypes
import Testing

@testable import DaemonConfiguration

@Suite struct DaemonConfigurationTests {
    @Test func defaultsAreRTPenginesOwn() throws {
        let configuration = try Machine().configure("--interface=192.0.2.1", "--listen-ng=127.0.0.1:2223")
        #expect(configuration.control.ngTCP.isEmpty)
        #expect(configuration.control.tos == 0)
        #expect(
            configuration.media.interfaces.pools == [
                PortPoolConfiguration(address: "192.0.2.1", minimum: 30000, maximum: 39999)
            ])
        #expect(configuration.media.tos == 0)
        #expect(configuration.media.workers == nil)
        #expect(configuration.media.backend == .automatic)
        #expect(configuration.media.maximumWaitMicroseconds == 1500)
        #expect(configuration.media.scheduling == "default" && configuration.media.priority == 1)
        #expect(
            configuration.calls
                == CallConfiguration(
                    timeouts: CallTimeouts(
                        media: .seconds(60), silent: .seconds(3600), offer: .seconds(3600), final: nil),
                    limits: CallLimits(), deleteDelay: .seconds(30), usesSIPSourceAddress: false, learning: .heuristic,
                    foreignSources: .drop, rejectsInvalidSDP: false, endedCalls: 1000,
                    endedCallsTime: .seconds(600), templates: [:]))
        #expect(
            configuration.logging
                == LoggingConfiguration(
                    level: 6, subsystemLevels: [:], usesStandardError: false, facility: "daemon", name: "millrace",
                    hasTimestamps: true))
        #expect(configuration.process == ProcessConfiguration(staysInForeground: false, pidFile: nil))
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: [("fifo", "20", 20), ("none", "-5", 1), ("rr", "500", 99)])
    func mediaThreadsHaveAPolicy(_ policy: String, _ text: String, _ priority: Int) throws {
        let configuration = try Machine().configure("-iany", "-n1", "--scheduling=\(policy)", "--priority=\(text)")
        #expect(configuration.media.scheduling == policy && configuration.media.priority == priority)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func zeroAsksForTheDefaultTimeout() throws {
        let calls = try Machine().configure("-iany", "-n1", "-o0", "-s0", "--offer-timeout=0", "-a0", "-d0").calls
        #expect(
            calls.timeouts
                == CallTimeouts(media: .seconds(60), silent: .seconds(3600), offer: .seconds(3600), final: nil))
        #expect(calls.deleteDelay == .zero)
    }

    @Test func limitsDistinguishNoneFromZero() throws {
        #expect(try Machine().configure("-iany", "-n1", "--max-sessions=0").calls.limits.sessions == 0)
        #expect(try Machine().configure("-iany", "-n1", "--max-sessions=-1").calls.limits.sessions == nil)
        let limits = try Machine().configure("-iany", "-n1", "--max-load=0", "--max-cpu=0", "--max-bandwidth=0").calls
            .limits
        #expect(limits == CallLimits())
    }

    @Test func lowLatencyNeverWaits() throws {
        #expect(
            try Machine().configure("-iany", "-n1", "--low-latency", "--max-wait-us=300").media.maximumWaitMicroseconds
                == 0)
    }

    @Test func lowLatencySpreadsCalls() throws {
        #expect(try Machine().configure("-iany", "-n1").media.fillPercent == 40)
        #expect(try Machine().configure("-iany", "-n1", "--fill-threads=25").media.fillPercent == 25)
        #expect(try Machine().configure("-iany", "-n1", "--low-latency", "--fill-threads=25").media.fillPercent == 0)
    }

    /// Every option that claims an effect, with a value that is not the default.
    private static let samples = [
        "interface=relay.example", "save-interface-ports", "port-min=30002", "port-max=39000", "listen-ng=7",
        "listen-tcp-ng=7",
        "listen-cli=7", "listen-http=7", "listen-https=7", "https-cert=x", "https-key=x", "http-threads=7",
        "http-buf-size=7", "http-idle-timeout=7", "control-socket=x", "control-socket-mode=0660",
        "control-tos=8", "timeout=7", "silent-timeout=7", "offer-timeout=7", "final-timeout=7", "delete-delay=7",
        "sip-source", "endpoint-learning=off", "foreign-sources=accept", "reject-invalid-sdp", "templates=tpl",
        "interfaces-config=rtp", "max-sessions=7", "max-load=7", "max-cpu=7", "max-bandwidth=7",
        "max-calls-per-second=7", "scheduling=fifo", "priority=7", "tos=8", "num-threads=7", "codec-num-threads=7",
        "io-backend=epoll",
        "low-latency", "max-wait-us=7", "fill-threads=7",
        "log-level=7", "log-level-core=7", "log-level-control=7", "log-level-http=7", "log-stderr",
        "log-facility=local7",
        "log-name=x", "no-log-timestamps", "log-json", "foreground", "pidfile=/run/x", "dtls-passive", "dtls-mtu=700",
        "dtls-cert-cipher=RSA", "dtls-ciphers=HIGH", "flight-recorder=7", "recording-dir=/tmp/x",
        "recording-method=all", "recording-format=eth", "record-egress", "record-both",
        "software-id=x", "ended-calls=7", "ended-calls-time=60", "dtls-rsa-key-size=3072", "dtls-signature=SHA-384",
        "dtls-cert-lifetime=86400",
    ]

    /// An option that claims an effect must change the outcome; this is how a forgotten one is noticed.
    @Test(arguments: samples)
    func effectiveOptionsChangeTheOutcome(_ option: String) throws {
        let machine = Machine(files: ["f": "[rtpengine]\n[tpl]\na = b\n[rtp-x]\naddress = 10.0.0.9\n"])
        var plain = ["--config-file=f", "--interface=192.0.2.1", "--listen-ng=2223"]
        if option.hasPrefix("listen-https") { plain.append("--https-cert=x") }
        let before = try DaemonConfiguration(CommandLineArguments(plain), facts: machine.facts)
        let after = try DaemonConfiguration(CommandLineArguments(plain + ["--" + option]), facts: machine.facts)
        #expect(before != after)
        let declared = try #require(OptionTable.option(named: String(option.prefix { $0 != "=" })))
        #expect(declared.status == .effective)
    }

    @Test func theListOfEffectiveOptionsIsComplete() {
        let actions: Set = ["help", "version", "codecs", "config-file", "config-section"]
        let effective = OptionTable.all.filter { $0.status == .effective }.map(\.name)
        let sampled = Self.samples.map { String($0.prefix { $0 != "=" }) }
        #expect(Set(effective) == Set(sampled).union(actions))
    }

    @Test(
        arguments: [
            (["-n2223"], "no local address for media: give --interface"),
            (["-iany"], "nothing to listen on: give --listen-ng or --listen-tcp-ng"),
            (["-iany", "-n1", "--listen-https=5"], "--listen-https: HTTPS needs a certificate: give --https-cert"),
            (["-iany", "-n1", "-m5", "-M4"], "--port-min: 5 is above port-max 4"),
            (["-iany", "-n1", "--templates=t"], "--templates: the configuration file has no section [t]"),
        ])
    func refuses(_ arguments: [String], _ message: String) {
        #expect(Machine().refusal(arguments) == .usage(message))
    }

    @Test func optionsWithoutEffectAreNamed() throws {
        let configuration = try Machine().configure(
            "-iany", "-n1", "--listen-http=5", "--table=0", "--io-uring", "--dtls-passive=false", "--homer-id=2001",
            "--redis=127.0.0.1:6379/1", "--log-level-ice=7", "--poller-per-thread", "--mos=LQ")
        #expect(
            configuration.warnings == [
                "--mos has no effect yet: it needs other formulas of MOS", "--redis has no effect yet: it needs Redis",
            ])
    }
}
