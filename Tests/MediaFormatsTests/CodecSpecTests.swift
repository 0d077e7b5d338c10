import MediaFormats
import Testing

@Suite struct CodecSpecTests {
    @Test func parts() throws {
        let spec = try #require(CodecSpec("opus/48000/2/32000/20/useinbandfec=1/cbr=1/x"))
        #expect(spec.name == "opus")
        #expect(spec.clockRate == 48000)
        #expect(spec.channels == 2)
        #expect(spec.bitrate == 32000)
        #expect(spec.packetTimeMilliseconds == 20)
        #expect(spec.parameters == "useinbandfec=1")
        #expect(spec.options == "cbr=1/x")
        #expect(CodecSpec("PCMA") == CodecSpec("PCMA//"))
        #expect(CodecSpec("H264/90000///x")?.packetTimeMilliseconds == nil)
        #expect(CodecSpec("H264/90000////p=1")?.parameters == "p=1")
    }

    @Test(arguments: [
        "", "/8000", "x/y", "x/-1", "x/99999999999", "x/1/0", "x/1/256", "x/1/1/z", "x/1/1/1/z", "x/ 8000",
    ])
    func unreadable(_ text: String) {
        #expect(CodecSpec(text) == nil)
    }

    @Test(arguments: [
        ("opus", "96 opus/48000/2", true), ("OPUS", "96 opus/48000/2", true), ("opus/48000/2", "96 opus/48000/2", true),
        ("opus/48000", "96 opus/48000/2", false), ("opus/48000", "96 opus/48000", true),
        ("opus/48000/1", "96 opus/48000", true), ("opus//2", "96 opus/48000/2", true),
        ("opus//1", "96 opus/48000/2", false), ("opus/16000", "96 opus/48000", false),
        ("opus/48000/2/32000", "96 opus/48000/2", true), ("PCMA/8000", "8", true), ("8", "8", false),
        ("PCM", "8", false), ("x", "96", false), ("telephone-event", "101 telephone-event/8000", true),
    ])
    func matching(_ spec: String, _ entry: String, _ expected: Bool) throws {
        #expect(try #require(CodecSpec(spec)).matches(formats(entry)[0]) == expected)
    }

    @Test func parametersMustMatchWhenNamed() throws {
        let spec = try #require(CodecSpec("H264/90000////packetization-mode=1"))
        var format = formats("97 H264/90000")[0]
        #expect(!spec.matches(format))
        format.parameters = "packetization-mode=1"
        #expect(spec.matches(format))
        format.parameters = "packetization-mode=0"
        #expect(!spec.matches(format))
    }

    @Test func selections() {
        let selection = CodecSelection(["PCMA", "", "bad/x", "ALL"])
        #expect(selection.selectsAll)
        #expect(selection.specs.map(\.name) == ["PCMA"])
        #expect(selection.names(formats("8")[0]))
        #expect(!selection.names(formats("0")[0]))
        #expect(CodecSelection(["full"]).selectsAll)
        #expect(CodecSelection.none.isEmpty)
        #expect(!CodecSelection(["all"]).isEmpty)
        #expect(CodecSelection(["PCMA"]).union(CodecSelection(["all"])) == CodecSelection(["PCMA", "all"]))
    }
}
