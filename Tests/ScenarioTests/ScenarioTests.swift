import CallControl
import TestSupport
import Testing

/// Replays what rtpengine was recorded to answer.
@Suite struct ScenarioTests {
    @Test func scenariosAreThere() {
        #expect(Scenario.files.count == 168)
    }

    @Test func exceptionsNameScenarios() {
        #expect(Set(exceptions.keys).subtracting(Scenario.files.keys) == [])
    }

    /// The answers are those recorded. Whatever was answered, the contract with the media plane is kept, and nothing
    /// stays when all calls have ended.
    @Test(arguments: Scenario.files.keys.sorted())
    func replays(_ id: String) throws {
        let run = try #require(ScenarioRun(try Scenario.load(id)))
        if let reason = exceptions[id] {
            #expect(!run.differences.isEmpty, "answers as recorded now, but is listed as an exception: \(reason)")
        } else {
            #expect(run.differences.isEmpty, Comment(rawValue: run.differences.joined(separator: "\n")))
        }
        run.relay.controller.endAllCalls()
        let plane = run.relay.plane.snapshot
        #expect(plane.violations == [])
        #expect(plane.leased.isEmpty)
        #expect(plane.releases == plane.history.count)
    }
}
