import CLinuxIO
import Glibc
import NetTypes

/// Sets up and deletes calls again and again and looks at what the relay keeps.
public struct Soak {
    private let options: SoakOptions
    private let progress: (String) -> Void

    /// A soak that reports each round to `progress` in a line without newline.
    public init(_ options: SoakOptions, progress: @escaping (String) -> Void) {
        self.options = options
        self.progress = progress
    }

    /// Starts the relay, runs all rounds and stops it.
    public func run() throws(LoadError) -> SoakResult {
        try options.validate()
        ResourceLimits.raiseDescriptorLimit()
        let environment = options.environment
        return try ProcessorSet.pinned(to: environment.generatorProcessor.map { [$0] }) { () throws(LoadError) in
            let process = try RelayProcess(command: options.command, environment: environment)
            let client = try NGClient.connected(to: environment.control)
            let plan = try CallPlan.with(
                options.security, address: environment.endsAddress, workload: options.workload, multiplexed: false)
            let idle = sample(process.probe, client)
            var rounds: [SoakRound] = []
            var warmUpRounds = 0
            try pause(process.probe, client, plan, idle: idle)
            let warm = batch_now() &+ UInt64(options.warmUp * 1e9)
            while rounds.count < warmUpRounds + options.rounds {
                if batch_now() < warm { warmUpRounds = rounds.count + 1 }
                // The others need not wait for sockets that a relay keeps for later calls.
                let isCompared = [warmUpRounds, warmUpRounds + options.rounds - 1].contains(rounds.count)
                let round = try round(
                    rounds.count, process.probe, client, plan, idle: idle, waitsForSockets: isCompared)
                try process.checkRunning()
                rounds.append(round)
                report(round, "\(rounds.count <= warmUpRounds ? "warm-up " : "round ")\(rounds.count)")
            }
            try process.stop()
            return SoakResult(
                idle: idle, warmUpRounds: warmUpRounds, rounds: rounds, residentGrowth: options.residentGrowth)
        }
    }

    private func round(
        _ number: Int, _ probe: ProcessProbe, _ client: NGClient, _ plan: CallPlan, idle: SoakSample,
        waitsForSockets: Bool
    ) throws(LoadError) -> SoakRound {
        var calls: [PlacedCall] = []
        for index in 0..<options.calls {
            calls.append(try plan.place("soak-\(number)-\(index)@millrace.invalid", at: client))
        }
        try plan.establish(calls)
        var generator = MediaGenerator(calls, workload: options.workload)
        generator.openWindow()
        generator.play(UInt64(options.mediaSeconds * 1e9))
        generator.closeWindow()
        generator.drain(500_000_000)
        let tally = generator.tally
        let loaded = sample(probe, client)
        for call in calls { try client.deleteCall(call.identity) }
        let settled = settle(probe, client, idle: idle, waitsForSockets: waitsForSockets)
        return SoakRound(loaded: loaded, settled: settled, tally: tally)
    }

    /// So long a relay is stopped.
    private static let pause: UInt64 = 300_000_000

    /// A round that is not judged, in which the relay is stopped while media comes, as by a machine that has no time for
    /// it. What a relay takes to hold packets that have waited it may keep, and that is not to look like growth later on.
    private func pause(
        _ probe: ProcessProbe, _ client: NGClient, _ plan: CallPlan, idle: SoakSample
    ) throws(LoadError) {
        guard options.mediaSeconds > 0 else { return }
        var calls: [PlacedCall] = []
        for index in 0..<options.calls {
            calls.append(try plan.place("soak-pause-\(index)@millrace.invalid", at: client))
        }
        try plan.establish(calls)
        var generator = MediaGenerator(calls, workload: options.workload)
        StoppedProcess.during(probe.process) { generator.play(Self.pause) }
        generator.drain(500_000_000)
        for call in calls { try client.deleteCall(call.identity) }
        _ = settle(probe, client, idle: idle, waitsForSockets: false)
        progress("the relay was stopped for 0.3 seconds with media under way: what that cost is not judged")
    }

    /// Waits until the relay holds no more calls and ports, and if asked for no more sockets, than it did at first.
    private func settle(
        _ probe: ProcessProbe, _ client: NGClient, idle: SoakSample, waitsForSockets: Bool
    ) -> SoakSample {
        let end = batch_now() &+ UInt64(options.settling * 1e9)
        while true {
            let now = sample(probe, client)
            let isDown =
                (now.calls ?? 0) <= (idle.calls ?? 0) && (now.usedPorts ?? 0) <= (idle.usedPorts ?? 0)
            let areClosed =
                (now.boundPorts ?? 0) <= (idle.boundPorts ?? 0) && (now.descriptors ?? 0) <= (idle.descriptors ?? 0)
            if isDown && (areClosed || !waitsForSockets) || batch_now() >= end { return now }
            usleep(100_000)
        }
    }

    private func sample(_ probe: ProcessProbe, _ client: NGClient) -> SoakSample {
        var sample = SoakSample()
        sample.calls = client.callCount()
        sample.usedPorts = client.usedPorts()
        sample.descriptors = probe.descriptors
        sample.residentBytes = probe.residentBytes
        sample.boundPorts = ProcessProbe.boundPorts(
            on: options.environment.relayAddress, in: options.environment.ports)
        return sample
    }

    private func report(_ round: SoakRound, _ title: String) {
        let settled = round.settled
        progress(
            "\(title): \(settled.descriptors ?? 0) descriptors, "
                + "\(settled.boundPorts ?? 0) bound ports, \((settled.residentBytes ?? 0) / 1024) KiB resident, "
                + "\(round.tally.lost) of \(round.tally.sent) packets lost")
    }
}
