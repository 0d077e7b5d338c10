import Capture
import Foundation
import LoadGenerator
import Testing

/// `millrace ctl capture` of the demonstration call between a WebRTC end and a plain one, what others make of the file,
/// and `millrace replay` of it. One at a time: each test has a relay, a call and a tool.
@Suite(.serialized) struct CaptureTests {
    private struct Result {
        var path: String
        var status: Int32
        var output: String
        var errors: String
    }

    private let socket: String
    private let control: UInt16

    init() throws {
        socket = try TemporaryName.make()
        control = try TestSocket.freePort()
    }

    /// A relay with a call of some seconds, and the call's name once it is there.
    private func demonstration(seconds: Int) throws -> (relay: RelayProgram, callID: String) {
        let relay = try RelayProgram([
            "demo", "--control=127.0.0.1:\(control)", "--duration=\(seconds)", "--control-socket=\(socket)",
            "--port-min=\(24_000 + control % 3000)", "--port-max=\(24_099 + control % 3000)",
        ])
        var callID: String?
        let isThere = Patience.wait {
            callID = (try? Self.calls(self.socket))?.first
            return callID != nil
        }
        try #require(isThere, "\(relay.errors)")
        return (relay, try #require(callID))
    }

    private static func calls(_ socket: String) throws -> [String] {
        let program = try RelayProgram(["ctl", "list", "--json", "--socket=\(socket)"])
        guard try program.exitStatus() == 0 else { return [] }
        let list = try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any]
        return (list?["calls"] as? [[String: Any]] ?? []).compactMap { $0["call-id"] as? String }
    }

    private func capture(_ callID: String, _ more: [String] = []) throws -> Result {
        let path = try TemporaryName.make()
        let program = try RelayProgram(["ctl", "capture", callID, path, "--socket=\(socket)"] + more)
        let status = try program.exitStatus()
        return Result(path: path, status: status, output: program.output, errors: program.errors)
    }

    private func records(_ path: String) throws -> [CaptureRecord] {
        var reader = try CaptureReader(Array(try Data(contentsOf: URL(filePath: path))))
        var records: [CaptureRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test func aCallIsCapturedAndReplayed() throws {
        let (relay, callID) = try demonstration(seconds: 3)
        let result = try capture(callID)
        defer { unlink(result.path) }
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("none is missing; ended: the call is over"))
        relay.send(SIGTERM)
        #expect(try relay.exitStatus() == 0, "\(relay.output)")
        let comments = try records(result.path).flatMap(\.comments)
        #expect(comments.contains { $0.contains("keys of the DTLS handshake in place") })
        #expect(comments.contains { $0.hasPrefix("ng request: {") && $0.contains("\"command\":\"offer\"") })

        let replay = try RelayProgram(["replay", "--json", result.path])
        #expect(try replay.exitStatus() == 0)
        let json = try JSONSerialization.jsonObject(with: Data(replay.output.utf8)) as? [String: Any]
        let call = try #require((json?["calls"] as? [[String: Any]])?.first)
        #expect(call["call-id"] as? String == callID)
        let streams = try #require(call["streams"] as? [[String: Any]])
        // Both ends of the conversation; the browser has a stream before it.
        for ssrc in [0x4D52_000A, 0x4D52_000B] {
            let stream = streams.first { $0["ssrc"] as? Int == ssrc }
            #expect(stream?["packets"] as? Int == 150, "\(streams)")
            #expect(stream?["lost"] as? Int == 0)
        }
        #expect((call["explanation"] as? [String: Any])?["verdict"] as? String != nil)
    }

    @Test(.enabled(if: Tshark.isThere, "tshark is not installed"))
    func tsharkHearsTheTones() throws {
        let (relay, callID) = try demonstration(seconds: 2)
        let result = try capture(callID)
        defer { unlink(result.path) }
        relay.send(SIGTERM)
        #expect(try relay.exitStatus() == 0, "\(relay.output)")
        try Tshark.check(result.path, packets: 100)
        // By stream: its source's SSRC, and what tshark takes for its payload.
        let fields = ["rtp.ssrc", "udp.dstport", "rtp.payload"].flatMap { ["-e", $0] }
        let text = try Tshark.run(["-n", "-r", result.path, "-Y", "rtp", "-T", "fields"] + fields)
        var samples: [String: [Int16]] = [:]
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "\t").map(String.init)
            guard cells.count == 3 else { continue }
            let bytes = cells[2].replacingOccurrences(of: ":", with: "")
            samples[cells[0] + " " + cells[1], default: []] += Tshark.octets(bytes).map { MuLaw.decode($0) }
        }
        func share(_ tone: Double, _ ssrc: String) -> [Double] {
            samples.filter { $0.key.hasPrefix(ssrc) && $0.value.count > 8000 }
                .map { ToneMeter.share(of: tone, in: $0.value) }
        }
        // Each direction stands there twice in the clear: decrypted, and plain on the other leg.
        for (tone, ssrc) in [(1013.0, "0x4d52000a"), (587.0, "0x4d52000b")] {
            #expect(share(tone, ssrc).filter { $0 > 0.95 }.count >= 2, "\(share(tone, ssrc))")
        }
    }

    @Test func limitsEndACapture() throws {
        let (relay, callID) = try demonstration(seconds: 30)
        let few = try capture(callID, ["--packets=20"])
        #expect(few.status == 0)
        #expect(few.output.contains("ended: as many packets as were wanted"))
        let short = try capture(callID, ["--duration=1", "--json"])
        let summary = try JSONSerialization.jsonObject(with: Data(short.output.utf8)) as? [String: Any]
        #expect(summary?["reason"] as? String == "as long as was wanted")
        #expect(summary?["missed"] as? Int == 0)
        // Ctrl-C: what the relay has still comes.
        let path = try TemporaryName.make()
        // Of an earlier time, and open to all.
        try TextFile.write(String(repeating: "old ", count: 1000), to: path)
        chmod(path, 0o644)
        let program = try RelayProgram(["ctl", "capture", callID, path, "--socket=\(socket)"])
        #expect(Patience.wait { ((try? records(path)) ?? []).count > 100 })
        program.send(SIGINT)
        #expect(try program.exitStatus() == 0)
        #expect(program.output.contains("ended: its reader has ended it"))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try records(path).last?.comments == ["the capture ends: its reader has ended it"])
        for file in [few.path, short.path, path] { unlink(file) }
        relay.send(SIGTERM)
        _ = try relay.exitStatus()
    }

    @Test func standardOutputTakesItAndARefusalLeavesNothing() throws {
        let (relay, callID) = try demonstration(seconds: 30)
        let program = try RelayProgram(["ctl", "capture", callID, "-", "--packets=5", "--socket=\(socket)"])
        #expect(try program.exitStatus() == 0)
        #expect(program.errors.contains("ended: as many packets as were wanted"))
        let absent = try capture("nobody")
        #expect(absent.status == 1)
        #expect(absent.errors == "millrace: there is no call nobody\n")
        #expect(access(absent.path, F_OK) != 0)
        let far = try RelayProgram(["ctl", "capture", callID, "-", "--address=127.0.0.1:1"])
        #expect(try far.exitStatus() == 64)
        relay.send(SIGTERM)
        _ = try relay.exitStatus()
    }

    /// A pipe that breaks after Ctrl-C ends the program as one that breaks before: nothing went wrong.
    @Test func aPipeMayBreakAfterTheSignal() throws {
        let (relay, callID) = try demonstration(seconds: 30)
        let path = try TemporaryName.make()
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let program = try RelayProgram(["ctl", "capture", callID, path, "--socket=\(socket)"])
        // One page (F_SETPIPE_SZ), so that the program waits for room soon.
        let setPipeSize: Int32 = 1031
        #expect(fcntl(reader, setPipeSize, Int32(4096)) >= 0)
        var waiting: Int32 = 0
        #expect(Patience.wait { ioctl(reader, UInt(FIONREAD), &waiting) == 0 && waiting > 0 })
        usleep(300_000)
        program.send(SIGINT)
        usleep(100_000)
        close(reader)
        #expect(try program.exitStatus() == 0)
        relay.send(SIGTERM)
        _ = try relay.exitStatus()
    }

    /// A relay with a call in which nothing moves.
    private func quietCall() throws -> RelayProgram {
        let relay = try RelayProgram([
            "--config-file=none", "--foreground", "--log-stderr", "--interface=127.0.0.1",
            "--listen-ng=127.0.0.1:\(control)", "--control-socket=\(socket)", "--port-min=\(24_000 + control % 3000)",
            "--port-max=\(24_099 + control % 3000)",
        ])
        let client = try TestSocket.udp()
        let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        try relay.waitForLine(with: "is ready")
        client.send(
            "c1 d7:call-id5:quiet7:command5:offer8:from-tag1:f3:sdp\(sdp.utf8.count):\(sdp)e", to: control)
        let reply = try #require(client.receive())
        try #require(reply.contains("6:result2:ok"))
        return relay
    }

    /// The reader of a pipe goes away while there is nothing to write, before the call is there or after it.
    @Test(arguments: ["quiet", "nobody"])
    func aPipeWithoutReadersEndsTheCapture(_ callID: String) throws {
        let relay = try quietCall()
        let path = try TemporaryName.make()
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let program = try RelayProgram(["ctl", "capture", callID, path, "--wait", "--socket=\(socket)"])
        var waiting: Int32 = 0
        let hasBegun = Patience.wait {
            callID == "nobody"
                ? program.errors.contains("waiting for the call")
                : ioctl(reader, UInt(FIONREAD), &waiting) == 0 && waiting > 0
        }
        #expect(hasBegun)
        close(reader)
        #expect(try program.exitStatus() == 0)
        try everyCaptureEnds(relay)
    }

    /// Nobody reads, because the program was killed: the relay notices without a packet that it could not pass on.
    @Test func aKilledProgramEndsAQuietCapture() throws {
        let relay = try quietCall()
        // As many as there may be.
        let paths = try (0..<16).map { _ in try TemporaryName.make() }
        defer { for path in paths { unlink(path) } }
        // One after the other: to start them all at once takes a busy machine too long.
        let programs = try paths.map { path in
            let program = try RelayProgram(["ctl", "capture", "quiet", path, "--socket=\(socket)"])
            let hasBegun = Patience.wait { !((try? records(path)) ?? []).isEmpty }
            #expect(hasBegun, "\(program.errors)")
            return program
        }
        for program in programs { program.send(SIGKILL) }
        try everyCaptureEnds(relay)
    }

    /// There is room for another capture, which the relay gives to so many at a time only.
    private func everyCaptureEnds(_ relay: RelayProgram) throws {
        var errors = ""
        let allEnded = Patience.wait {
            let captures = (0..<16).compactMap { _ in
                try? RelayProgram(["ctl", "capture", "quiet", "-", "--duration=1", "--socket=\(socket)"])
            }
            let statuses = captures.map { try? $0.exitStatus() }
            errors = captures.map(\.errors).joined()
            return statuses.allSatisfy { $0 == 0 }
        }
        #expect(allEnded, "\(errors)")
        relay.send(SIGTERM)
        _ = try relay.exitStatus()
    }

    @Test func aFullDiskEndsTheCapture() throws {
        guard access("/dev/full", W_OK) == 0 else { return }
        let (relay, callID) = try demonstration(seconds: 30)
        let program = try RelayProgram(["ctl", "capture", callID, "/dev/full", "--socket=\(socket)"])
        #expect(try program.exitStatus() == 1)
        #expect(program.errors == "millrace: cannot write to /dev/full: No space left on device\n")
        relay.send(SIGTERM)
        _ = try relay.exitStatus()
    }

    @Test func whatIsNoCaptureIsNamed() throws {
        let path = try TemporaryName.make()
        try TextFile.write("nothing of the kind, and long enough for a header", to: path)
        defer { unlink(path) }
        let program = try RelayProgram(["replay", path])
        #expect(try program.exitStatus() == 1)
        #expect(program.errors == "millrace: \(path): this is no pcap or pcapng file\n")
        let absent = try RelayProgram(["replay", "/nowhere.pcap"])
        #expect(try absent.exitStatus() == 1)
        #expect(absent.errors == "millrace: /nowhere.pcap: there is no such file\n")
    }
}

/// Debian's tshark, where it is installed.
private enum Tshark {
    static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark")

    /// Nothing in the file is malformed, and tshark counts the packets of both parties as they were sent. Those from
    /// before the capture began are there by their headers, on a busy machine some more.
    static func check(_ path: String, packets: Int) throws {
        #expect(try run(["-n", "-r", path, "-Y", "_ws.malformed or _ws.expert.severity >= 8388608"]) == "")
        let streams = try run(["-n", "-r", path, "-q", "-z", "rtp,streams"])
        for ssrc in ["0x4D52000A", "0x4D52000B"] {
            // SSRC, payload, packets, lost; those of the past have their headers there.
            let counts = streams.split(separator: "\n").compactMap { line -> (packets: Int?, lost: Int?)? in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: Substring(ssrc)), words.count > place + 3 else { return nil }
                return (Int(words[place + 2]), Int(words[place + 3]))
            }
            #expect(
                counts.contains { ($0.packets ?? 0) > packets * 3 / 4 && ($0.packets ?? 0) <= packets && $0.lost == 0 },
                "\(streams)")
        }
    }

    static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/tshark")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// The octets of a text of hexadecimal digits.
    static func octets(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }
}
