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
    /// Packets received and dropped until then.
    private let errors: UInt64

    /// For so long a good call is taken to be good, unless packets are dropped.
    static let lifetime: UInt64 = 10_000_000_000
    /// For so long after an offer or answer nothing is taken for granted.
    static let settling: UInt64 = 15_000_000_000

    init(_ report: CallReport, errors: UInt64) {
        let diagnosis = CallDiagnosis(report)
        (cause, severity) = (diagnosis.cause, diagnosis.severity)
        meanOpinionScore = report.parties.lazy.flatMap(\.sections)
            .compactMap { $0.measuredQuality?.meanOpinionScore }.min()
        nanoseconds = report.takenNanoseconds
        self.errors = errors
    }

    /// Whether this need not be found out again.
    ///
    /// - Parameters:
    ///   - signalNanoseconds: when the last offer or answer came.
    ///   - errors: packets received and dropped until now.
    func holds(signalNanoseconds: UInt64, errors: UInt64, now: UInt64) -> Bool {
        severity == .healthy && errors == self.errors
            && now &- min(nanoseconds, now) < Self.lifetime && now &- min(signalNanoseconds, now) >= Self.settling
    }
}
