import Console
import Testing
import Wire

/// Captures in the control protocol.
@Suite struct CaptureCommandTests {
    @Test func onlyTheControlSocketGivesThemOut() async {
        let console = TestConsole()
        console.call("one")
        for command in ["capture", "end-capture"] {
            let request = "{\"command\":\"\(command)\",\"arguments\":{\"call-id\":\"one\",\"capture\":1}}"
            let answer = await console.lines(request, isLocal: false)
            #expect(answer.last?["error"]?["code"] == .string("not-allowed"))
        }
    }

    @Test func aCaptureComesInPiecesAndEndsAsItIsTold() async throws {
        let console = TestConsole()
        console.call("one")
        let running = Task {
            await console.lines("{\"id\":7,\"command\":\"capture\",\"arguments\":{\"call-id\":\"one\"}}")
        }
        // The first capture of this relay.
        while await console.result("end-capture", ["capture": 1])["capture"] == nil { await Task.yield() }
        let lines = await running.value
        #expect(lines.first?["event"]?["capture"] == .integer(1))
        let pieces = lines.compactMap { $0["event"]?["pcapng"]?.text }
        let bytes = pieces.flatMap { Base64.decode($0.utf8) ?? [] }
        // The magic number of a section.
        #expect(bytes.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]))
        let result = try #require(lines.last?["ok"])
        #expect(result["reason"] == .string("its reader has ended it"))
        #expect(result["missed"] == .integer(0))
        #expect(lines.allSatisfy { $0["id"] == .integer(7) })
    }

    @Test func mistakesAreNamed() async {
        let console = TestConsole()
        func code(_ command: String, _ arguments: KeyValuePairs<String, JSONValue>) async -> JSONValue? {
            await console.result(command, arguments)["error"]?["code"]
        }
        #expect(await code("capture", ["call-id": .string("none")]) == .string("not-found"))
        #expect(await code("capture", [:]) == .string("arguments"))
        #expect(await code("capture", ["call-id": .string("none"), "seconds": 0]) == .string("arguments"))
        #expect(await code("capture", ["call-id": .string("none"), "packets": .string("x")]) == .string("arguments"))
        #expect(await code("end-capture", ["capture": 5]) == .string("not-found"))
    }

    @Test func aCallMayComeLater() async throws {
        let console = TestConsole()
        let running = Task {
            await console.lines(
                "{\"command\":\"capture\",\"arguments\":{\"call-id\":\"late\",\"wait\":true,\"seconds\":3600}}")
        }
        await Task.yield()
        console.call("late")
        while await console.result("end-capture", ["capture": 1])["capture"] == nil { await Task.yield() }
        #expect(await running.value.last?["ok"] != nil)
    }
}
