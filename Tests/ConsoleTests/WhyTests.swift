import Bencode
import CallControl
import CallReports
import Console
import Forwarding
import TestSupport
import Testing

/// `why`: of calls that go on and of those that have ended.
@Suite struct WhyTests {
    @Test func aCallIsExplained() async {
        let console = TestConsole()
        console.call("a")
        console.relay.pass(seconds: 10)
        let answer = await console.result("why", ["call-id": .string("a")])
        #expect(answer["verdict"] == .string("nothing-arrives") && answer["severity"] == .string("fault"))
        #expect(answer["ended"] == .boolean(false) && answer["reason"] == nil)
        let directions = answer["directions"]?.array ?? []
        #expect(directions.count == 2)
        #expect(directions.first?["from"]?["tag"] == .string("A"))
        #expect(directions.first?["to"]?["name"] == .string("the callee"))
        #expect(directions.first?["evidence"]?["told to send to"]?.text?.isEmpty == false)
        let text = answer["text"]?.text ?? ""
        #expect(text.hasPrefix("No audio in either direction: nothing arrives from the caller"))
        #expect(text.contains("FAULT audio 0, the caller to the callee: nothing-arrives\n"))
        #expect(console.words.answer("why a") == text && console.words.answer("call a why") == text)
        let calls = await console.result("calls")["calls"]?.array
        #expect(calls?.first?["verdict"] == .string("nothing-arrives"))
        #expect(calls?.first?["severity"] == .string("fault"))
    }

    /// Nothing from the network steers a terminal or turns what is read.
    @Test func textIsHarmless() {
        #expect(TerminalText.clean("a\u{202E}b\u{2066}c\u{2028}d\u{1B}[0m\u{9B}e\n") == "a?b?c?d?[0m?e?")
        #expect(TerminalText.clean("Zoë, 渡辺 · ok") == "Zoë, 渡辺 · ok")
    }

    @Test func unknownCalls() async {
        let console = TestConsole()
        #expect(await console.result("why", ["call-id": .string("a")])["error"]?["code"] == .string("not-found"))
        #expect(await console.result("why")["error"]?["code"] == .string("arguments"))
        #expect(console.words.answer("why a") == "No such call 'a'\n")
        #expect(console.words.answer("call a why") == "No such call 'a'\n")
        #expect(console.words.answer("why") == "More parameters required.\n\n")
    }

    @Test func callsThatHaveEnded() async {
        let console = TestConsole()
        console.call("a")
        console.relay.pass(seconds: 10)
        console.relay.delete(call: "a")
        console.relay.pass(seconds: 20)
        let answer = await console.result("why", ["call-id": .string("a")])
        #expect(answer["ended"] == .boolean(true) && answer["reason"] == .string("REGULAR"))
        #expect(answer["verdict"] == .string("nothing-arrives") && answer["ended-ago"]?.number == 20)
        #expect(answer["duration"]?.number == 10)
        #expect(answer["text"]?.text?.contains("The call ended 20 s ago (REGULAR).\n") == true)
        let line = console.relay.log.entries.last { $0.message == "call ended" }
        #expect(line?.metadata["verdict"] == "nothing-arrives")
        let why = line?.metadata["why"] ?? ""
        #expect(why.hasPrefix("No audio in either direction"))
        console.relay.pass(seconds: 600)
        #expect(await console.result("why", ["call-id": .string("a")])["error"]?["code"] == .string("not-found"))
    }

    /// The latest call of a name counts, and no more are kept than is allowed.
    @Test func fewCallsAreKept() async {
        let console = TestConsole { $0.remembered.count = 100 }
        for number in 0..<300 {
            console.call("\(number % 150)")
            console.relay.delete(call: "\(number % 150)")
        }
        var known = 0
        for number in 0..<150 where console.relay.controller.explanation(of: "\(number)") != nil { known += 1 }
        #expect(known == 100)
        #expect(console.relay.controller.explanation(of: "149")?.ending == "REGULAR")
        #expect(console.relay.controller.explanation(of: "10") == nil)
    }

    @Test func memoryIsBounded() {
        let console = TestConsole { $0.remembered.octets = 40_000 }
        for number in 0..<50 {
            console.call("\(number)")
            console.relay.delete(call: "\(number)")
        }
        let known = (0..<50).filter { console.relay.controller.explanation(of: "\($0)") != nil }
        #expect(known.count > 3 && known.count < 15 && known.last == 49)
    }

    /// What an SDP names is no measure of what is kept of it.
    @Test func longNamesAreNotKept() throws {
        let console = TestConsole()
        let list = [String](repeating: "96", count: 100).joined(separator: " ")
        let name = "a=rtpmap:96 " + String(repeating: "x", count: 4000) + "/8000"
        console.relay.offer(.audio(formats: list, [name]))
        let party = try #require(console.relay.controller.report(on: "call")?.parties.first)
        #expect(party.sections[0].signalled.formats.map(\.name) == [String(repeating: "x", count: 64) + "/8000"])
    }

    @Test func noneAreKept() {
        let console = TestConsole { $0.remembered.count = 0 }
        console.call("a")
        console.relay.delete(call: "a")
        #expect(console.relay.controller.explanation(of: "a") == nil)
    }

    /// Names come from the network.
    @Test func nothingSteersTheTerminal() {
        let console = TestConsole()
        console.relay.offer(.audio(), Tags("A"))
        console.relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B\u{1B}[2J\u{9B}x"))
        console.relay.offer(.audio(), Tags("A", branch: "z"))
        console.relay.pass(seconds: 10)
        let text = console.words.answer("why call")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
    }
}
