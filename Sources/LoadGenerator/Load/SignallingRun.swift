import Bencode
import CLinuxIO
import NetTypes

/// Measures how fast a relay sets up and ends calls.
struct SignallingRun {
    let options: SignallingOptions
    let environment: RelayEnvironment
    let limits: DisturbanceLimits

    /// Starts the relay, drives it, and stops it; `nil` for the null bound, which has no signalling.
    func measure(_ relay: RelayUnderTest) throws(LoadError) -> Measurement? {
        guard case .command(let command) = relay.kind else { return nil }
        try options.validate()
        try environment.validate()
        ResourceLimits.raiseDescriptorLimit()
        return try ProcessorSet.pinned(to: environment.generatorProcessor.map { [$0] }) { () throws(LoadError) in
            let process = try RelayProcess(command: command, environment: environment)
            var generator = try SignallingGenerator(
                relay: environment.control, ends: environment.endsAddress, outstanding: options.outstanding)
            try generator.drive(nanoseconds: UInt64(options.warmUp * 1e9))
            let measurement = try window(&generator, process.probe)
            try generator.finish()
            try process.stop()
            return measurement
        }
    }

    private func window(
        _ generator: inout SignallingGenerator, _ probe: ProcessProbe
    ) throws(LoadError) -> Measurement {
        let own = ProcessProbe(process: 0)
        let ownTime = own.processorTime ?? 0
        let machine = MachineLoad.now()
        generator.tally = SignallingTally()
        let start = batch_now()
        let before = probe.processorTime
        try generator.drive(nanoseconds: UInt64(options.duration * 1e9))
        let after = probe.processorTime
        let elapsed = batch_now() &- start
        let machineSpent = MachineLoad.now().flatMap { now in machine.map { now.busy - $0.busy } }
        let spent = before.flatMap { before in after.map { $0 - before } }

        let tally = generator.tally
        var measurement = Measurement()
        measurement.figures.append((.callsPerSecond, Double(tally.calls) / (Double(elapsed) / 1e9)))
        measurement.delays = tally.replies
        if let delays = tally.replies.summary {
            measurement.figures += [
                (.replyMedian, Double(delays.median) / 1e3), (.replyP99, Double(delays.p99) / 1e3),
            ]
        }
        if let spent, tally.calls > 0 {
            measurement.figures.append((.processorTimePerCall, Double(spent) / 1e3 / Double(tally.calls)))
        }
        if let failure = tally.firstFailure {
            measurement.defects.append("\(tally.failures) requests failed, the first: \(failure)")
        }
        if tally.retransmissions > 0 {
            measurement.defects.append("\(tally.retransmissions) requests had to be repeated")
        }
        measurement.disturbances = limits.disturbances(
            tally: nil, machine: machineSpent, accounted: (own.processorTime ?? 0) - ownTime + (spent ?? 0),
            elapsed: elapsed)
        return measurement
    }
}

/// What a signalling load has done.
struct SignallingTally {
    /// Calls offered, answered and deleted.
    var calls: UInt64 = 0
    /// Time from each request to its reply.
    var replies = DelayHistogram()
    var failures: UInt64 = 0
    var firstFailure: NGClientError?
    var retransmissions: UInt64 = 0
}
