import Bencode
import CallControl
import TestSupport
import Testing

/// `delete`, as the table of ng-protocol §3.5 has it.
@Suite struct DeletionTests {
    private static let warning = "Call-ID not found or tags didn't match"

    private func answeredCall(deleteDelay: Int = 30) -> TestRelay {
        let relay = TestRelay { $0.timeouts.deleteDelay = deleteDelay }
        relay.offer(.audio(), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        return relay
    }

    /// A caller with two branches; `answers` are given in this order.
    private func forkedCall(answers: [String]) -> TestRelay {
        let relay = TestRelay()
        relay.offer(.audio(), Tags("A", branch: "b1"))
        relay.offer(.audio(), Tags("A", branch: "b2"))
        for tag in answers {
            let branch = tag == "B1" ? "b1" : "b2"
            relay.answer(.audio(at: tag == "B1" ? "10.0.0.2" : "10.0.0.3"), Tags("A", tag, branch: branch))
        }
        return relay
    }

    @Test func unknownCallIsAWarning() {
        let relay = TestRelay()
        #expect(relay.delete().dictionary == ["warning": .text(DeletionTests.warning), "result": "ok"])
        #expect(
            relay.delete(Tags("A"), ["flags": ["fatal"]]).dictionary
                == ["result": "error", "error-reason": .text(DeletionTests.warning)])
        #expect(Reply(relay.send(["command": "delete"])).errorReason == "No call-id in message")
    }

    @Test(arguments: [
        Tags(nil), Tags(nil, branch: "b9"), Tags("A"), Tags("B"), Tags("A", "B"), Tags("B", "A"), Tags("A", "unknown"),
        Tags(nil, "unknown"),
    ])
    func endsTheCall(_ tags: Tags) {
        let relay = answeredCall()
        let reply = relay.delete(tags)
        #expect(reply.result == "ok")
        #expect(reply.warning == nil)
        #expect(relay.plane.openPorts == 0)
        #expect(relay.query().errorReason == "Unknown call-id")
        #expect(relay.list() == [])
        #expect(relay.plane.violations == [])
    }

    @Test(arguments: [
        (Tags("unknown"), false), (Tags("unknown", "B"), false), (Tags("unknown", "A"), false),
        (Tags("A", "unknown"), true), (Tags(nil, "unknown"), true),
    ])
    func tagsThatNameNobodyLeaveTheCall(_ tags: Tags, _ honoursToTag: Bool) {
        let relay = answeredCall()
        let flags: BencodeDictionary = honoursToTag ? ["flags": ["to-tag"]] : [:]
        #expect(relay.delete(tags, flags).dictionary == ["warning": .text(DeletionTests.warning), "result": "ok"])
        #expect(relay.list() == ["call"])
        #expect(relay.plane.openPorts == 4)
        let fatal: BencodeDictionary = ["flags": honoursToTag ? ["to-tag", "fatal"] : ["fatal"]]
        #expect(relay.delete(tags, fatal).errorReason == DeletionTests.warning)
        #expect(relay.list() == ["call"])
    }

    @Test func toTagCountsOnlyWithTheFlag() {
        let relay = forkedCall(answers: ["B1", "B2"])
        #expect(relay.delete(Tags(nil, "B1"), ["flags": ["to-tag"]]).result == "ok")
        #expect(relay.query().keys("tags") == ["A", "B2"])
        // Without the flag there is no tag in the request: the whole call goes.
        #expect(relay.delete(Tags(nil, "B2")).result == "ok")
        #expect(relay.list() == [])
    }

    @Test func toTagInFlagStringCounts() {
        let relay = forkedCall(answers: ["B1", "B2"])
        #expect(relay.delete(Tags("A"), ["rtpp-flags": "to-tag=B1"]).result == "ok")
        #expect(relay.query().keys("tags") == ["A", "B2"])
    }

    @Test func unknownToTagMeansThePeerWithoutATag() {
        let relay = TestRelay()
        relay.offer(.audio())
        #expect(relay.delete(Tags("A", "B"), ["flags": ["to-tag"]]).warning == nil)
        #expect(relay.list() == [])
        #expect(relay.plane.openPorts == 0)
    }

    @Test(arguments: [[], ["B1"], ["B2"], ["B1", "B2"], ["B2", "B1"]])
    func branchGoesAlone(_ answers: [String]) {
        for (branch, other) in [("b1", "b2"), ("b2", "b1")] {
            let relay = forkedCall(answers: answers)
            let ports = relay.plane.openPorts
            #expect(relay.delete(Tags("A", branch: branch)).result == "ok")
            #expect(relay.list() == ["call"])
            #expect(relay.query().keys("tags").contains("A"))
            #expect(relay.query().value("tags")?.dictionary?.entries.count == 2)
            #expect(relay.plane.openPorts == ports - 2)
            // What is left is a call like any other.
            let tag = other == "b1" ? "B1" : "B2"
            let reply = relay.answer(.audio(at: "10.0.0.9", port: 5000), Tags("A", tag, branch: other))
            #expect(reply.result == "ok")
            #expect(relay.rtpFlow(into: reply.section.port).map(\.to) == ["10.0.0.9:5000"])
            #expect(relay.plane.violations == [])
            relay.delete()
            #expect(relay.plane.openPorts == 0)
        }
    }

    @Test(arguments: [[], ["B1"], ["B2"], ["B1", "B2"], ["B2", "B1"]])
    func offererTakesAllBranchesAlong(_ answers: [String]) {
        let relay = forkedCall(answers: answers)
        #expect(relay.delete(Tags("A")).result == "ok")
        #expect(relay.list() == [])
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    @Test func lastBranchTakesTheOffererAlong() {
        let relay = forkedCall(answers: ["B1"])
        relay.delete(Tags("A", branch: "b2"))
        #expect(relay.list() == ["call"])
        relay.delete(Tags("B1"))
        #expect(relay.list() == [])
        #expect(relay.plane.openPorts == 0)
    }

    /// Media of the branch that stays flows on when the one that had the caller's ear last goes.
    @Test func earlyMediaReturnsToTheBranchThatStays() {
        let relay = forkedCall(answers: ["B1"])
        let toBranch1 = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        relay.answer(.audio(at: "10.0.0.3"), Tags("A", "B2", branch: "b2"))
        relay.delete(Tags("A", branch: "b2"))
        #expect(relay.rtpFlow(into: toBranch1).map(\.to) == ["10.0.0.1:4000"])
    }

    @Test func delayKeepsTheCallAlive() {
        let relay = answeredCall(deleteDelay: 5)
        let reply = relay.delete(Tags("A"), delay: nil)
        #expect(reply.result == "ok")
        #expect(reply.keys("tags") == ["A", "B"])
        let plans = relay.plane.snapshot.plans
        relay.pass(seconds: 4)
        #expect(relay.list() == ["call"])
        #expect(relay.query().result == "ok")
        #expect(relay.plane.snapshot.plans == plans)
        relay.pass(seconds: 1)
        #expect(relay.list() == [])
        #expect(relay.plane.openPorts == 0)
        let total = relay.statistics().value("statistics", "totalstatistics")?.dictionary
        #expect(total?.first("regularterminatedsessions") == 1)
        #expect(total?.first("managedsessions") == 1)
    }

    @Test func delayInTheRequestWins() {
        let relay = answeredCall(deleteDelay: 5)
        relay.delete(delay: 2)
        relay.pass(seconds: 1)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        #expect(relay.list() == [])
    }

    @Test func laterRequestBringsTheEndForwardOnly() {
        let relay = answeredCall()
        relay.delete(delay: 3)
        relay.delete(delay: 30)
        relay.pass(seconds: 3)
        #expect(relay.list() == [])
        let other = answeredCall()
        other.delete(delay: 30)
        other.delete(delay: 2)
        other.pass(seconds: 2)
        #expect(other.list() == [])
        let third = answeredCall()
        third.delete(delay: 30)
        third.delete(delay: 0)
        #expect(third.list() == [])
        #expect(third.plane.openPorts == 0)
    }

    @Test(arguments: [true, false])
    func messageOfTheCallCancels(_ isOffer: Bool) {
        let relay = answeredCall(deleteDelay: 5)
        relay.delete(Tags("A"), delay: nil)
        relay.pass(seconds: 3)
        let reply = isOffer ? relay.offer(.audio(), Tags("A", "B")) : relay.answer(.audio(at: "10.0.0.2"))
        #expect(reply.result == "ok")
        relay.pass(seconds: 10)
        #expect(relay.list() == ["call"])
        #expect(relay.plane.openPorts == 4)
    }

    @Test func refusedMessageDoesNotCancel() {
        let relay = answeredCall(deleteDelay: 5)
        relay.delete(Tags("A"), delay: nil)
        #expect(relay.offer(.audio(port: 0), Tags("A", "B")).result == "error")
        relay.pass(seconds: 5)
        #expect(relay.list() == [])
    }

    @Test func delayedBranchGoesAlone() {
        let relay = forkedCall(answers: ["B1", "B2"])
        let ports = relay.plane.openPorts
        relay.delete(Tags("A", branch: "b1"), delay: 3)
        #expect(relay.query().keys("tags") == ["A", "B1", "B2"])
        relay.pass(seconds: 2)
        #expect(relay.plane.openPorts == ports)
        relay.pass(seconds: 1)
        #expect(relay.query().keys("tags") == ["A", "B2"])
        #expect(relay.plane.openPorts == ports - 2)
    }

    /// What is said to one branch does not save another.
    @Test func messageOfAnotherBranchDoesNotCancel() {
        let relay = forkedCall(answers: ["B1", "B2"])
        relay.delete(Tags("A", branch: "b1"), delay: 3)
        #expect(relay.offer(.audio(), Tags("A", "B2", branch: "b2")).result == "ok")
        relay.pass(seconds: 3)
        #expect(relay.query().keys("tags") == ["A", "B2"])
        // The branch itself is saved by a message of its own.
        let other = forkedCall(answers: ["B1", "B2"])
        other.delete(Tags("A", branch: "b1"), delay: 3)
        #expect(other.offer(.audio(), Tags("A", "B1", branch: "b1")).result == "ok")
        other.pass(seconds: 3)
        #expect(other.query().keys("tags") == ["A", "B1", "B2"])
    }

    @Test(arguments: [(2, 9), (9, 2), (2, 2)] as [(Int64, Int64)])
    func delayedBranchIsNotPutOff(_ first: Int64, _ second: Int64) {
        let relay = forkedCall(answers: ["B1", "B2"])
        relay.delete(Tags("A", branch: "b1"), delay: first)
        relay.delete(Tags("A", branch: "b1"), delay: second)
        relay.pass(seconds: 1)
        #expect(relay.query().keys("tags") == ["A", "B1", "B2"])
        relay.pass(seconds: 1)
        #expect(relay.query().keys("tags") == ["A", "B2"])
    }

    @Test func delayedBranchesTogetherAreTheCall() {
        let relay = forkedCall(answers: ["B1", "B2"])
        relay.delete(Tags("A", branch: "b1"), delay: 2)
        relay.delete(Tags("A", branch: "b2"), delay: 4)
        relay.pass(seconds: 4)
        #expect(relay.list() == [])
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    @Test func fastLeavesTheStatisticsOut() {
        let relay = answeredCall()
        #expect(relay.delete(["flags": ["fast"]]).dictionary == ["result": "ok"])
        #expect(relay.plane.openPorts == 0)
    }

    @Test func replyHasTheCountersAtTheEnd() {
        let relay = answeredCall()
        let port = relay.answer(.audio(at: "10.0.0.2")).section.port
        relay.plane.receive(600, on: port, now: relay.clock.now)
        let reply = relay.delete(Tags("B"))
        #expect(reply.value("totals", "RTP") == ["packets": 600, "bytes": 103_200, "errors": 0])
        #expect(reply.value("totals", "RTCP") == ["packets": 0, "bytes": 0, "errors": 0])
        #expect(reply.keys("tags") == ["A", "B"])
        #expect(reply.value("created")?.integer == 1_790_000_001)
    }

    @Test func metadataIsStoredBeforeTheEnd() {
        let relay = answeredCall()
        #expect(relay.delete(["metadata": "a=b"]).value("metadata") == "a=b")
    }
}

extension TestRelay {
    /// `delete` of the whole call at once with options.
    fileprivate func delete(_ options: BencodeDictionary) -> Reply { delete(Tags(nil), options) }
}
