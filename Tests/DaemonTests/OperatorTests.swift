import Foundation
import Glibc
import Testing

/// The daemon as its operators see it: `millrace ctl`, HTTP, HTTPS.
@Suite struct OperatorTests {
    private let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

    private func start(_ more: [String]) throws -> (RelayProgram, UInt16) {
        let port = try TestSocket.freePort()
        let program = try RelayProgram(
            ["--config-file=none", "-i127.0.0.1", "--listen-ng=127.0.0.1:\(port)", "-fE", "-L6"] + more)
        try program.waitForLine(with: "is ready")
        return (program, port)
    }

    private func offer(_ call: String, _ port: UInt16) throws {
        let client = try TestSocket.udp()
        let request =
            "c\(UInt64.random(in: 0 ... .max)) d7:call-id\(call.utf8.count):\(call)7:command5:offer8:from-tag1:f3:sdp\(sdp.utf8.count):\(sdp)e"
        client.send(request, to: port)
        #expect(client.receive()?.contains("6:result2:ok") == true)
    }

    private func ctl(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let program = try RelayProgram(["ctl"] + arguments)
        return (try program.exitStatus(), program.output, program.errors)
    }

    /// The same commands over the local socket and over TCP.
    @Test(arguments: [true, false])
    func aRelayIsSteered(_ isLocal: Bool) throws {
        let path = try TemporaryName.make()
        let cli = try TestSocket.freePort()
        let (program, port) = try start(["--control-socket=\(path)", "--listen-cli=127.0.0.1:\(cli)"])
        let relay = isLocal ? ["--socket=\(path)"] : ["--address=127.0.0.1:\(cli)"]
        #expect(try ctl(["list"] + relay).output == "no calls\n")
        try offer("one", port)
        try offer("two", port)
        #expect(try ctl(["list"] + relay).output.contains("one   ringing"))
        let json = try JSONSerialization.jsonObject(with: Data(try ctl(["list", "--json"] + relay).output.utf8))
        #expect((json as? [String: Any])?["total"] as? Int == 2)
        #expect(try ctl(["show", "one"] + relay).output.contains("callid: one\n"))
        #expect(try ctl(["totals"] + relay).output.contains("Calls that ended"))
        #expect(try ctl(["terminate", "one"] + relay).output == "1 call ended\n")
        let absent = try ctl(["terminate", "one"] + relay)
        #expect(absent.status == 1 && absent.errors == "millrace: there is no call one\n")
        #expect(try ctl(["set", "max-sessions", "-1"] + relay).output == "max-sessions = -1\n")
        #expect(try ctl(["set", "max-sessions", "x"] + relay).status == 1)
        #expect(try ctl(["get", "timeout"] + relay).output == "timeout = 60\n")
        #expect(try ctl(["log", "7", "--subsystem=control"] + relay).output == "control = 7\n")
        #expect(try ctl(["log"] + relay).output.contains("control = 7\n"))
        #expect(try ctl(["debug", "two", "on"] + relay).output == "debugging is on\n")
        try offer("two", port)
        try program.waitForLine(with: "[control] plan call.id=two")
        #expect(try ctl(["top", "--count=2", "--interval=1"] + relay).output.contains("1 calls, 2 legs, 0 packets/s"))
        #expect(try ctl(["words", "list", "numsessions"] + relay).output.hasPrefix("Current sessions own: 1\n"))
        #expect(try ctl(["drain"] + relay).output == "draining; 1 calls, then the relay ends\n")
        #expect(try ctl(["terminate", "--all"] + relay).output == "1 call ended\n")
        #expect(try program.exitStatus() == 0)
        #expect(TextFile.read(path) == nil)
    }

    /// A phone that nobody is at: the kernel's ICMP, through the whole daemon.
    @Test(arguments: ["io_uring", "epoll"])
    func aCallIsExplained(_ backend: String) throws {
        let path = try TemporaryName.make()
        let (program, port) = try start(["--control-socket=\(path)", "--io-backend=\(backend)", "--delete-delay=0"])
        let relay = ["--socket=\(path)"]
        let (caller, client) = (try TestSocket.udp(), try TestSocket.udp())
        // A port that nobody has any more.
        let absent = try TestSocket.freePort()
        func request(_ command: String, _ media: UInt16, _ tags: String) -> String {
            let text = sdp.replacingOccurrences(of: "4000", with: "\(media)")
            client.send(
                "c\(UInt64.random(in: 0 ... .max)) d7:call-id3:why7:command\(command.utf8.count):\(command)\(tags)"
                    + "3:sdp\(text.utf8.count):\(text)e", to: port)
            return client.receive() ?? ""
        }
        #expect(request("offer", caller.port, "8:from-tag1:f").contains("6:result2:ok"))
        let answer = request("answer", absent, "8:from-tag1:f6:to-tag1:t")
        let line = try #require(answer.components(separatedBy: "m=audio ").last?.split(separator: " ").first)
        let target = try #require(UInt16(line))
        for number in UInt8(0)..<15 {
            let packet = [0x80, 0, 0, number, 0, 0, 0, number, 0, 0, 0, 9] + [UInt8](repeating: 7, count: 160)
            caller.send(packet, to: target)
            usleep(20_000)
        }
        let why = try ctl(["why", "why"] + relay)
        #expect(why.status == 1, "\(why.output)")
        #expect(why.output.contains("port unreachable (ICMP)"), "\(why.output)")
        let json = try JSONSerialization.jsonObject(with: Data(try ctl(["why", "why", "--json"] + relay).output.utf8))
        #expect((json as? [String: Any])?["verdict"] as? String == "unreachable")
        #expect(try ctl(["top", "--count=1"] + relay).output.contains("UNREACHABLE"))
        #expect(try ctl(["terminate", "why"] + relay).status == 0)
        let later = try ctl(["why", "why"] + relay)
        #expect(later.status == 1 && later.output.contains("(FORCED)"), "\(later.output)")
        try program.waitForLine(with: "verdict=unreachable")
        #expect(try ctl(["why", "nobody"] + relay).status == 2)
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func mistakesHaveTheirStatus() throws {
        let path = try TemporaryName.make()
        let nobody = try ctl(["list", "--socket=\(path)"])
        #expect(nobody.status == 2)
        #expect(nobody.errors == "millrace: no relay answers at \(path): No such file or directory\n")
        #expect(try ctl(["list", "--address=nowhere"]).status == 64)
        #expect(try ctl(["fly"]).status == 64)
        #expect(try ctl(["metrics"]).output.hasPrefix("# Metrics\n"))
        #expect(try ctl(["--help"]).output.contains("terminate"))
        for shell in ["bash", "zsh", "fish"] {
            let program = try RelayProgram(["--generate-completion-script=\(shell)"])
            #expect(try program.exitStatus() == 0)
            #expect(program.output.contains("terminate"))
        }
    }

    /// What a shell's completion script asks. A call-id that the shell could take for a command is not offered.
    @Test func callsAreCompleted() throws {
        let path = try TemporaryName.make()
        let (relay, port) = try start(["--control-socket=\(path)"])
        defer { withExtendedLifetime(relay) {} }
        for call in ["one@example.org", "$(two)", "three"] { try offer(call, port) }
        func candidates(_ words: [String]) throws -> String {
            let program = try RelayProgram(
                ["---completion", "ctl", "show", "--", "positional@0", "3", "0", "millrace", "ctl", "show"] + words)
            #expect(try program.exitStatus() == 0)
            return program.output
        }
        #expect(try candidates(["", "--socket=\(path)"]) == "one@example.org\nthree\n")
        // As bash splits it.
        #expect(try candidates(["", "--socket", "=", path]) == "one@example.org\nthree\n")
        #expect(try candidates(["", "--socket", path]) == "one@example.org\nthree\n")
        #expect(try candidates(["", "--socket=\(path).not"]).isEmpty)
    }

    @Test(.enabled(if: Tools.areThere, "curl or openssl is not installed"))
    func httpsIsServed() throws {
        let name = try TemporaryName.make()
        defer { for file in [name + ".crt", name + ".key"] { try? FileManager.default.removeItem(atPath: file) } }
        _ = try Tools.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", name + ".key", "-out",
                name + ".crt",
            ])
        let (http, https) = (try TestSocket.freePort(), try TestSocket.freePort())
        let (program, port) = try start([
            "--listen-http=127.0.0.1:\(http)", "--listen-https=127.0.0.1:\(https)", "--https-cert=\(name).crt",
            "--https-key=\(name).key",
        ])
        try offer("one", port)
        for (base, more) in [
            ("http://127.0.0.1:\(http)", []), ("https://127.0.0.1:\(https)", ["--cacert", name + ".crt"]),
            ("https://127.0.0.1:\(https)", ["--cacert", name + ".crt", "--tls-max", "1.2"]),
        ] {
            let command = ["-sS", "--max-time", "10", "-w", "%{http_code}"] + more
            #expect(try Tools.run("/usr/bin/curl", command + [base + "/ping"]) == "pong\n200")
            let metrics = try Tools.run("/usr/bin/curl", command + [base + "/metrics"])
            #expect(metrics.contains("\nrtpengine_sessions{type=\"own\"} 1\n"))
            #expect(metrics.contains("\nmillrace_build_info{version="))
            #expect(metrics.contains("\nmillrace_io_backend_info{backend="))
            #expect(metrics.contains("\nmillrace_dropped_packets_total{reason=\"foreignSource\"} 0\n"))
            let large = String(repeating: "x", count: 200_000)
            let echo = try Tools.run(
                "/usr/bin/curl",
                command + [
                    "-H", "Content-Type: application/json", "-d",
                    "{\"command\":\"query\",\"call-id\":\"\(large.prefix(60_000))\"}", base + "/ng-plain",
                ])
            #expect(echo.contains("Unknown call-id"))
        }
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    @Test func aBadCertificateIsNamed() throws {
        let port = try TestSocket.freePort()
        let program = try RelayProgram([
            "--config-file=none", "-i127.0.0.1", "-fEL3", "--listen-https=127.0.0.1:\(port)",
            "--https-cert=/nowhere.pem",
        ])
        #expect(try program.exitStatus() == 255)
        #expect(program.errors.hasPrefix("millrace: cannot offer HTTPS: certificate file /nowhere.pem"))
    }
}

/// Programs that the tests borrow.
private enum Tools {
    static let areThere = ["/usr/bin/curl", "/usr/bin/openssl"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Standard output of a program that ends by itself.
    static func run(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
