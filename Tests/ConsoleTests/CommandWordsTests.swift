import Bencode
import CallControl
import Console
import TestSupport
import Testing

/// The words of rtpengine's command line interface (ng-protocol §9).
@Suite struct CommandWordsTests {
    @Test(
        arguments: [
            ("", "More parameters required.\n\n"), ("fly", "Unknown command: fly\n"),
            ("list", "More parameters required.\n\n"), ("list fly", "Unknown command: fly\n"),
            ("list sessions", "More parameters required.\n\n"),
            ("list sessions all", "No sessions on this media relay.\n"),
            ("list sessions own", "No own sessions on this media relay.\n"),
            ("list sessions foreign", "No foreign sessions on this media relay.\n"),
            ("list sessions x", "Call ID not found (x).\n"), ("call x info", "No such call 'x'\n"),
            ("terminate x", "\nCall Id not found (x).\n\n"),
            ("get maxsessions", "Maximum sessions configured on rtpengine: -1\n"),
            ("list timeout", "TIMEOUT=60\n"), ("list silenttimeout", "SILENT_TIMEOUT=3600\n"),
            ("list finaltimeout", "FINAL_TIMEOUT=0\n"), ("list deletedelay", "30\n"), ("list controltos", "0\n"),
            ("list transcoders", "No stats entries\n"), ("list loglevel", "core = 6\ncontrol = 6\n"),
            ("list loglevel core", "core = 6\n"),
            ("set maxsessions x", "Fail setting maxsessions to x; no digits found\n"),
            ("set maxsessions 5", "Success setting maxsessions to 5\n"),
            ("set loglevel 7", "Success setting loglevel to 7\n"),
            ("set loglevel core 7", "Success setting loglevel to 7\n"),
            ("set timeout", "More parameters required.\n\n"),
            ("kslist", "Keyspace notification feature has not been configured.\n"),
            ("terminate all", "All calls terminated by operator.\n"), ("params diff", ""),
        ])
    func linesAreAnswered(_ line: String, _ answer: String) {
        #expect(TestConsole().words.answer(line) == answer)
    }

    @Test func callsAreListed() {
        let console = TestConsole()
        console.call("call-1")
        console.relay.delete(call: "call-1", delay: 10)
        let line = console.words.answer("list sessions all")
        #expect(line.hasPrefix("ID: " + String(repeating: " ", count: 54) + "call-1 | del:y | creat:"))
        #expect(line.hasSuffix(" | prx:127.0.0.1:40000 | redis:-1 | frgn:n | rec:n\n"))
        let numbers = console.words.answer("list numsessions")
        #expect(numbers.hasPrefix("Current sessions own: 1\nCurrent sessions foreign: 0\nCurrent sessions total: 1\n"))
        #expect(numbers.contains("Current sessions ipv4 only media: 1\n"))
    }

    @Test(arguments: ["list sessions call-1", "call call-1 info"])
    func aCallIsShown(_ line: String) {
        let console = TestConsole()
        console.call("call-1")
        let text = console.words.answer(line)
        #expect(text.contains("callid: call-1\ndeletionmark: no\n"))
        #expect(text.contains("--- Tag 'A', type: FROM_TAG, label '', branch '', callduration 0.00\n"))
        #expect(text.contains("---     subscribed to 'B' (offer/answer)\n"))
        #expect(text.contains("------ Media #1 (audio over RTP/AVP) using unknown codec\n"))
        #expect(
            text.split(separator: "\n").contains {
                $0.hasPrefix("-------- Port 192.0.2.10:") && $0.contains(" (RTCP), ")
            })
        #expect(console.words.answer("call call-1 tag A info").hasPrefix("--- Tag 'A'"))
        #expect(console.words.answer("call call-1 terminate") == "Call terminated.\n")
        #expect(console.relay.plane.openPorts == 0)
    }

    @Test func settingsAreRemembered() {
        let console = TestConsole()
        _ = console.words.answer("set timeout 7")
        #expect(console.words.answer("params diff") == "timeout: 60 => 7\n")
        #expect(console.words.answer("params start").contains("\ntimeout = 60\n"))
        #expect(console.words.answer("params current").contains("\ntimeout = 7\n"))
        _ = console.words.answer("params revert")
        #expect(console.words.answer("params diff") == "")
    }

    @Test func helpListsWhatMayFollow() {
        let console = TestConsole()
        #expect(console.words.answer("list help").contains("  numsessions "))
        #expect(console.words.answer("usage").contains("  list sessions all "))
        #expect(console.words.answer("help").contains("  terminate "))
    }

    @Test func statisticsAreJSONWithNumbers() {
        let console = TestConsole()
        console.call("a")
        let value = JSONValue(parsing: console.words.answer("list jsonstats").dropLast().utf8)
        #expect(value?["currentstatistics"]?["sessionstotal"] == 1)
        #expect(value?["totalstatistics"]?["avgcallduration"]?.number == 0)
        #expect(value?["controlstatistics"]?["proxies"]?.array?.first?["proxy"] == .string("127.0.0.1"))
        #expect(console.words.answer("list totals").contains("Calls that ended"))
        #expect(console.words.answer("list interfaces").hasPrefix("Interface 'default':\n address"))
    }

    @Test func ngClientsReachTheWords() {
        let console = TestConsole()
        #expect(
            Reply(console.relay.send(["command": "cli", "body": "list timeout"])).errorReason == "Unrecognized command")
        let words = console.words
        console.relay.controller.answerCommandLines { words.answer($0) }
        let reply = Reply(console.relay.send(["command": "cli", "body": "list timeout"]))
        #expect(reply.dictionary.first("response")?.text == "TIMEOUT=60\n")
        #expect(Reply(console.relay.send(["command": "cli"])).errorReason == "No 'body' in message")
    }

    /// Whatever operators type, there is an answer.
    @Test func anyWordsAreAnswered() {
        let console = TestConsole()
        console.call("a")
        let vocabulary = [
            "list", "set", "call", "a", "tag", "A", "info", "debug", "on", "params", "terminate", "sessions",
            "loglevel",
            "maxsessions", "-1", "99999999999999999999", "help", "\u{0}", "é", "media", "timeout", "maxopenfiles", "x",
        ]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3_000 {
            let line = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                vocabulary.randomElement(using: &generator) ?? ""
            }.joined(separator: " ")
            // The limit of descriptors is the whole process's.
            guard !line.contains("set maxopenfiles") else { continue }
            #expect(console.words.answer(line).last != " ")
        }
    }
}
