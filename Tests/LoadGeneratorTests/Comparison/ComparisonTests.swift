import LoadGenerator
import NetTypes
import Testing

struct ComparisonTests {
    private static func options() -> ComparisonOptions {
        var load = LoadOptions()
        load.calls = 3
        load.warmUp = 0.05
        load.duration = 0.2
        var options = ComparisonOptions(
            relays: [RelayUnderTest(name: "floor", kind: .nullBound)], scenarios: [.media(load)])
        options.rounds = 2
        options.repeats = 0
        options.environment.relayProcessors = nil
        options.environment.generatorProcessor = nil
        return options
    }

    @Test func nullBoundForwardsEverything() throws {
        let result = try Comparison(Self.options()) { _ in }.run()
        let relay = try #require(result.scenarios.first?.relays.first)
        #expect(result.isSound)
        #expect(relay.rounds.count == 2)
        for round in relay.rounds {
            let tally = try #require(round?.tally)
            #expect(tally.sent > 0)
            #expect(tally.lost == 0)
            #expect(round?[.processorTimePerPacket].map { $0 > 0 } == true)
        }
    }

    @Test func aCommandThatIsNoRelayIsReported() throws {
        var options = Self.options()
        options.relays = [RelayUnderTest(name: "false", kind: .command("sh -c 'echo no such relay; exit 3'"))]
        #expect {
            try Comparison(options) { _ in }.run()
        } throws: { error in
            guard case LoadError.relayDidNotStart(let text) = error else { return false }
            return text.contains("status 3") && text.contains("no such relay")
        }
    }

    @Test func aMissingProgramIsReported() {
        var options = Self.options()
        options.relays = [RelayUnderTest(name: "x", kind: .command("/nonexistent/relay"))]
        #expect(throws: LoadError.system(call: "start /nonexistent/relay", errno: 2)) {
            try Comparison(options) { _ in }.run()
        }
    }

    @Test(
        arguments: [
            { (options: inout ComparisonOptions) in options.relays = [] },
            { $0.relays += $0.relays },
            { $0.scenarios = [] },
            { $0.rounds = 0 },
            { $0.environment.relayAddress = .init(ipv4: 0x0808_0808) },
            { $0.environment.endsAddress = .init(ipv6High: 0, low: 1) },
            {
                var load = LoadOptions()
                load.workload.payloadLength = 31
                $0.scenarios = [.media(load)]
            },
            {
                var load = LoadOptions()
                load.calls = 0
                $0.scenarios = [.media(load)]
            },
            {
                var load = SignallingOptions()
                load.outstanding = 0
                $0.scenarios = [.signalling(load)]
            },
        ] as [@Sendable (inout ComparisonOptions) -> Void])
    func senselessOptionsAreRefused(change: @Sendable (inout ComparisonOptions) -> Void) {
        var options = Self.options()
        change(&options)
        #expect {
            try Comparison(options) { _ in }.run()
        } throws: { error in
            guard case LoadError.invalidOption = error else { return false }
            return true
        }
    }
}
