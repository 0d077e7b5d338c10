import CallControl
import Diagnosis
import Forwarding
import NetTypes
import TestSupport
import Testing

/// Calls in short, as lists show them.
@Suite struct OverviewTests {
    private let relay = TestRelay()

    /// Two ports with audio that is well, up to the present.
    private func hear(errors: UInt64 = 0, lost: UInt64 = 0, sendErrors: UInt64 = 0, silentSeconds: UInt64 = 0) {
        let now = relay.clock.now
        relay.plane.update { state in
            for (port, lease) in state.leased where lease.local.port % 2 == 0 {
                var stream = StreamStatistics(ssrc: UInt32(lease.local.port))
                (stream.payloadType, stream.clockRate) = (8, 8000)
                (stream.packets, stream.expected, stream.bytes) = (1000, 1000, 172_000)
                (stream.jitter, stream.lost) = (16, lost)
                stream.lastPacketNanoseconds = now - silentSeconds * 1_000_000_000
                stream.firstPacketNanoseconds = 1
                var counters = PortCounters()
                (counters.rtpIn.packets, counters.rtpIn.bytes, counters.rtpIn.errors) = (1000, 172_000, errors)
                (counters.rtpOut.packets, counters.rtpOut.bytes) = (1000, 172_000)
                counters.rtpOut.errors = sendErrors
                counters.firstPacketNanoseconds = 1
                counters.lastPacketNanoseconds = stream.lastPacketNanoseconds
                counters.endpoint = state.plans[port]?.remote
                counters.ingress = [stream]
                state.counters[port] = counters
            }
        }
    }

    private var overview: CallOverview? { relay.controller.overviews().first }

    @Test func sumsAndFamilies() throws {
        relay.offer(.audio(), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        relay.clock.advance(seconds: 60)
        hear(errors: 3)
        let overview = try #require(overview)
        #expect(overview.tags == ["A", "B"] && overview.isAnswered && !overview.isDeletionPending)
        #expect(overview.ports == 4 && overview.packets == 2000 && overview.bytes == 344_000 && overview.errors == 6)
        #expect(overview.lossRatio == 0 && overview.jitterSeconds == 0.002)
        #expect(overview.media.ipv4 == 1 && overview.media.ipv6 == 0 && overview.media.mixed == 0)
        #expect(overview.meanOpinionScore.map { $0 > 4 } == true)
    }

    /// A call that is a minute old and has been found well.
    private func establish() {
        relay.offer(.audio(), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        relay.clock.advance(seconds: 60)
        hear()
        #expect(overview?.cause == .healthy)
    }

    /// A good call stays good for about ten seconds, whatever a look at it would say.
    @Test func aGoodCallIsNotJudgedAtEveryLook() {
        establish()
        relay.clock.advance(seconds: 6)
        hear(silentSeconds: 60)
        #expect(overview?.cause == .healthy)
        relay.clock.advance(seconds: 7)
        #expect(overview?.cause == .mediaStopped)
        // What is not well is looked at each time.
        hear()
        #expect(overview?.cause == .healthy)
    }

    @Test func dropsAndSignallingAreReasonsToLookAgain() {
        establish()
        hear(errors: 1, silentSeconds: 50)
        #expect(overview?.cause == .mediaStopped)
        hear(errors: 1)
        #expect(overview?.cause == .healthy)
        relay.offer(.audio(), Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        relay.clock.advance(seconds: 14)
        hear(errors: 1, silentSeconds: 50)
        #expect(overview?.cause == .mediaStopped)
    }

    @Test(arguments: [(1, 0), (0, 1)] as [(UInt64, UInt64)])
    func lossIsAReasonToLookAgain(_ lost: UInt64, _ sendErrors: UInt64) {
        establish()
        hear(lost: lost, sendErrors: sendErrors, silentSeconds: 50)
        #expect(overview?.cause == .mediaStopped)
    }

    @Test func aDeletionIsAReasonToLookAgain() {
        establish()
        hear(silentSeconds: 50)
        #expect(overview?.cause == .healthy)
        relay.delete(Tags("A"), delay: 30)
        #expect(overview?.cause == .mediaStopped)
    }

    /// Calls that were judged together are not judged together for ever.
    @Test func callsAreJudgedAgainAtDifferentTimes() {
        for number in 0..<60 {
            relay.offer(.audio(), Tags("A"), call: "call-\(number)")
            relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), call: "call-\(number)")
        }
        relay.clock.advance(seconds: 60)
        hear()
        #expect(relay.controller.overviews().count { $0.cause == .healthy } == 60)
        hear(silentSeconds: 60)
        var healthy: [Int] = []
        for _ in 0...13 {
            healthy.append(relay.controller.overviews().count { $0.cause == .healthy })
            relay.clock.advance(seconds: 1)
        }
        #expect(healthy[0] == 60 && healthy[6] == 60 && healthy[13] == 0)
        #expect(zip(healthy, healthy.dropFirst()).allSatisfy { $0 - $1 <= 30 }, "\(healthy)")
    }

    /// One call by its name is always looked at.
    @Test func oneCallIsJudgedAnew() {
        establish()
        hear(silentSeconds: 50)
        #expect(relay.controller.description(of: "call")?.overview.cause == .mediaStopped)
    }
}
