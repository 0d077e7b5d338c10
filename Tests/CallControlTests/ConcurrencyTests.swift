import Bencode
import CallControl
import Dispatch
import Forwarding
import Synchronization
import TestSupport
import Testing

/// Requests from several threads at once.
@Suite struct ConcurrencyTests {
    private static let threads = 8

    /// What the threads saw that they should not have.
    private final class Problems: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func note(_ text: String, unless isGood: Bool) {
            if !isGood { texts.withLock { $0.append(text) } }
        }
    }

    @Test func differentCalls() {
        let relay = TestRelay(workers: 4)
        let problems = Problems()
        DispatchQueue.concurrentPerform(iterations: ConcurrencyTests.threads) { thread in
            for round in 0..<12 {
                let call = "call-\(thread)-\(round)"
                let offer = relay.offer(.audio(), call: call)
                let answer = relay.answer(.audio(at: "10.0.0.2"), call: call)
                problems.note("\(call) was refused", unless: offer.result == "ok" && answer.result == "ok")
                problems.note("\(call) has no ports", unless: offer.section.port != 0 && answer.section.port != 0)
                if round % 3 == 0 { _ = relay.statistics() }
                if round % 2 == 0 { problems.note("\(call) is gone", unless: relay.delete(call: call).warning == nil) }
            }
        }
        #expect(problems.all == [])
        #expect(relay.list().count == ConcurrencyTests.threads * 6)
        #expect(relay.plane.openPorts == ConcurrencyTests.threads * 6 * 4)
        relay.controller.endAllCalls()
        expectAllReleased(relay, ended: ConcurrencyTests.threads * 12)
    }

    @Test func aLimitOnSessionsIsNotOvershot() {
        let relay = TestRelay(workers: 4) { $0.limits.sessions = 5 }
        let accepted = Atomic<Int>(0)
        for round in 0..<10 {
            DispatchQueue.concurrentPerform(iterations: ConcurrencyTests.threads) { thread in
                let reply = relay.offer(.audio(), call: "call-\(round)-\(thread)")
                if reply.result == "ok" { accepted.wrappingAdd(1, ordering: .relaxed) }
            }
            #expect(relay.list().count == 5)
            // A refused offer takes no place.
            #expect(relay.offer(Body(at: "10.0.0.1"), call: "refused-\(round)").result != "ok")
            relay.controller.endAllCalls()
        }
        #expect(accepted.load(ordering: .relaxed) == 50)
        #expect(relay.offer(Body(at: "10.0.0.1"), call: "nothing").result != "ok")
        for number in 0..<5 { #expect(relay.offer(.audio(), call: "last-\(number)").result == "ok") }
    }

    @Test func sameCall() {
        let relay = TestRelay()
        let problems = Problems()
        relay.offer(.audio())
        DispatchQueue.concurrentPerform(iterations: ConcurrencyTests.threads) { thread in
            for round in 0..<15 {
                let address = "10.0.0.\(1 + (thread + round) % 3)"
                switch (thread + round) % 4 {
                case 0: problems.note("offer", unless: relay.offer(.audio(at: address)).result == "ok")
                case 1: problems.note("answer", unless: relay.answer(.audio(at: address)).result == "ok")
                case 2: problems.note("query", unless: relay.query().result == "ok")
                default: relay.controller.tick(MachineLoad(load: 0, cpuPercent: 0))
                }
            }
        }
        #expect(problems.all == [])
        #expect(relay.list() == ["call"])
        relay.delete()
        expectAllReleased(relay, ended: 1)
    }

    @Test func callThatComesAndGoes() {
        let relay = TestRelay()
        let problems = Problems()
        DispatchQueue.concurrentPerform(iterations: ConcurrencyTests.threads) { thread in
            for round in 0..<20 {
                switch (thread &* 7 &+ round) % 5 {
                case 0, 1: problems.note("offer", unless: relay.offer(.audio()).result == "ok")
                case 2:
                    let reply = relay.answer(.audio(at: "10.0.0.2"))
                    problems.note("answer", unless: reply.result == "ok" || reply.errorReason == "Unknown call-id")
                case 3: problems.note("delete", unless: relay.delete().result == "ok")
                default: relay.pass(seconds: 1)
                }
            }
        }
        #expect(problems.all == [])
        relay.controller.endAllCalls()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    /// A limit on calls holds but for those that are just being set up at the same moment.
    @Test func limitHoldsUnderLoad() {
        let relay = TestRelay { $0.limits.sessions = 10 }
        DispatchQueue.concurrentPerform(iterations: ConcurrencyTests.threads) { thread in
            for round in 0..<6 { relay.offer(.audio(), call: "call-\(thread)-\(round)") }
        }
        let count = relay.list().count
        #expect((10..<10 + ConcurrencyTests.threads).contains(count))
        let total = relay.statistics().value("statistics", "totalstatistics")?.dictionary
        #expect(total?.first("rejectedsessions")?.integer == Int64(ConcurrencyTests.threads * 6 - count))
    }

    private func expectAllReleased(
        _ relay: TestRelay, ended: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let state = relay.plane.snapshot
        #expect(state.leased.isEmpty, sourceLocation: sourceLocation)
        #expect(state.violations == [], sourceLocation: sourceLocation)
        #expect(state.releases == state.history.count, sourceLocation: sourceLocation)
        let numbers = relay.statistics()
        #expect(
            numbers.value("statistics", "totalstatistics", "managedsessions")?.integer == Int64(ended),
            sourceLocation: sourceLocation)
        #expect(
            numbers.value("statistics", "currentstatistics", "sessionstotal") == 0, sourceLocation: sourceLocation)
    }
}
