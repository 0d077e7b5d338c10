import LoadGenerator
import Testing

struct StormResultTests {
    private static func window(_ round: Int, _ load: StormLoad, p99: UInt64, failed: UInt64 = 0) -> StormWindow {
        StormWindow(
            round: round, load: load,
            delays: DelaySummary(median: p99, p99: p99, p999: p99, maximum: p99), failedHandshakes: failed)
    }

    private static let relay = RelayUnderTest(name: "a", kind: .command("a"))

    @Test func changeIsTheMedianOfTheRounds() throws {
        let relay = StormRelay(
            relay: Self.relay,
            windows: [
                Self.window(0, .none, p99: 100), Self.window(0, .control, p99: 110), Self.window(0, .storm, p99: 110),
                Self.window(1, .storm, p99: 150), Self.window(1, .none, p99: 100), Self.window(1, .control, p99: 75),
                Self.window(2, .none, p99: 100), Self.window(2, .storm, p99: 120),
            ])
        let change = try #require(relay.change(against: .none))
        #expect(abs(change.median - 20) < 0.01)
        #expect(abs(change.minimum - 10) < 0.01)
        #expect(abs(change.maximum - 50) < 0.01)
        let control = try #require(relay.change(against: .control))
        #expect(abs(control.median - 50) < 0.01)
    }

    @Test func theCalmestQuarterIsComparedByItself() throws {
        let storm: [UInt64] = [900, 130, 120, 110, 800, 700, 600, 500, 400]
        let without: [UInt64] = [100, 102, 101, 100, 900, 900, 900, 900, 900]
        let relay = StormRelay(
            relay: Self.relay,
            windows: storm.enumerated().map { Self.window($0, .storm, p99: $1) }
                + without.enumerated().map { Self.window($0, .none, p99: $1) })
        let change = try #require(relay.calmChange(against: .none))
        #expect(abs(change - (130.0 / 101 - 1) * 100) < 0.01)
        #expect(relay.calmChange(against: .control) == nil)
    }

    @Test func failedHandshakesShow() {
        let relay = StormRelay(
            relay: Self.relay, windows: [Self.window(0, .none, p99: 1), Self.window(0, .storm, p99: 1, failed: 2)])
        let result = StormResult(options: StormOptions(relays: [Self.relay]), relays: [relay])
        #expect(!result.isSound)
        #expect(result.table.contains("a, storm"))
        #expect(result.json.text.contains("\"handshakes_failed\": 2"))
    }

    @Test(
        arguments: [
            { (options: inout StormOptions) in options.relays = [] },
            { $0.relays = [RelayUnderTest(name: "floor", kind: .nullBound)] },
            { $0.calls = 0 },
            { $0.handshakesPerSecond = 0 },
            { $0.rounds = 0 },
            { $0.duration = 0 },
            { $0.security = CallSecurity(callee: .webRTC) },
        ] as [@Sendable (inout StormOptions) -> Void])
    func senselessOptionsAreRefused(change: @Sendable (inout StormOptions) -> Void) {
        var options = StormOptions(relays: [Self.relay])
        change(&options)
        #expect {
            try Storm(options) { _ in }.run()
        } throws: { error in
            guard case LoadError.invalidOption = error else { return false }
            return true
        }
    }
}
