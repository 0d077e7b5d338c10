import CallControl
import TestSupport
import Testing

/// Replays what rtpengine was recorded to answer.
@Suite struct ScenarioTests {
    @Test func scenariosAreThere() {
        #expect(Scenario.all.count == 156)
        #expect(Set(Scenario.all.map(\.id)).count == Scenario.all.count)
    }

    @Test func exceptionsNameScenarios() {
        #expect(Set(exceptions.keys).subtracting(Scenario.all.map(\.id)) == [])
    }

    @Test(arguments: Scenario.all)
    func answersAsRecorded(_ scenario: Scenario) throws {
        let run = try #require(ScenarioRun(scenario))
        if let reason = exceptions[scenario.id] {
            #expect(!run.differences.isEmpty, "answers as recorded now, but is listed as an exception: \(reason)")
        } else {
            #expect(run.differences.isEmpty, Comment(rawValue: run.differences.joined(separator: "\n")))
        }
    }

    /// Whatever was answered: the contract with the media plane is kept, and nothing stays when all calls have ended.
    @Test(arguments: Scenario.all)
    func leavesNothingBehind(_ scenario: Scenario) throws {
        let run = try #require(ScenarioRun(scenario))
        run.relay.controller.endAllCalls()
        let plane = run.relay.plane.snapshot
        #expect(plane.violations == [])
        #expect(plane.leased.isEmpty)
        #expect(plane.releases == plane.history.count)
    }
}
