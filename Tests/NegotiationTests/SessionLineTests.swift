import Bencode
import TestSupport
import Testing

/// `o=` and `s=` under the `replace` options (sdp-behaviour §5).
@Suite struct SessionLineTests {
    private let relay = TestRelay()

    private func origin(_ body: Body, _ words: [BencodeValue], _ tags: Tags = Tags("A")) -> String? {
        relay.offer(body, tags, ["replace": .list(words)]).sessionLines.first { $0.hasPrefix("o=") }
    }

    @Test(arguments: [
        ([], "o=alice 100 1 IN IP4 10.0.0.1"), (["origin"], "o=alice 100 1 IN IP4 198.51.100.7"),
        (["session-connection"], "o=alice 100 1 IN IP4 10.0.0.1"), (["SDP-version"], "o=alice 100 1 IN IP4 10.0.0.1"),
        (["username"], "o=alice 100 1 IN IP4 10.0.0.1"), (["origin-full"], "o=alice 100 1 IN IP4 198.51.100.7"),
        (["force-increment-sdp-ver"], "o=alice 100 1 IN IP4 10.0.0.1"),
    ])
    func firstDocument(_ words: [String], _ line: String) {
        #expect(origin(.audio(), words.map(BencodeValue.text)) == line)
    }

    @Test func versionCountsChangesOnly() {
        let words: [BencodeValue] = ["SDP-version"]
        #expect(origin(.audio().origin("alice 100 7"), words) == "o=alice 100 7 IN IP4 10.0.0.1")
        // Nothing but the user agent's own version is new.
        #expect(origin(.audio().origin("alice 100 8"), words) == "o=alice 100 7 IN IP4 10.0.0.1")
        #expect(origin(.audio(["a=sendonly"]).origin("alice 100 9"), words) == "o=alice 100 8 IN IP4 10.0.0.1")
        // Back to the first text is another change.
        #expect(origin(.audio().origin("alice 100 1"), words) == "o=alice 100 9 IN IP4 10.0.0.1")
    }

    @Test func versionsAreCountedForEachParty() {
        let words: BencodeDictionary = ["replace": ["SDP-version"]]
        func line(_ reply: Reply) -> String? { reply.sessionLines.first { $0.hasPrefix("o=") } }
        #expect(line(relay.offer(.audio().origin("a 1 7"), Tags("A"), words)) == "o=a 1 7 IN IP4 10.0.0.1")
        let back = Body.audio(at: "10.0.0.2").origin("b 2 50")
        #expect(line(relay.answer(back, Tags("A", "B"), words)) == "o=b 2 50 IN IP4 10.0.0.2")
        let hold = Body.audio(["a=sendonly"]).origin("a 1 3")
        #expect(line(relay.offer(hold, Tags("A", "B"), words)) == "o=a 1 8 IN IP4 10.0.0.1")
        #expect(line(relay.answer(back, Tags("A", "B"), words)) == "o=b 2 50 IN IP4 10.0.0.2")
    }

    @Test func forcedIncrement() {
        let words: [BencodeValue] = ["force-increment-sdp-ver"]
        let lines = (0..<3).map { _ in origin(.audio().origin("alice 100 7"), words) }
        #expect(lines == (7...9).map { "o=alice 100 \($0) IN IP4 10.0.0.1" })
    }

    @Test func versionBeyondEveryNumber() {
        let words: [BencodeValue] = ["force-increment-sdp-ver"]
        let maximum = String(UInt64.max)
        #expect(origin(.audio().origin("alice 100 \(maximum)"), words) == "o=alice 100 \(maximum) IN IP4 10.0.0.1")
        let wrapped = origin(.audio().origin("alice 100 \(maximum)"), words)
        #expect(wrapped != nil)
        let relay = TestRelay()
        let long = Body.audio().origin("alice 100 123456789012345678901234567890")
        #expect(relay.offer(long, Tags("A"), ["replace": ["SDP-version"]]).result == "ok")
    }

    @Test func usernameStaysAsFirstSent() {
        let words: [BencodeValue] = ["username"]
        #expect(origin(.audio(), words) == "o=alice 100 1 IN IP4 10.0.0.1")
        #expect(origin(.audio().origin("bob 200 2"), words) == "o=alice 200 2 IN IP4 10.0.0.1")
    }

    @Test func fullOriginStaysAsFirstSent() {
        let words: [BencodeValue] = ["origin-full"]
        #expect(origin(.audio().origin("alice 100 5"), words) == "o=alice 100 5 IN IP4 198.51.100.7")
        #expect(origin(.audio().origin("bob 200 9"), words) == "o=alice 100 5 IN IP4 198.51.100.7")
        let moved = Body.audio(at: "10.0.0.3", port: 4100).origin("bob 200 9")
        #expect(origin(moved, words) == "o=alice 100 6 IN IP4 198.51.100.7")
    }

    @Test func originShowsTheRelayAlsoWhenTheFirstSectionIsRejected() {
        let body = Body(at: "10.0.0.1").section("video 0 RTP/AVP 96").section("audio 4000 RTP/AVP 0")
        #expect(origin(body, ["origin"]) == "o=alice 100 1 IN IP4 198.51.100.7")
    }

    @Test func sessionLinesKeepTheirOrder() {
        let body = Body.audio().session(["a=tool:x", "a=group:BUNDLE 1", "a=ice-lite", "a=unknown"])
        let lines = relay.offer(body).sessionLines
        #expect(lines == ["v=0", "o=alice 100 1 IN IP4 10.0.0.1", "s=-", "t=0 0", "a=tool:x", "a=unknown"])
    }

    @Test func loopedBodyComesBackAsItIs() {
        let flags: BencodeDictionary = ["flags": ["loop-protect"]]
        let first = relay.offer(.audio(), Tags("A"), flags)
        #expect(first.sessionLines.filter { $0.hasPrefix("a=rtpengine:") }.count == 1)
        var request: BencodeDictionary = ["command": "offer", "call-id": "second", "from-tag": "A"]
        request.append("sdp", .text(first.body ?? ""))
        request.append(contentsOf: flags)
        #expect(Reply(relay.send(request)).body == first.body)
        #expect(relay.list() == ["call"])
        #expect(relay.plane.openPorts == 4)
        // Another relay's mark means nothing here.
        let foreign = Body.audio().session(["a=rtpengine:0123456789ab"])
        #expect(relay.offer(foreign, Tags("A"), call: "third", flags).section.port != 4000)
    }
}
