import Glibc
import Testing

/// The daemon from start to end, as an operator, a service manager and a control client see it.
@Suite struct DaemonTests {
    /// A daemon in the foreground that is ready, and its control port.
    private func start(_ more: [String] = [], environment: [String] = []) throws -> (RelayProgram, UInt16) {
        let port = try TestSocket.freePort()
        let arguments = ["--config-file=none", "-i127.0.0.1", "--listen-ng=127.0.0.1:\(port)", "-fE"] + more
        let program = try RelayProgram(arguments, environment: environment)
        try program.waitForLine(with: "is ready")
        return (program, port)
    }

    private func expectPong(_ port: UInt16, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let client = try TestSocket.udp()
        client.send("cookie d7:command4:pinge", to: port)
        #expect(client.receive() == "cookie d6:result4:ponge", sourceLocation: sourceLocation)
    }

    @Test(arguments: [(SIGTERM, 0), (SIGINT, 0), (SIGHUP, 42)] as [(Int32, Int32)])
    func servesUntilASignalAndEndsInOrder(_ signal: Int32, _ status: Int32) throws {
        let (program, port) = try start()
        try expectPong(port)
        program.send(signal)
        #expect(try program.exitStatus() == status)
        #expect(program.errors.hasSuffix("stopped\n"))
    }

    @Test(arguments: [["--io-backend=epoll"], ["--io-backend=auto", "--num-threads=1"], ["--low-latency"]])
    func startsWithOtherMediaPaths(_ options: [String]) throws {
        let (program, port) = try start(options)
        try expectPong(port)
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func callsAreCutOffAtTheEnd() throws {
        let (program, port) = try start()
        let client = try TestSocket.udp()
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        client.send("c1 d7:call-id1:x7:command5:offer8:from-tag1:f3:sdp\(sdp.utf8.count):\(sdp)e", to: port)
        let reply = try #require(client.receive())
        #expect(reply.contains("6:result2:ok") && reply.contains("m=audio 3"))
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    /// The files in a directory, which are removed with it.
    private func takeFiles(_ directory: String) -> [String] {
        var names: [String] = []
        guard let stream = opendir(directory) else { return [] }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        closedir(stream)
        for name in names { unlink("\(directory)/\(name)") }
        rmdir(directory)
        return names
    }

    @Test func aRecordingIsCompleteWhenTheDaemonEnds() throws {
        let directory = try TemporaryName.make()
        let (program, port) = try start(["--recording-dir=\(directory)"])
        let client = try TestSocket.udp()
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        client.send(
            "c1 d7:call-id1:x7:command5:offer8:from-tag1:f11:record-call3:yes3:sdp\(sdp.utf8.count):\(sdp)e", to: port)
        let reply = try #require(client.receive())
        #expect(reply.contains("10:recordingsl") && reply.contains("\(directory)/pcaps/x-"))
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
        #expect(takeFiles(directory + "/pcaps").map { $0.hasSuffix(".pcap") } == [true])
        #expect(takeFiles(directory + "/metadata").map { $0.hasPrefix("rtpengine-meta-x-") } == [true])
        #expect(takeFiles(directory + "/tmp").isEmpty)
        rmdir(directory)
    }

    @Test func thePIDFileExistsWhileItRuns() throws {
        let path = try TemporaryName.make()
        let (program, _) = try start(["--pidfile=\(path)"])
        #expect(TextFile.read(path) == "\(program.process)\n")
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
        #expect(TextFile.read(path) == nil)
    }

    @Test(arguments: [false, true])
    func theServiceManagerIsToldOfStartAndEnd(_ isAbstract: Bool) throws {
        let name = (isAbstract ? "@" : "") + (try TemporaryName.make())
        let manager = try TestSocket.local(name)
        defer { if !isAbstract { unlink(name) } }
        let (program, _) = try start(environment: ["NOTIFY_SOCKET=\(name)"])
        #expect(manager.receive() == "READY=1")
        program.send(SIGTERM)
        #expect(manager.receive() == "STOPPING=1")
        #expect(try program.exitStatus() == 0)
    }

    @Test func theStarterOfABackgroundDaemonEndsWhenItServes() throws {
        let pidFile = try TemporaryName.make()
        let port = try TestSocket.freePort()
        let starter = try RelayProgram([
            "--config-file=none", "-i127.0.0.1", "-n127.0.0.1:\(port)", "-EL5", "--pidfile=\(pidFile)",
        ])
        #expect(try starter.exitStatus() == 0)
        try expectPong(port)
        let text = try #require(TextFile.read(pidFile)?.split(separator: "\n").first)
        let daemon = try #require(pid_t(text))
        #expect(daemon != starter.process)
        #expect(getsid(daemon) == daemon)
        // What pgrep, pidof and monitors look for.
        #expect(TextFile.read("/proc/\(daemon)/comm") == "millrace\n")
        #expect(kill(daemon, SIGTERM) == 0)
        #expect(Patience.wait { TextFile.read(pidFile) == nil })
    }

    @Test func signalsMoveTheLogLevel() throws {
        let (program, _) = try start()
        program.send(SIGUSR2)
        try program.waitForLine(with: "log level raised log.level=7")
        program.send(SIGUSR1)
        try program.waitForLine(with: "log level lowered log.level=6")
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func timestampsCanBeLeftOut() throws {
        let (program, _) = try start(["--no-log-timestamps", "--homer=192.0.2.1:9060"])
        let lines = program.errors.split(separator: "\n")
        #expect(lines.contains("WARNING: [core] --homer has no effect yet: it needs HEP capture"))
        #expect(lines.contains { $0.hasPrefix("NOTICE: [core] millrace ") })
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func debiansSettingsStartIt() throws {
        let file = try TemporaryName.make()
        defer { unlink(file) }
        try TextFile.write(
            """
            [rtpengine]
            table = 0
            interface = any
            listen-ng = localhost:2223
            listen-http = localhost:2225
            listen-cli = localhost:2224
            timeout = 60
            silent-timeout = 3600
            tos = 184
            port-min = 30000
            port-max = 40000
            recording-dir = \(file)/spool
            recording-method = proc

            """, to: file)
        let port = try TestSocket.freePort()
        // As Debian's unit starts rtpengine, but on addresses that any machine has.
        let program = try RelayProgram([
            "-f", "-E", "--no-log-timestamps", "--config-file", file, "--interface=127.0.0.1",
            "--listen-ng=localhost:\(port)", "--listen-cli=localhost:\(try TestSocket.freePort())",
            "--listen-http=localhost:\(try TestSocket.freePort())",
        ])
        try program.waitForLine(with: "is ready")
        #expect(program.errors.contains("there is no recording over the kernel module here, only pcap files"))
        // No directory can be made in a file.
        #expect(program.errors.contains("nothing is recorded: cannot create \(file)/spool"))
        #expect(!program.errors.contains("table"))
        try expectPong(port)
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func theDemonstrationCallIsGood() throws {
        let port = try TestSocket.freePort()
        let program = try RelayProgram(["demo", "--once", "--duration=1", "--control=127.0.0.1:\(port)"])
        #expect(try program.exitStatus() == 0)
        #expect(program.output.contains("ICE connected after"))
        #expect(program.output.contains("DTLS done after"))
        #expect(program.output.contains("AEAD_AES_256_GCM, the relay was the client"))
        #expect(program.output.contains("second 1: A to B sent 50, received"))
        #expect(program.output.contains("The call was good both ways."))
    }

    @Test func thePlainDemonstrationCallIsGood() throws {
        let port = try TestSocket.freePort()
        let program = try RelayProgram([
            "demo", "--once", "--plain", "--duration=1", "--control=127.0.0.1:\(port)", "--port-min=30100",
            "--port-max=30199",
        ])
        #expect(try program.exitStatus() == 0)
        #expect(!program.output.contains("DTLS"))
        #expect(program.output.contains("The call was good both ways."))
    }
}
