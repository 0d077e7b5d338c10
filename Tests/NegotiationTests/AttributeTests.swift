import Bencode
import TestSupport
import Testing

/// `sdp-attr` (sdp-behaviour §18), and attributes that are passed on or not (§4).
@Suite struct AttributeTests {
    private let relay = TestRelay()
    private let body = Body.audio(["a=rtpmap:8 PCMA/8000", "a=x-one:1 a", "a=x-two", "a=x-one:2", "a=ptime:20"])
        .session(["a=tool:x", "a=y"])

    private func offer(_ manipulation: BencodeValue) -> Reply {
        relay.offer(body, Tags("A"), ["sdp-attr": manipulation])
    }

    /// The attributes of the section that the relay does not know.
    private func others(_ reply: Reply) -> [String] {
        reply.section.lines.filter { $0.hasPrefix("a=x-") || $0.hasPrefix("a=new") }
    }

    @Test(
        arguments: [
            (["remove": ["x-one"]], ["a=x-two"]), (["remove": ["x-one:1"]], ["a=x-two", "a=x-one:2"]),
            (["remove": ["x-one:1 a"]], ["a=x-two", "a=x-one:2"]), (["remove": ["X-ONE"]], ["a=x-two"]),
            (["remove": ["x"]], ["a=x-one:1 a", "a=x-two", "a=x-one:2"]),
            (["remove": ["x-on"]], ["a=x-one:1 a", "a=x-two", "a=x-one:2"]),
            (["add": ["new:1", "new:1"]], ["a=x-one:1 a", "a=x-two", "a=x-one:2", "a=new:1", "a=new:1"]),
            (["substitute": [["x-two", "new"]]], ["a=x-one:1 a", "a=new", "a=x-one:2"]),
            (["substitute": [["x-one:2", "new:2"]]], ["a=x-one:1 a", "a=x-two", "a=new:2"]),
            (["remove": ["x-one", "x-two"], "add": ["new"]], ["a=new"]),
            ([:], ["a=x-one:1 a", "a=x-two", "a=x-one:2"]),
        ] as [(BencodeValue, [String])])
    func sectionAttributes(_ commands: BencodeValue, _ left: [String]) {
        #expect(others(offer(["audio": commands])) == left)
        // Another media type is not meant.
        let untouched = relay.offer(body, Tags("A"), call: "other", ["sdp-attr": ["video": commands]])
        #expect(others(untouched) == ["a=x-one:1 a", "a=x-two", "a=x-one:2"])
    }

    @Test(arguments: ["none", "global"])
    func sessionAttributes(_ name: String) {
        let commands: BencodeValue = ["remove": ["tool"], "substitute": [["y", "z:1"]], "add": ["new"]]
        let reply = offer(.dictionary(BencodeDictionary([.init(key: name, value: commands)])))
        #expect(reply.sessionLines.filter { $0.hasPrefix("a=") } == ["a=z:1", "a=new"])
        #expect(others(reply) == ["a=x-one:1 a", "a=x-two", "a=x-one:2"])
    }

    @Test func linesOfTheRelayCanBeChanged() {
        let reply = offer(["audio": ["remove": ["rtpmap:0", "rtcp"], "substitute": [["sendrecv", "sendonly"]]]])
        #expect(reply.section.values(of: "rtpmap") == ["8 PCMA/8000"])
        #expect(reply.section.rtcpPort == nil)
        #expect(reply.section.direction == "sendonly")
        #expect(reply.section.has("a=ptime:20"))
    }

    @Test func actsOnItsRequestOnly() {
        _ = offer(["audio": ["remove": ["x-one"]]])
        #expect(others(relay.offer(body)) == ["a=x-one:1 a", "a=x-two", "a=x-one:2"])
        let options: BencodeDictionary = ["sdp-attr": ["audio": ["add": ["new"]]]]
        #expect(relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), options).section.has("a=new"))
    }

    /// However many formats there are, each has its own lines, and with `sdp-attr` as without.
    @Test(arguments: [4, 16, 17, 31])
    func everyFormatKeepsItsLines(_ count: Int) {
        let types = (96..<96 + count).map(String.init)
        let lines = types.flatMap { type in
            ["a=rtpmap:\(type) X\(type)/\(type)00/2", "a=fmtp:\(type) first=\(type)", "a=rtcp-fb:\(type) nack"]
        }
        let body = Body.audio(formats: types.joined(separator: " "), lines + types.map { "a=fmtp:\($0) second" })
        let changes: BencodeDictionary = ["sdp-attr": ["audio": ["remove": ["x-one"]]]]
        for reply in [relay.offer(body, Tags("A")), relay.offer(body, Tags("A"), call: "changed", changes)] {
            #expect(reply.section.formats == types)
            #expect(reply.section.values(of: "rtpmap") == types.map { "\($0) X\($0)/\($0)00/2" })
            #expect(reply.section.values(of: "fmtp") == types.flatMap { ["\($0) first=\($0)", "\($0) second"] })
            #expect(reply.section.values(of: "rtcp-fb") == types.map { "\($0) nack" })
        }
    }

    /// What is added cannot break out of its line.
    @Test(arguments: ["new\r\nm=audio 1 RTP/AVP 0", "new\nc=IN IP4 10.6.6.6", "new\rx"])
    func addedTextStaysOneLine(_ text: String) {
        let reply = offer(["audio": ["add": [.text(text)]]])
        #expect(reply.sections.count <= 1)
        #expect(reply.section.lines.filter { $0.hasPrefix("c=") }.count <= 1)
        #expect(!reply.lines.contains { $0.utf8.contains(13) })
    }

    @Test func octetsArePassedOnAsTheyAre() {
        let relay = TestRelay()
        var octets = Array(Body.audio(["a=x-name:"]).text.utf8)
        octets.replaceSubrange(octets.count - 2..<octets.count, with: [0xC3, 0xBC, 0xFF, 0x80, 13, 10])
        let reply = relay.send(["command": "offer", "call-id": "call", "from-tag": "A", "sdp": .string(octets)])
        let sent = reply.first("sdp")?.octets ?? []
        #expect(
            sent.split(separator: 10).contains { Array($0) == Array("a=x-name:".utf8) + [0xC3, 0xBC, 0xFF, 0x80, 13] })
    }
}
