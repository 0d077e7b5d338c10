import CallReports
import Diagnosis
import Forwarding
import Testing

/// A call whose end was asked for is judged as it was then, though its ports go on for a while (`delete-delay`).
@Suite struct EndedCallTests {
    private static let second = RuleTests.second
    /// When the end of the call was asked for.
    private static let asked = RuleTests.now

    /// The call half a minute later.
    private static func ended(_ report: CallReport) -> CallReport {
        var report = report
        report.deletionNanoseconds = asked
        report.takenNanoseconds = asked + 30 * second
        report.ending = "REGULAR"
        return report
    }

    /// WebRTC with the camera off, in one bundle.
    private static func cameraOff(
        _ change: (inout PortReport, inout PortCounters) -> Void
    ) -> CallReport {
        var report = RuleTests.bundled(audio: 109, video: 120, isShowing: false)
        for party in report.parties.indices {
            var port = report.parties[party].sections[0].ports[0]
            var counters = port.counters ?? PortCounters()
            var checks = CheckStatistics()
            (checks.hasRemote, checks.state, checks.answersReceived, checks.checksAnswered) = (true, .completed, 9, 9)
            (checks.remoteCandidates, checks.pairs) = (1, 1)
            counters.checks = checks
            counters.protection = ProtectionState(keying: .dtls)
            counters.protection?.isKeyed = true
            port.handshake = HandshakeReport(state: .done, datagramsReceived: 4)
            if party == 0 { change(&port, &counters) }
            port.counters = counters
            report.parties[party].sections[0].ports[0] = port
        }
        return report
    }

    private static func isWell(_ report: CallReport) -> Bool { CallDiagnosis(report).severity != .fault }

    /// Who hangs up closes the association, a little before or after the proxy says so.
    @Test func anAssociationIsClosedToHangUp() {
        for late in [-1, 1, 20] {
            let closed = Self.cameraOff { port, _ in
                let when = UInt64(Int(Self.asked) + late * Int(Self.second))
                port.handshake = HandshakeReport(
                    state: .closedByPeer, datagramsReceived: 5,
                    outcomes: [.init(.closedByPeer, nanoseconds: when)])
            }
            let diagnosis = CallDiagnosis(Self.ended(closed))
            #expect(diagnosis.severity != .fault, "\(late): \(diagnosis.account)")
        }
        let long = Self.cameraOff { port, counters in
            port.handshake = HandshakeReport(
                state: .closedByPeer, outcomes: [.init(.closedByPeer, nanoseconds: Self.asked - 20 * Self.second)])
            counters.ingress = counters.ingress.map { stream in
                var stream = stream
                stream.lastPacketNanoseconds = Self.asked - 20 * Self.second
                return stream
            }
        }
        #expect(CallDiagnosis(Self.ended(long)).cause == .dtlsClosed)
    }

    /// Nobody answers checks any more when the call is over.
    @Test func consentRunsOutAfterwards() {
        for (late, isWell) in [(25, true), (-20, false)] {
            let lost = Self.cameraOff { _, counters in
                (counters.endpoint, counters.isConfirmed) = (nil, false)
                counters.checks?.state = .failed
                let when = UInt64(Int(Self.asked) + late * Int(Self.second))
                counters.events = [PortEvent(.consentLost, value: 1, microseconds: when / 1000)]
            }
            let diagnosis = CallDiagnosis(Self.ended(lost))
            let cause: Cause = isWell ? .idle : .iceConsentLost
            #expect(diagnosis.cause == cause, "\(late): \(diagnosis.account)")
        }
    }

    /// The other end sends a few packets to a socket that is closed already.
    @Test func closedSocketsAreUnreachable() {
        func report(_ last: UInt64, count: UInt64, first: UInt64) -> CallReport {
            RuleTests.changed(0) { _, _, counters in
                // It was muted and sent nothing.
                counters.ingress[0].lastPacketNanoseconds = Self.asked - 8 * Self.second
                counters.lastPacketNanoseconds = Self.asked - 8 * Self.second
                (counters.socketErrors.received, counters.socketErrors.unreachable) = (count, count)
                (counters.socketErrors.lastReceived, counters.socketErrors.unreachableNanoseconds) = (111, last)
                counters.events = [PortEvent(.socketError, value: 111, microseconds: first / 1000)]
            }
        }
        let (before, after) = (Self.asked - 5 * Self.second, Self.asked + Self.second)
        #expect(Self.isWell(Self.ended(report(after, count: 2, first: after))))
        #expect(
            CallDiagnosis(Self.ended(report(Self.asked - Self.second, count: 2, first: before))).cause == .unreachable)
        #expect(CallDiagnosis(Self.ended(report(after, count: 9, first: before))).cause == .unreachable)
    }

    /// Drops that begin after the end are no evidence; those that only go on are.
    @Test func dropsGoOn() {
        for (since, cause) in [(1, .healthy), (-9, .keyExpired)] as [(Int, Cause)] {
            let report = RuleTests.changed(0) { _, _, counters in
                RuleTests.drop(.keyExpired, 400, &counters)
                counters.dropNanoseconds[Int(DropReason.keyExpired.rawValue)] = Self.asked + 2 * Self.second
                counters.dropRun = DropRun(
                    reason: .keyExpired, packets: 400,
                    sinceNanoseconds: UInt64(Int(Self.asked) + since * Int(Self.second)))
            }
            #expect(CallDiagnosis(Self.ended(report)).cause == cause)
        }
    }
}
