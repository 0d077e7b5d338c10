import Diagnosis
import Forwarding
import Simulation
import Testing

/// After an ICE restart the pair from before stays in use until there is a new one, which hides that there is none.
@Suite struct RestartTests {
    private static let caller = place("203.0.113.4:4000")

    private static func isSTUN(_ bytes: [UInt8]) -> Bool { bytes.first.map { $0 < 4 } ?? false }

    /// A WebRTC caller whose ICE is restarted after twenty seconds; of what it sends and is sent, `passes` lets through.
    private static func restarted(
        keepsAssociation: Bool = true, _ passes: @escaping ([UInt8]) -> Bool,
        before: (SimulatedPeer, Stage) -> Void = { _, _ in }
    ) throws -> (stage: Stage, a: SimulatedPeer) {
        let stage = try Stage()
        let call = try stage.secureCall(.webRTC, .plain)
        stage.run(10)
        before(call.a, stage)
        stage.run(10)
        stage.world.filter = { source, destination, bytes in
            (source == caller || destination == caller) && !passes(bytes) ? nil : bytes
        }
        try call.a.renew(settlingWithin: 60 * World.second, keepsAssociation: keepsAssociation)
        try #require(stage.world.negotiate(call.a, call.b) == nil)
        return (stage, call.a)
    }

    @Test(arguments: [7, 12, 25, 40] as [Double], [true, false])
    func nobodyIsThere(_ seconds: Double, _ keepsAssociation: Bool) throws {
        let stage = try Self.restarted(keepsAssociation: keepsAssociation) { _ in false }.stage
        stage.run(seconds)
        for tag in ["A", "B"] {
            let verdict = stage.verdict(from: tag)
            #expect(
                verdict?.cause == .iceFailed && verdict?.severity == .fault,
                "\(tag): \(stage.diagnosis?.account ?? "")")
            #expect(verdict?.sentence.contains("no new pair") == true)
            #expect(verdict?.evidence.contains(Evidence("pair found since the restart", .text("no"))) == true)
        }
    }

    @Test func aRestartTakesItsTime() throws {
        let stage = try Self.restarted({ _ in false }).stage
        stage.run(3)
        #expect(stage.diagnosis?.severity != .fault, "\(stage.diagnosis?.account ?? "")")
    }

    @Test func mediaStaysOnTheOldPair() throws {
        let stage = try Self.restarted({ !Self.isSTUN($0) }).stage
        stage.run(12)
        #expect(stage.verdict(from: "A")?.cause == .healthy, "\(stage.diagnosis?.account ?? "")")
        #expect(stage.verdict(from: "B")?.cause == .healthy)
    }

    @Test func mutedWithANewPair() throws {
        let (stage, a) = try Self.restarted({ _ in true })
        stage.run(4)
        a.isMuted = true
        stage.run(10)
        #expect(stage.verdict(from: "A")?.cause == .pause, "\(stage.diagnosis?.account ?? "")")
        #expect(stage.verdict(from: "B")?.cause == .healthy)
    }

    @Test(arguments: [5, 5.5, 6, 8, 12] as [Double])
    func mutedWithReportsOnTheOldPair(_ seconds: Double) throws {
        let stage = try Self.restarted(
            { !Self.isSTUN($0) },
            before: { a, _ in
                a.endStreams()
                a.addStream(firstSequence: 1, isRTCP: true, interval: 5 * World.second)
            }
        ).stage
        stage.run(seconds)
        #expect(stage.verdict(from: "A")?.cause == .pause, "\(stage.diagnosis?.account ?? "")")
        #expect(stage.verdict(from: "B")?.severity != .fault)
    }

    /// Another branch has answered with other credentials, and nothing ever worked: that is no restart.
    @Test func nothingBefore() {
        #expect(CallDiagnosis(RuleTests.withChecks { $0.hasRestarted = true }).cause == .iceUnanswered)
    }

    @Test func namesOnly() {
        let report = RuleTests.changed(0) { _, _, counters in
            counters.ingress[0].lastPacketNanoseconds = RuleTests.now - 31 * RuleTests.second
            counters.lastPacketNanoseconds = RuleTests.now - 31 * RuleTests.second
            var checks = CheckStatistics()
            (checks.hasRemote, checks.hasRestarted, checks.state) = (true, true, .completed)
            counters.checks = checks
        }
        #expect(CallDiagnosis(report).sentence.contains("none of its candidates can be used; packets for it still go"))
    }
}
