import Bencode
import Forwarding
import TestSupport
import Testing

/// Requests that fail leave nothing behind and change nothing.
@Suite struct FailedRequestTests {
    static let failures: [(BencodeDictionary, String)] = [
        ([:], "No SDP body in message"),
        (["sdp": 5], "No SDP body in message"),
        (["sdp": ""], "Error rewriting SDP"),
        (["sdp": "nonsense"], "Failed to parse SDP"),
        (["sdp": "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\n"], "Error rewriting SDP"),
        (["sdp": .text(Body.audio(port: 0).text)], "Error rewriting SDP"),
        (["sdp": .text(Body(at: nil).section("audio 4000 RTP/AVP 0").text)], "Incomplete SDP specification"),
        (["sdp": .text(Body.audio(formats: "128").text)], "Incomplete SDP specification"),
        (["sdp": .text(Body.audio().text), "flags": ["SIP-source-address"]], "Incomplete SDP specification"),
        (["sdp": .text(Body.audio().text), "to-tag": "A"], "Invalid dialogue association"),
        (["sdp": .text(Body.audio().text), "sdp-attr": ["nowhere": [:]]], "unsupported sdp section"),
        (["sdp": .text(Body.audio().text), "sdp-attr": ["audio": ["bend": ["x"]]]], "unknown manipulation command"),
    ]

    @Test(arguments: failures)
    func offerLeavesNoCall(_ entries: BencodeDictionary, _ reason: String) {
        let relay = TestRelay()
        var request: BencodeDictionary = ["command": "offer", "call-id": "call", "from-tag": "A"]
        request.append(contentsOf: entries)
        let reply = Reply(relay.send(request))
        #expect(reply.result == "error")
        #expect(reply.errorReason == reason)
        #expect(reply.body == (reason == "Error rewriting SDP" ? "" : nil))
        expectNothing(on: relay)
        // The relay still works.
        #expect(relay.offer(.audio()).result == "ok")
    }

    @Test(arguments: failures)
    func offerLeavesTheCallAsItWas(_ entries: BencodeDictionary, _ reason: String) {
        let relay = TestRelay()
        relay.offer(.audio())
        relay.answer(.audio(at: "10.0.0.2"))
        let before = (relay.query().dictionary, relay.plane.snapshot.plans, relay.plane.snapshot.leased)
        relay.clock.advance(seconds: 5)
        var request: BencodeDictionary = ["command": "offer", "call-id": "call", "from-tag": "A"]
        request.append(contentsOf: entries)
        #expect(Reply(relay.send(request)).errorReason == reason)
        #expect(relay.query().dictionary == before.0)
        #expect(relay.plane.snapshot.plans == before.1)
        #expect(relay.plane.snapshot.leased == before.2)
        #expect(relay.plane.violations == [])
    }

    @Test(arguments: [("call-id", "No call-id in message"), ("from-tag", "No from-tag in message")])
    func keysThatAnOfferNeeds(_ key: String, _ reason: String) {
        let relay = TestRelay()
        var request: BencodeDictionary = [
            "command": "offer", "sdp": .text(Body.audio().text), "call-id": "call", "from-tag": "A",
        ]
        request.entries.removeAll { $0.key == key }
        #expect(Reply(relay.send(request)).errorReason == reason)
        expectNothing(on: relay)
    }

    /// Whichever of the port requests fails: the ports leased before it are given back.
    @Test(arguments: 1...8)
    func failingLeaseGivesBackTheOthers(_ number: Int) {
        let relay = TestRelay(interfaces: ["192.0.2.10", "2001:db8::10"])
        relay.plane.update { $0.failingRequests = [number] }
        let body = Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("video 4002 RTP/AVP 96")
            .section("audio 4004 RTP/AVP 8").section("image 4006 udptl t38")
        let reply = relay.offer(body)
        #expect(reply.errorReason == "Ran out of ports")
        #expect(reply.body == nil)
        #expect(relay.plane.snapshot.history.count == 2 * (number - 1))
        expectNothing(on: relay)
    }

    @Test(arguments: [
        PortLeaseError.exhausted(PortPoolID(0)), .tooManyPorts(limit: 4), .system(errno: 24, operation: "socket"),
    ])
    func everyLackOfPortsIsTheErrorThatClientsKnow(_ failure: PortLeaseError) {
        let relay = TestRelay()
        relay.plane.update {
            $0.failingRequests = [2]
            $0.failure = failure
        }
        #expect(relay.offer(.audio()).errorReason == "Ran out of ports")
        expectNothing(on: relay)
    }

    @Test func failingReofferKeepsThePortsOfTheCall() {
        let relay = TestRelay()
        let port = relay.offer(.audio()).section.port
        relay.answer(.audio(at: "10.0.0.2"))
        let leased = relay.plane.snapshot.leased
        relay.plane.update { $0.exhaustedPools = [PortPoolID(0)] }
        #expect(relay.offer(.audio(port: 4100), Tags("A", "B")).errorReason == "Ran out of ports")
        #expect(relay.plane.snapshot.leased == leased)
        relay.plane.update { $0.exhaustedPools = [] }
        #expect(relay.offer(.audio(), Tags("A", "B")).section.port == port)
    }

    /// What cannot be told to the client must not be kept: it would never learn of the ports.
    @Test func replyBeyondADatagram() {
        let relay = TestRelay()
        let body = (0..<60).reduce(Body(at: "10.0.0.1")) { $0.section("audio \(4000 + 2 * $1) RTP/AVP 0") }
        let line = BencodeValue.text("x:" + String(repeating: "y", count: 1200))
        let manipulation: BencodeDictionary = ["sdp-attr": ["audio": ["add": [line]]]]
        #expect(relay.offer(body, Tags("A"), manipulation).errorReason == "Reply does not fit into a datagram")
        expectNothing(on: relay)
        // One that fits when bencoded, but not as JSON, is refused too: the client may use either.
        let control = BencodeValue.text("x:" + String(repeating: "\u{1}", count: 300))
        let escaped: BencodeDictionary = ["sdp-attr": ["audio": ["add": [control]]]]
        #expect(relay.offer(body, Tags("A"), escaped).errorReason == "Reply does not fit into a datagram")
        expectNothing(on: relay)
        #expect(relay.offer(body).result == "ok")
    }

    @Test func answerToAnUnknownCall() {
        let relay = TestRelay()
        let reply = relay.answer(.audio())
        #expect(reply.errorReason == "Unknown call-id")
        // The call is looked for before the body is read.
        #expect(relay.answer(Body(at: nil)).errorReason == "Unknown call-id")
        expectNothing(on: relay)
    }

    @Test func answerNeedsItsToTag() {
        let relay = TestRelay()
        relay.offer(.audio())
        #expect(relay.answer(.audio(), Tags("A")).errorReason == "No to-tag in message")
        #expect(relay.answer(.audio(), Tags("A", "A")).errorReason == "Invalid dialogue association")
    }

    @Test func queryOfAnUnknownCall() {
        let relay = TestRelay()
        #expect(relay.query().errorReason == "Unknown call-id")
        #expect(Reply(relay.send(["command": "query"])).errorReason == "No call-id in message")
    }
}

/// No port is open, no call listed, none counted.
func expectNothing(on relay: TestRelay, sourceLocation: SourceLocation = #_sourceLocation) {
    let plane = relay.plane.snapshot
    #expect(plane.leased.isEmpty, sourceLocation: sourceLocation)
    #expect(plane.violations == [], sourceLocation: sourceLocation)
    #expect(plane.releases == plane.history.count, sourceLocation: sourceLocation)
    #expect(relay.list() == [], sourceLocation: sourceLocation)
    let statistics = relay.statistics()
    #expect(
        statistics.value("statistics", "currentstatistics", "sessionstotal")?.integer == 0,
        sourceLocation: sourceLocation)
    #expect(
        statistics.value("statistics", "totalstatistics", "managedsessions")?.integer == 0,
        sourceLocation: sourceLocation)
}
