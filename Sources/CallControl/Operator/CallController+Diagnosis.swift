import CallReports
public import Diagnosis

extension CallController {
    /// What is to be said of a call, or of one that ended a short while ago; `nil` for a call-id that is not known.
    public func explanation(of callID: String) -> CallExplanation? {
        if let report = report(on: callID) { return CallExplanation(diagnosis: CallDiagnosis(report)) }
        let now = clock.monotonicNanoseconds()
        return endedCalls.last(callID).map { ended in
            CallExplanation(
                diagnosis: CallDiagnosis(ended), ending: ended.ending,
                secondsSinceEnd: Double(now - min(now, ended.takenNanoseconds)) / 1e9,
                duration: Double(ended.ageNanoseconds) / 1e9)
        }
    }
}

/// A diagnosis, with when the call ended.
public struct CallExplanation: Sendable {
    /// The diagnosis.
    public var diagnosis: CallDiagnosis
    /// Why the call ended, as in the log; `nil` for one that goes on.
    public var ending: String?
    /// How long ago that was.
    public var secondsSinceEnd: Double?
    /// How long the call lasted, in seconds; `nil` for one that goes on.
    public var duration: Double?
}
