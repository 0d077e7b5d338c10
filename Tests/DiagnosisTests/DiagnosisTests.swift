import Diagnosis
import Testing

/// Calls that are broken on purpose, and calls that are not, through the whole relay.
@Suite struct DiagnosisTests {
    private static let faults = PlainFaults.all + SecureFaults.all + LateFaults.all + FurtherFaults.all
    private static let goodCalls = GoodCalls.all + FurtherGoodCalls.all

    @Test(arguments: faults)
    func faultsAreNamed(_ scenario: Scenario) throws {
        let stage = try Stage(configure: scenario.configure)
        try scenario.play(stage)
        let diagnosis = try #require(stage.diagnosis)
        #expect(diagnosis.cause == scenario.cause, "\(diagnosis.account)")
        #expect(diagnosis.severity != .healthy)
    }

    /// Good calls that are healthy in one direction alone, and why it is no more.
    private static let partlyHealthy: Set<String> = [
        // The other direction is not due.
        "music while it rings, from the callee's side alone",
        // Packets got lost until then, of which there is a note.
        "the NAT of a WebRTC end forgets, and ICE finds it again",
    ]

    @Test(arguments: goodCalls)
    func goodCallsAreNotAccused(_ scenario: Scenario) throws {
        let stage = try Stage(configure: scenario.configure)
        try scenario.play(stage)
        let diagnosis = try #require(stage.diagnosis)
        #expect(diagnosis.severity != .fault, "\(diagnosis.account)")
        #expect(diagnosis.directions.allSatisfy { $0.severity != .fault }, "\(diagnosis.account)")
        // Where notes stand beside healthy directions, the note is what is said of the call.
        let isNamed = diagnosis.cause == scenario.cause || diagnosis.directions.contains { $0.cause == scenario.cause }
        #expect(isNamed, "\(diagnosis.account)")
        let isPartly = Self.partlyHealthy.contains(scenario.testDescription)
        #expect(scenario.cause != .healthy || (diagnosis.cause != .healthy) == isPartly, "\(diagnosis.account)")
    }

    @Test func thereAreManyOfBoth() {
        #expect(Set(Self.faults.map(\.testDescription)).count >= 85)
        #expect(Set(Self.goodCalls.map(\.testDescription)).count >= 70)
    }
}

extension CallDiagnosis {
    /// For messages of failed tests.
    var account: String {
        directions.reduce("\(cause): \(sentence)") { text, verdict in
            text + "\n\(verdict.from.words): \(verdict.cause) (\(verdict.severity)) \(verdict.sentence)\n"
                + verdict.evidence.map { "    \($0.name): \($0.value)" }.joined(separator: "\n")
        }
    }
}
