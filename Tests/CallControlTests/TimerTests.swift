import Bencode
import CallControl
import TestSupport
import Testing

/// Calls that end by themselves (ng-protocol §3.4).
@Suite struct TimerTests {
    private func relay(_ change: (inout CallTimeouts) -> Void) -> TestRelay {
        TestRelay { configuration in
            configuration.timeouts.media = 0
            configuration.timeouts.silent = 0
            configuration.timeouts.offer = 0
            change(&configuration.timeouts)
        }
    }

    /// Ports that the parties A and B send to.
    private func setUp(_ relay: TestRelay, direction: String = "sendrecv") -> (a: UInt16, b: UInt16) {
        let toB = relay.offer(.audio(["a=" + direction]))
        let toA = relay.answer(.audio(at: "10.0.0.2", ["a=" + direction]))
        return (toA.section.port, toB.section.port)
    }

    private func expectEnd(
        _ relay: TestRelay, as counter: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let state = relay.plane.snapshot
        #expect(relay.list() == [], sourceLocation: sourceLocation)
        #expect(state.leased.isEmpty, sourceLocation: sourceLocation)
        #expect(state.violations == [], sourceLocation: sourceLocation)
        let total = relay.statistics().value("statistics", "totalstatistics")?.dictionary
        let counters = [
            "timeoutsessions", "silenttimeoutsessions", "finaltimeoutsessions", "offertimeoutsessions",
            "regularterminatedsessions", "forcedterminatedsessions",
        ]
        for name in counters {
            #expect(total?.first(name) == (name == counter ? 1 : 0), "\(name)", sourceLocation: sourceLocation)
        }
        #expect(total?.first("managedsessions") == 1, sourceLocation: sourceLocation)
    }

    @Test func silenceOnAllStreamsEndsTheCall() {
        let relay = relay { $0.media = 60 }
        _ = setUp(relay)
        relay.pass(seconds: 59)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "timeoutsessions")
    }

    @Test func oneLiveStreamKeepsTheCall() {
        let relay = relay { $0.media = 60 }
        let ports = setUp(relay)
        for _ in 0..<4 {
            relay.pass(seconds: 50)
            relay.plane.receive(1, on: ports.b, now: relay.clock.now)
        }
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 59)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "timeoutsessions")
    }

    /// Ports are looked at only when the time may be over; a change of the setting must not wait for that.
    @Test(arguments: [(30, 10), (10, 30)])
    func aChangedTimeoutHoldsForCallsThatExist(_ before: Int, _ after: Int) {
        let relay = relay { $0.media = before }
        let ports = setUp(relay)
        relay.pass(seconds: 5)
        relay.plane.receive(1, on: ports.b, now: relay.clock.now)
        relay.pass(seconds: 1)
        relay.controller.timeouts.media = after
        relay.pass(seconds: after - 2)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "timeoutsessions")
    }

    @Test func signallingKeepsTheCall() {
        let relay = relay { $0.media = 60 }
        _ = setUp(relay)
        relay.pass(seconds: 50)
        relay.offer(.audio(), Tags("A", "B"))
        relay.pass(seconds: 59)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "timeoutsessions")
    }

    @Test(arguments: ["inactive", "recvonly"])
    func heldCallFallsUnderTheSilentTimeout(_ direction: String) {
        let relay = relay {
            $0.media = 10
            $0.silent = 30
        }
        _ = setUp(relay, direction: direction)
        relay.pass(seconds: 29)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "silenttimeoutsessions")
    }

    @Test func holdOfOneSideIsNotSilence() {
        let relay = relay {
            $0.media = 10
            $0.silent = 30
        }
        relay.offer(.audio(["a=sendonly"]))
        relay.answer(.audio(at: "10.0.0.2", ["a=recvonly"]))
        // A is to send music and does not.
        relay.pass(seconds: 10)
        expectEnd(relay, as: "timeoutsessions")
    }

    @Test func heldPortDoesNotCountAsAlive() {
        let relay = relay {
            $0.media = 10
            $0.silent = 100
        }
        relay.offer(.audio(["a=sendonly"]))
        let toA = relay.answer(.audio(at: "10.0.0.2", ["a=recvonly"])).section.port
        #expect(toA != 0)
        let toB = relay.offer(.audio(["a=sendonly"]), Tags("A", "B")).section.port
        relay.answer(.audio(at: "10.0.0.2", ["a=recvonly"]))
        for _ in 0..<9 {
            relay.pass(seconds: 1)
            relay.plane.receive(1, on: toB, now: relay.clock.now)
        }
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "timeoutsessions")
    }

    @Test func unansweredOfferHasItsOwnTimeout() {
        let relay = relay {
            $0.media = 10
            $0.silent = 10
            $0.offer = 30
        }
        relay.offer(.audio())
        relay.pass(seconds: 29)
        #expect(relay.list() == ["call"])
        relay.offer(.audio())
        relay.pass(seconds: 29)
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "offertimeoutsessions")
    }

    @Test func finalTimeoutEndsEveryCall() {
        let relay = relay { $0.final = 30 }
        let ports = setUp(relay)
        for _ in 0..<29 {
            relay.pass(seconds: 1)
            relay.plane.receive(1, on: ports.a, now: relay.clock.now)
            relay.offer(.audio(), Tags("A", "B"))
        }
        #expect(relay.list() == ["call"])
        relay.pass(seconds: 1)
        expectEnd(relay, as: "finaltimeoutsessions")
    }

    @Test func zeroMeansNever() {
        let relay = relay { _ in }
        _ = setUp(relay)
        relay.offer(.audio(), call: "unanswered")
        relay.clock.advance(seconds: 1_000_000)
        relay.pass(seconds: 1)
        #expect(relay.list() == ["call", "unanswered"])
    }

    @Test func deletedCallIsNotTimedOutToo() {
        let relay = relay { $0.media = 5 }
        _ = setUp(relay)
        relay.delete(delay: 5)
        relay.pass(seconds: 5)
        expectEnd(relay, as: "regularterminatedsessions")
    }

    @Test func endOfTheDaemonForcesCalls() {
        let relay = relay { _ in }
        _ = setUp(relay)
        relay.controller.endAllCalls()
        expectEnd(relay, as: "forcedterminatedsessions")
        relay.controller.endAllCalls()
        expectEnd(relay, as: "forcedterminatedsessions")
    }

    @Test func callIdStartsAfreshAfterTheEnd() {
        let relay = relay { $0.media = 5 }
        let ports = setUp(relay)
        relay.pass(seconds: 5)
        #expect(relay.list() == [])
        #expect(relay.answer(.audio(at: "10.0.0.2")).errorReason == "Unknown call-id")
        let again = setUp(relay)
        #expect(again.a != ports.a || again.b != ports.b)
        #expect(relay.list() == ["call"])
    }
}
