import Bencode
import CallControl
import Console
import Forwarding
import Telemetry
import TestSupport
import Testing

/// The control protocol.
@Suite struct ControlCommandTests {
    @Test func callsAreListedAndShown() async {
        let console = TestConsole()
        console.call("one")
        console.relay.offer(.audio(), call: "two")
        let calls = await console.result("calls")
        #expect(calls["total"] == 2)
        let first = calls["calls"]?.array?.first { $0["call-id"] == .string("one") }
        #expect(first?["answered"] == .boolean(true))
        #expect(first?["ports"] == 4)
        #expect(first?["tags"] == .array([.string("A"), .string("B")]))
        #expect(first?["loss"] == .null)
        #expect(await console.result("calls", ["limit": 1])["calls"]?.array?.count == 1)
        let one = await console.result("call", ["call-id": .string("one")])
        #expect(one["details"]?["tags"]?["A"]?["medias"]?.array?.count == 1)
        #expect(await console.result("call", ["call-id": .string("none")])["error"]?["code"] == .string("not-found"))
    }

    /// The worst stream of a call stands in the list, and all of them in the distributions once it has ended.
    @Test func qualityOfStreamsIsShown() async {
        let console = TestConsole()
        console.call("a")
        console.relay.plane.update { state in
            for (index, id) in state.leased.keys.sorted(by: { $0.slot < $1.slot }).prefix(2).enumerated() {
                var stream = StreamStatistics(ssrc: UInt32(index))
                (stream.packets, stream.lost) = (900, index == 0 ? 100 : 0)
                (stream.clockRate, stream.jitter) = (8000, index == 0 ? 240 : 8)
                var counters = PortCounters()
                counters.ingress = [stream]
                state.counters[id] = counters
            }
        }
        let call = await console.result("calls")["calls"]?.array?.first
        #expect(call?["lost"] == 100)
        #expect(call?["loss"]?.number == 100.0 / 1900)
        #expect(call?["jitter"]?.number == 0.03)
        let score = call?["mos"]?.number ?? 0
        #expect(score > 1 && score < 3.6)
        console.relay.delete(call: "a")
        let histograms = console.relay.controller.snapshot().histograms
        #expect(histograms["millrace_stream_mos"]?.count == 1)
        #expect(histograms["millrace_stream_loss_ratio"]?.sum == 0.1)
        #expect(histograms["millrace_stream_jitter_seconds"]?.count == 2)
    }

    @Test func callsAreTerminated() async {
        let console = TestConsole()
        for id in ["a", "b", "c"] { console.call(id) }
        #expect(await console.result("terminate", ["call-id": .string("a")])["terminated"] == 1)
        #expect(await console.result("terminate", ["call-id": .string("a")])["error"]?["code"] == .string("not-found"))
        #expect(await console.result("terminate")["error"]?["code"] == .string("arguments"))
        #expect(await console.result("terminate", ["all": .boolean(true)])["terminated"] == 2)
        #expect(console.relay.plane.openPorts == 0)
        #expect(console.relay.plane.violations.isEmpty)
    }

    @Test func settingsHoldAtOnce() async {
        let console = TestConsole()
        #expect(await console.result("set", ["name": .string("max-sessions"), "value": 1])["max-sessions"] == 1)
        console.relay.offer(.audio(), call: "a")
        #expect(console.relay.offer(.audio(), call: "b").errorReason == "Parallel session limit reached")
        #expect(await console.result("set", ["name": .string("max-sessions"), "value": -1])["max-sessions"] == -1)
        #expect(console.relay.offer(.audio(), call: "b").result == "ok")
        _ = await console.result("set", ["name": .string("offer-timeout"), "value": .string("2")])
        console.relay.pass(seconds: 3)
        #expect(console.relay.controller.callCount == 0)
        #expect(await console.result("settings")["offer-timeout"] == 2)
        for (name, value, code) in [
            ("max-sessions", "x", "arguments"), ("max-cpu", "101", "arguments"), ("timeout", "-1", "arguments"),
            ("colour", "1", "not-found"),
        ] {
            let answer = await console.result("set", ["name": .string(name), "value": .string(value)])
            #expect(answer["error"]?["code"] == .string(code), "\(name)")
        }
    }

    @Test func aDrainedRelayRefusesCallsAndGoesWhenEmpty() async {
        let console = TestConsole()
        console.call("a")
        let answer = await console.result("drain")
        #expect(answer["draining"] == .boolean(true) && answer["calls"] == 1)
        #expect(console.departure.endsWhenEmpty)
        #expect(console.relay.offer(.audio(), call: "b").errorReason == "Parallel session limit reached")
        // Calls that exist go on.
        #expect(console.relay.offer(.audio(), Tags("A", "B"), call: "a").result == "ok")
        #expect(await console.result("drain", ["on": .boolean(false)])["draining"] == .boolean(false))
        #expect(!console.departure.endsWhenEmpty)
        #expect(console.relay.offer(.audio(), call: "b").result == "ok")
        #expect(await console.result("drain", ["end": .boolean(false)])["ends"] == .boolean(false))
    }

    @Test func debuggingShowsACallWithoutItsSecrets() async {
        let console = TestConsole()
        console.call("a")
        console.call("b")
        let before = console.relay.log.entries.count
        #expect(await console.result("debug", ["call-id": .string("a")])["debug"] == .boolean(true))
        let secure = """
            v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n\
            a=ice-pwd:verysecretpassword\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n
            """
        console.relay.send(["command": "offer", "call-id": "a", "from-tag": "A", "to-tag": "B", "sdp": .text(secure)])
        _ = console.relay.query(call: "b")
        let entries = console.relay.log.entries.dropFirst(before)
        let debugged = entries.filter { $0.level == "debug" }
        #expect(debugged.contains { $0.message == "request offer" && $0.metadata["call.id"] == "a" })
        #expect(debugged.contains { $0.message.hasPrefix("received a=crypto:1 AES_CM_128_HMAC_SHA1_80 (hidden)") })
        #expect(debugged.contains { $0.message == "plan" })
        #expect(debugged.allSatisfy { $0.metadata["call.id"] == "a" })
        #expect(!entries.contains { "\($0)".contains("d0Rmdm") || "\($0)".contains("verysecret") })
        #expect(
            await console.result("debug", ["call-id": .string("a"), "on": .boolean(false)])["debug"] == .boolean(false))
        let after = console.relay.log.entries.count
        _ = console.relay.query(call: "a")
        #expect(console.relay.log.entries.count == after)
        #expect(await console.result("debug", ["call-id": .string("x")])["error"]?["code"] == .string("not-found"))
    }

    @Test func logLevelsChange() async {
        let console = TestConsole()
        #expect(await console.result("set-log-level", ["level": 7, "subsystem": .string("core")])["level"] == 7)
        #expect(await console.result("log-levels") == .object(["core": 7, "control": 6]))
        let wrong = await console.result("set-log-level", ["level": 7, "subsystem": .string("x")])
        #expect(wrong["error"]?["code"] == .string("not-found"))
    }

    @Test(
        arguments: [
            ("", "malformed"), ("[]", "malformed"), ("{}", "malformed"), (#"{"v":2,"command":"hello"}"#, "malformed"),
            (#"{"command":"fly"}"#, "unknown-command"), (#"{"command":"call"}"#, "arguments"),
            (#"{"command":"calls","arguments":{"limit":-1}}"#, "arguments"),
            (#"{"command":"calls","arguments":7}"#, ""),
        ])
    func requestsThatMakeNoSenseGetAnError(_ request: String, _ code: String) async {
        let lines = await TestConsole().lines(request)
        #expect(lines.count == 1)
        #expect(lines.first?["v"] == 1)
        #expect((lines.first?["error"]?["code"]?.text ?? "") == code)
    }

    @Test func eventsComeBeforeTheResultWithTheID() async {
        var table = ControlCommandTable()
        table.add(
            ControlCommand(
                "count", "Counts", isLocalOnly: true,
                read: { arguments throws(ControlCommandError) in
                    try arguments.optionalInteger("to", 0...10) ?? 0
                },
                run: { last, events in
                    for number in 0..<last { guard await events.send(.integer(Int64(number))) else { break } }
                    return .string("done")
                }))
        let request = Array(#"{"id":"x","command":"count","arguments":{"to":2}}"#.utf8)
        let output = Lines()
        await table.serve(request, isLocal: true) { await output.add($0) }
        #expect(
            await output.text == """
                {"v":1,"id":"x","event":0}
                {"v":1,"id":"x","event":1}
                {"v":1,"id":"x","ok":"done"}

                """)
        let refused = Lines()
        await table.serve(request, isLocal: false) { await refused.add($0) }
        #expect(await refused.text.contains(#""code":"not-allowed""#))
    }

    @Test func helloNamesTheCommands() async {
        let hello = await TestConsole().result("hello")
        let names = hello["commands"]?.array?.compactMap { $0["command"]?.text } ?? []
        #expect(hello["protocol"] == 1 && hello["version"] == .string("1.2.3"))
        #expect(Set(["calls", "call", "terminate", "set", "drain", "totals", "words"]).isSubset(of: names))
    }

    private actor Lines {
        private(set) var text = ""
        func add(_ bytes: [UInt8]) -> Bool {
            text += String(decoding: bytes, as: UTF8.self)
            return true
        }
    }
}
