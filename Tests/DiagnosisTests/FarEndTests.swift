import CallReports
import Diagnosis
import Forwarding
import Testing

/// What a receiver misses is held against the network behind the relay only if it left the relay.
@Suite struct FarEndTests {
    /// The good call, with a report of the callee on what the caller sends.
    private static func report(
        fraction: UInt8, before: UInt8 = 0, lost: Int32, _ change: (inout CallReport) -> Void = { _ in }
    ) -> CallReport {
        var report = RuleTests.good
        var block = ReceptionReport(reporter: 2, source: 1)
        (block.reports, block.nanoseconds, block.fractionLost, block.fractionLostBefore) = (
            4, RuleTests.now - RuleTests.second, fraction, before
        )
        block.cumulativeLost = lost
        report.parties[1].sections[0].ports[0].counters?.receptionReports = [block]
        change(&report)
        return report
    }

    private static func drop(
        _ reason: DropReason, _ count: UInt64, secondsAgo: UInt64, of party: Int, _ report: inout CallReport
    ) {
        report.parties[party].sections[0].ports[0].counters?.drops[Int(reason.rawValue)] = count
        report.parties[party].sections[0].ports[0].counters?.dropNanoseconds[Int(reason.rawValue)] =
            RuleTests.now - secondsAgo * RuleTests.second
    }

    @Test func lossBehindTheRelay() {
        #expect(CallDiagnosis(Self.report(fraction: 255, lost: 300)).cause == .receiverHearsNothing)
        #expect(CallDiagnosis(Self.report(fraction: 128, before: 128, lost: 700)).cause == .lossBehindRelay)
        #expect(CallDiagnosis(Self.report(fraction: 128, lost: 700)).cause == .lossBehindRelay)
    }

    /// An end that was blocked, that had no keys or no address until a moment ago.
    @Test(arguments: [DropReason.blocked, .notKeyed, .noDestination, .noSink, .keyExpired, .sendFailed])
    func whatTheRelayKeptBack(_ reason: DropReason) {
        for (fraction, before) in [(255, 0), (255, 255), (128, 0), (128, 128)] as [(UInt8, UInt8)] {
            let report = Self.report(fraction: fraction, before: before, lost: 700) {
                Self.drop(reason, 700, secondsAgo: 6, of: reason == .sendFailed ? 1 : 0, &$0)
            }
            let diagnosis = CallDiagnosis(report)
            #expect(diagnosis.severity != .fault, "\(fraction) \(before): \(diagnosis.account)")
        }
        // Long ago, and more is missing since.
        let since = Self.report(fraction: 128, before: 128, lost: 700) {
            Self.drop(reason, 100, secondsAgo: 60, of: reason == .sendFailed ? 1 : 0, &$0)
        }
        #expect(CallDiagnosis(since).cause == .lossBehindRelay)
        let never = Self.report(fraction: 60, lost: 700) {
            Self.drop(reason, 700, secondsAgo: 60, of: reason == .sendFailed ? 1 : 0, &$0)
        }
        #expect(CallDiagnosis(never).cause != .lossBehindRelay, "\(CallDiagnosis(never).account)")
    }

    /// What was lost before the relay a moment ago, the receiver reports a moment later.
    @Test func lossBeforeTheRelay() {
        for fraction in [255, 200] as [UInt8] {
            let report = Self.report(fraction: fraction, lost: 900) {
                $0.parties[0].sections[0].ports[0].counters?.ingress[0].recentLossBasisPoints = 6000
            }
            let diagnosis = CallDiagnosis(report)
            #expect(diagnosis.cause == .loss, "\(diagnosis.account)")
        }
    }
}
