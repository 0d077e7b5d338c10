import CLinuxIO
import NetTypes

/// Measures the delay of established calls with and without handshakes of new ones beside them.
public struct Storm {
    private let options: StormOptions
    private let progress: (String) -> Void

    /// A check that reports each window to `progress` in a line without newline.
    public init(_ options: StormOptions, progress: @escaping (String) -> Void) {
        self.options = options
        self.progress = progress
    }

    /// Measures all relays. This blocks for about as long as the durations add up to.
    public func run() throws(LoadError) -> StormResult {
        try options.validate()
        ResourceLimits.raiseDescriptorLimit()
        var relays: [StormRelay] = []
        for relay in options.relays {
            guard case .command(let command) = relay.kind else { continue }
            let windows = try ProcessorSet.pinned(to: options.environment.generatorProcessor.map { [$0] }) {
                () throws(LoadError) in try measure(relay.name, command)
            }
            relays.append(StormRelay(relay: relay, windows: windows))
        }
        return StormResult(options: options, relays: relays)
    }

    private func measure(_ name: String, _ command: String) throws(LoadError) -> [StormWindow] {
        let environment = options.environment
        let process = try RelayProcess(command: command, environment: environment)
        let client = try NGClient.connected(to: environment.control)
        let plan = try CallPlan.with(
            options.security, address: environment.endsAddress, workload: options.workload, multiplexed: false)
        var calls: [PlacedCall] = []
        for number in 0..<options.calls { calls.append(try plan.place("held-\(number)@millrace.invalid", at: client)) }
        try plan.establish(calls)
        for call in calls {
            try call.caller.stampArrivals()
            try call.callee.stampArrivals()
        }

        let stormPlan = try CallPlan.with(
            CallSecurity(caller: .webRTC), address: environment.endsAddress, workload: MediaWorkload(),
            multiplexed: false)
        guard let identity = stormPlan.identity else { throw .security("no certificate") }
        let thread = StormThread(
            handshakesPerSecond: options.handshakesPerSecond, processors: environment.relayProcessors)
        try thread.start(try HandshakeStorm(relay: environment.control, plan: stormPlan), identity: identity)
        defer { thread.stop() }

        var generator = MediaGenerator(calls, workload: options.workload)
        generator.isResting = true
        var windows: [StormWindow] = []
        var repeatsLeft = options.repeats
        for round in 0..<options.rounds {
            for turn in StormLoad.allCases.indices {
                let load = StormLoad.allCases[(turn + round) % StormLoad.allCases.count]
                while true {
                    let window = try window(load, round, &generator, thread, process)
                    progress("  round \(round + 1)/\(options.rounds) \(name), \(load.title): \(window.line)")
                    guard !window.disturbances.isEmpty, repeatsLeft > 0 else {
                        windows.append(window)
                        break
                    }
                    repeatsLeft -= 1
                    progress("  once more, because it was disturbed")
                }
            }
        }
        thread.stop()
        for call in calls { try client.deleteCall(call.identity) }
        try process.stop()
        return windows
    }

    private func window(
        _ load: StormLoad, _ round: Int, _ generator: inout MediaGenerator, _ thread: StormThread,
        _ process: RelayProcess
    ) throws(LoadError) -> StormWindow {
        let patience = batch_now() &+ 5_000_000_000
        while thread.work.tally.underWay > 0, batch_now() < patience { batch_sleep_until(batch_now() &+ 1_000_000) }
        thread.turn(to: load)
        generator.restartSchedule()
        generator.play(UInt64(options.settling * 1e9))
        let before = thread.work
        let own = ProcessProbe(process: 0)
        let (ownBefore, machineBefore) = (own.processorTime ?? 0, MachineLoad.now())
        let relayBefore = process.probe.processorTime
        let start = batch_now()
        generator.openWindow()
        generator.play(UInt64(options.duration * 1e9))
        generator.closeWindow()
        let elapsed = Double(batch_now() &- start)
        let relayAfter = process.probe.processorTime
        let accounted = (own.processorTime ?? 0) - ownBefore + (relayAfter ?? 0) - (relayBefore ?? 0)
        let machine = MachineLoad.now().flatMap { now in machineBefore.map { now.busy - $0.busy } }
        let after = thread.work
        thread.turn(to: .none)
        generator.drain(300_000_000)
        try thread.check()
        try process.checkRunning()
        guard let delays = generator.delays.summary else {
            throw .relayFailed("no media arrived in a window")
        }
        let spent = relayBefore.flatMap { before in relayAfter.map { Double($0 - before) / elapsed } }
        return StormWindow(
            round: round, load: load, delays: delays, tally: generator.tally, relayProcessorShare: spent,
            handshakesPerSecond: Double(after.tally.established - before.tally.established) / elapsed * 1e9,
            failedHandshakes: after.tally.failed - before.tally.failed,
            postponedHandshakes: after.tally.postponed - before.tally.postponed,
            controlPerSecond: Double(after.burned - before.burned) / elapsed * 1e9,
            failure: after.tally.firstFailure?.description,
            disturbances: options.limits.disturbances(
                tally: generator.tally, machine: machine, accounted: accounted, elapsed: UInt64(elapsed)))
    }
}
