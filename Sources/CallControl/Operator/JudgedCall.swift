import CallReports
import Diagnosis
import Forwarding
import Quality

/// What lists say of a call's quality. To find it out takes as long as to forward dozens of packets, and a table that
/// is looked at each second asks it of every call.
struct JudgedCall {
    let cause: Cause
    let severity: Severity
    /// Of the worst section on its way to the relay; `nil` while none can be judged.
    let meanOpinionScore: Double?
    private let nanoseconds: UInt64
    private let lifetime: UInt64
    private let signs: Signs

    /// What a call cannot go wrong without, in most cases: what was lost and dropped.
    private struct Signs: Equatable {
        let received: UInt64
        let sent: UInt64
        let lost: UInt64

        init(_ arrivals: PortArrivals) {
            (received, sent, lost) = (arrivals.traffic.errors, arrivals.sendErrors, arrivals.lost)
        }
    }

    /// For so long after an offer or answer nothing is taken for granted.
    static let settling: UInt64 = 15_000_000_000

    init(_ report: CallReport, _ arrivals: PortArrivals) {
        let diagnosis = CallDiagnosis(report)
        (cause, severity) = (diagnosis.cause, diagnosis.severity)
        meanOpinionScore = report.parties.lazy.flatMap(\.sections)
            .compactMap { $0.measuredQuality?.meanOpinionScore }.min()
        nanoseconds = report.takenNanoseconds
        lifetime = Self.lifetime(of: report.callID)
        signs = Signs(arrivals)
    }

    /// For so long a good call is taken to be good unless packets are lost or dropped: 7 to 13 s. Calls that were first
    /// looked at together differ in it, by their names, lest all of them be judged together again and again.
    private static func lifetime(of callID: String) -> UInt64 {
        // FNV-1a
        let hash = callID.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return 7_000_000_000 + hash % 6_000_000_000
    }

    /// Whether this need not be found out again.
    ///
    /// - Parameter signalNanoseconds: when the last offer or answer came.
    func holds(signalNanoseconds: UInt64, _ arrivals: PortArrivals, now: UInt64) -> Bool {
        severity == .healthy && Signs(arrivals) == signs
            && now &- min(nanoseconds, now) < lifetime && now &- min(signalNanoseconds, now) >= Self.settling
    }
}
