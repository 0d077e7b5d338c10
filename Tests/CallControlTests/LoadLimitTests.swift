import Bencode
import CallControl
import Forwarding
import TestSupport
import Testing

/// Limits on new calls (ng-protocol §2).
@Suite struct LoadLimitTests {
    /// A limit, and a machine that is beyond it.
    struct Case: Sendable, CustomTestStringConvertible {
        var limits = LoadLimits()
        var load = MachineLoad(load: 0, cpuPercent: 0)
        var bytes: UInt64 = 0
        let message: String

        var testDescription: String { message }

        init(_ message: String, _ change: (inout Case) -> Void) {
            self.message = message
            change(&self)
        }
    }

    static let cases = [
        Case("Parallel session limit reached") { $0.limits.sessions = 1 },
        Case("CPU usage limit exceeded") {
            $0.limits.cpuPercent = 80
            $0.load.cpuPercent = 80
        },
        Case("Load limit exceeded") {
            $0.limits.load = 2
            $0.load.load = 2.5
        },
        Case("Bandwidth limit exceeded") {
            $0.limits.bandwidth = 1_000
            $0.bytes = 2_000
        },
        Case("Load limit exceeded") { $0.limits.callsPerSecond = 1 },
    ]

    private func relay(_ limit: Case) -> TestRelay {
        let relay = TestRelay { $0.limits = limit.limits }
        relay.pass(seconds: 1)
        #expect(relay.offer(.audio(), call: "first").result == "ok")
        guard limit.limits.callsPerSecond == nil else { return relay }
        relay.plane.update { $0.totals.bytes = limit.bytes }
        relay.pass(seconds: 1, load: limit.load)
        return relay
    }

    @Test(arguments: cases)
    func clientThatKnowsTheResultIsTold(_ limit: Case) {
        let relay = relay(limit)
        let ports = relay.plane.openPorts
        let reply = relay.offer(.audio(), call: "second", ["supports": ["load limit"]])
        #expect(reply.dictionary == ["message": .text(limit.message), "result": "load limit"])
        #expect(relay.plane.openPorts == ports)
        #expect(relay.list() == ["first"])
        let total = relay.statistics().value("statistics", "totalstatistics")?.dictionary
        #expect(total?.first("rejectedsessions") == 1)
    }

    @Test(arguments: cases)
    func otherClientGetsTheOldText(_ limit: Case) {
        let reply = relay(limit).offer(.audio(), call: "second")
        #expect(reply.dictionary == ["result": "error", "error-reason": "Parallel session limit reached"])
    }

    @Test(arguments: cases)
    func callsThatExistGoOn(_ limit: Case) {
        let relay = relay(limit)
        #expect(relay.answer(.audio(at: "10.0.0.2"), call: "first").result == "ok")
        #expect(relay.offer(.audio(), Tags("A", "B"), call: "first").result == "ok")
    }

    @Test func limitIsLiftedWithItsCause() {
        let relay = TestRelay {
            $0.limits.sessions = 1
            $0.limits.load = 2
            $0.limits.bandwidth = 1_000
        }
        relay.pass(seconds: 1)
        relay.offer(.audio(), call: "first")
        #expect(relay.offer(.audio(), call: "second").result == "error")
        relay.delete(call: "first")
        #expect(relay.offer(.audio(), call: "second").result == "ok")
        relay.delete(call: "second")
        relay.plane.update { $0.totals.bytes = 5_000 }
        relay.pass(seconds: 1, load: MachineLoad(load: 5, cpuPercent: 0))
        #expect(relay.offer(.audio(), call: "third").result == "error")
        // The sums stand still: no more bytes a second.
        relay.pass(seconds: 1, load: MachineLoad(load: 1, cpuPercent: 0))
        #expect(relay.offer(.audio(), call: "third").result == "ok")
    }

    @Test func refusedOfferMayBeBroken() {
        let relay = TestRelay { $0.limits.sessions = 0 }
        #expect(relay.offer(.audio()).errorReason == "Parallel session limit reached")
        // What is wrong with the body is found first (ng-protocol §4.2).
        #expect(relay.offer(.audio(formats: "128")).errorReason == "Incomplete SDP specification")
    }

    @Test func callsOfASecondAreCountedAnew() {
        let relay = TestRelay { $0.limits.callsPerSecond = 2 }
        relay.pass(seconds: 1)
        let results = (1...3).map { relay.offer(.audio(), call: "call\($0)").result }
        #expect(results == ["ok", "ok", "error"])
        relay.pass(seconds: 1)
        #expect(relay.offer(.audio(), call: "call3").result == "ok")
    }
}
