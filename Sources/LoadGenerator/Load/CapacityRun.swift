import CLinuxIO
import NetTypes

/// Looks for the most packets a second that a relay forwards without losing one.
public struct CapacityOptions: Equatable, Sendable {
    /// The calls that share the packets, 1…20000.
    public var calls = 100
    /// What a packet carries; its rate is what is looked for.
    public var workload = MediaWorkload()
    /// Seconds for each rate that is tried, 0.1…60.
    public var duration = 1.5
    /// Packets a second, of all calls together, that are not exceeded.
    public var most = 2_000_000

    /// 100 calls of G.711 packets.
    public init() {}

    func validate() throws(LoadError) {
        try workload.validate()
        guard (1...20_000).contains(calls), (0.1...60).contains(duration), most >= calls * 2 else {
            throw .invalidOption("calls must be 1…20000, the duration 0.1…60 s")
        }
    }
}

/// The search in one relay, started for it alone.
struct CapacityRun {
    let options: CapacityOptions
    let environment: RelayEnvironment

    /// What a rate turned out to be.
    private enum Outcome {
        case kept
        case lost
        /// The generator was the one that did not keep up.
        case unreachable
    }

    /// Doubles the rate until packets are lost, then narrows it down; `nil` for the null bound.
    func measure(_ relay: RelayUnderTest) throws(LoadError) -> Measurement? {
        guard case .command(let command) = relay.kind else { return nil }
        try options.validate()
        try environment.validate()
        ResourceLimits.raiseDescriptorLimit()
        return try ProcessorSet.pinned(to: environment.generatorProcessor.map { [$0] }) { () throws(LoadError) in
            let process = try RelayProcess(command: command, environment: environment)
            let client = try NGClient.connected(to: environment.control)
            let plan = CallPlan(address: environment.endsAddress, workload: options.workload)
            var calls: [PlacedCall] = []
            for number in 0..<options.calls {
                calls.append(try plan.place("rate-\(number)@millrace.invalid", at: client))
            }
            for call in calls {
                try call.caller.connect()
                try call.callee.connect()
            }
            let measurement = search(calls)
            try process.checkRunning()
            for call in calls { try client.deleteCall(call.identity) }
            try process.stop()
            return measurement
        }
    }

    private func search(_ calls: [PlacedCall]) -> Measurement {
        let legs = calls.count * 2
        var measurement = Measurement()
        var good = 0
        var bad: Int?
        var limit = Outcome.lost
        var rate = max(legs, 10_000)
        while (bad ?? .max) - good > max(legs, good / 20) {
            let outcome = attempt(rate / legs, calls, &measurement)
            if case .kept = outcome { good = max(good, rate) } else { (bad, limit) = (rate, outcome) }
            if bad == nil, rate >= options.most { break }
            rate = bad.map { (good + $0) / 2 } ?? min(2 * rate, options.most)
            if rate / legs == good / legs || rate < legs { break }
        }
        measurement.figures.append((.packetsPerSecond, Double(good / legs * legs)))
        if case .unreachable = limit, bad != nil {
            measurement.remarks.append("the generator could not send faster")
        }
        return measurement
    }

    /// About six packets are taken at once, and a socket has room for twenty times as many.
    private static func gathering(packetsPerSecond: Int) -> UInt64 {
        min(100_000_000, 6_000_000_000 / UInt64(max(1, packetsPerSecond)))
    }

    /// Plays one rate; a loss is tried a second time, in case something else caused it.
    private func attempt(_ packetsPerSecond: Int, _ calls: [PlacedCall], _ measurement: inout Measurement) -> Outcome {
        var workload = options.workload
        workload.packetsPerSecond = max(1, packetsPerSecond)
        var outcome = Outcome.lost
        for _ in 0..<2 {
            var generator = MediaGenerator(calls, workload: workload)
            generator.gathering = Self.gathering(packetsPerSecond: workload.packetsPerSecond)
            generator.restartSchedule()
            generator.play(200_000_000)
            generator.openWindow()
            generator.play(UInt64(options.duration * 1e9))
            generator.closeWindow()
            generator.drain(300_000_000)
            let tally = generator.tally
            measurement.tally = tally
            let expected = Double(calls.count * 2 * workload.packetsPerSecond) * options.duration
            let isSent = Double(tally.sent) >= 0.97 * expected && tally.unsent == 0
            if tally.lost == 0, isSent { return .kept }
            outcome = isSent ? .lost : .unreachable
        }
        return outcome
    }
}
