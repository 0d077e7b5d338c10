import Forwarding
import NetTypes
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationFileTests {
    private static let rtpengine = "/etc/rtpengine/rtpengine.conf"
    private static let millrace = "/etc/millrace/millrace.conf"
    private static let base = "interface = 192.0.2.1\nlisten-ng = 2223\n"

    /// The settings that Debian's package installs.
    private static let debian = """
        [rtpengine]

        table = 0
        # no-fallback = false

        interface = any



        listen-ng = localhost:2223
        listen-http = localhost:2225
        listen-cli = localhost:2224

        timeout = 60
        silent-timeout = 3600
        tos = 184
        port-min = 30000
        port-max = 40000

        recording-dir = /var/spool/rtpengine
        recording-method = proc

        [rtpengine-testing]
        table = -1
        interface = 10.0.0.1
        listen-ng = 2224
        foreground = true
        log-stderr = true
        log-level = 7
        """

    @Test func debiansFileStartsTheDaemon() throws {
        let configuration = try Machine.configure(file: Self.debian)
        #expect(configuration.media.tos == 184)
        #expect(configuration.media.interfaces.pools.map(\.maximum) == [40000, 40000, 40000])
        #expect(configuration.control.ngUDP.map(\.text) == ["localhost:2223"])
        #expect(configuration.control.http.map(\.text) == ["localhost:2225"])
        #expect(configuration.control.cli.map(\.text) == ["localhost:2224"])
        #expect(!configuration.process.staysInForeground)
        #expect(
            configuration.warnings == [
                "/etc/rtpengine/rtpengine.conf:21: recording-method: there is no recording over the kernel module here, "
                    + "only pcap files"
            ])
    }

    @Test func itsOtherSectionIsTakenOnRequest() throws {
        let configuration = try Machine.configure(file: Self.debian, "--config-section=rtpengine-testing")
        #expect(configuration.process.staysInForeground)
        #expect(configuration.logging.level == 7)
        #expect(configuration.media.tos == 0)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func theCommandLineWins() throws {
        let configuration = try Machine.configure(
            file: Self.debian, "--tos=0", "--interface=10.0.0.1", "--listen-ng=9", "--recording-method=pcap")
        #expect(configuration.media.tos == 0)
        #expect(configuration.media.interfaces.interfaces.flatMap(\.addresses).map(\.address) == ["10.0.0.1"])
        #expect(configuration.control.ngUDP.map(\.text) == ["9"])
        #expect(!configuration.warnings.contains { $0.contains("recording-method") })
    }

    @Test func aFlagOfTheFileCanBeTakenBack() throws {
        let file = "[rtpengine]\nforeground = true\n" + Self.base
        #expect(try Machine.configure(file: file).process.staysInForeground)
        #expect(try !Machine.configure(file: file, "--foreground=false").process.staysInForeground)
    }

    @Test func ownFileAndSectionArePreferred() throws {
        let machine = Machine(files: [
            Self.rtpengine: "[rtpengine]\ntos = 1\n" + Self.base,
            Self.millrace: "[rtpengine]\ntos = 2\n" + Self.base + "[millrace]\ntos = 3\n" + Self.base,
            "/other": "[rtpengine]\ntos = 4\n" + Self.base + "[empty]\n",
        ])
        #expect(try machine.configure().media.tos == 3)
        #expect(try machine.configure("--config-section=rtpengine").media.tos == 2)
        #expect(try machine.configure("--config-file=/other").media.tos == 4)
        #expect(try machine.configure("--config-file=none", "-iany", "-n1").media.tos == 0)
        #expect(try machine.configure("--config-file=/other", "--config-section=empty", "-iany", "-n1").media.tos == 0)
    }

    @Test func filesAndSectionsThatAreAskedForMustExist() throws {
        let machine = Machine(files: [Self.rtpengine: "[rtpengine]\n" + Self.base])
        #expect(machine.refusal(["--config-file=/nowhere"]) == .startup("there is no configuration file /nowhere"))
        #expect(
            machine.refusal(["--config-section=nope"]) == .usage("\(Self.rtpengine): there is no section [nope]"))
        var facts = machine.facts
        facts.readFile = { _ in .unreadable("Permission denied") }
        #expect(throws: ConfigurationError.startup("cannot read configuration file /x: Permission denied")) {
            try DaemonConfiguration(CommandLineArguments(["--config-file=/x"]), facts: facts)
        }
    }

    @Test func listsAreSplitAndTrimmed() throws {
        let configuration = try Machine.configure(
            file: "[rtpengine]\nlisten-ng = 127.0.0.1:1 ; 127.0.0.1:2;\ninterface = a/10.0.0.1; b/192.0.2.1 \n")
        #expect(configuration.control.ngUDP.map(\.text) == ["127.0.0.1:1", "127.0.0.1:2"])
        #expect(configuration.media.interfaces.interfaces.map(\.name) == ["a", "b"])
    }

    @Test(
        arguments: [
            ("foreground = yes", "foreground: \"yes\" is not true or false"),
            ("foreground = True", "foreground: \"True\" is not true or false"),
            ("foreground =", "foreground: \"\" is not true or false"),
            ("tos = x", "tos: \"x\" is not an integer from 0 to 255"),
            ("tos =", "tos: \"\" is not an integer from 0 to 255"),
            ("tos = 184x", "tos: \"184x\" is not an integer from 0 to 255"),
            (
                "endpoint-learning = slow",
                "endpoint-learning: \"slow\" is not one of delayed, immediate, off, heuristic"
            ),
        ])
    func refuses(_ line: String, _ message: String) {
        #expect(throws: ConfigurationError.usage("\(Self.rtpengine):4: \(message)")) {
            try Machine.configure(file: "[rtpengine]\n\(Self.base)\(line)\n")
        }
    }

    @Test func aNumberEndsAtABlank() throws {
        #expect(try Machine.configure(file: "[rtpengine]\n\(Self.base)tos = 184 # EF\n").media.tos == 184)
    }

    @Test func unknownKeysAreNamedOneByOne() throws {
        let configuration = try Machine.configure(
            file: "[rtpengine]\n\(Self.base)colour = red\nhelp = true\nport-min[de] = 1\n")
        #expect(
            configuration.warnings == [
                "\(Self.rtpengine):4: unknown option \"colour\" ignored",
                "\(Self.rtpengine):5: unknown option \"help\" ignored",
                "\(Self.rtpengine):6: unknown option \"port-min[de]\" ignored",
            ])
    }

    @Test func brokenFilesAreRefusedWithTheirLine() {
        #expect(
            throws: ConfigurationError.usage(
                "\(Self.rtpengine): line 2: neither [section] nor key = value nor # comment")
        ) {
            try Machine.configure(file: "[rtpengine]\nbroken\n")
        }
    }

    @Test func templatesComeFromTheirSection() throws {
        let configuration = try Machine.configure(
            file:
                "[rtpengine]\n\(Self.base)templates = tpl\n[tpl]\nwebrtc = WebRTC replace-origin\nstart recording = x\n"
        )
        #expect(configuration.calls.templates == ["webrtc": "WebRTC replace-origin", "start recording": "x"])
    }
}
